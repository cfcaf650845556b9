;; SPDX-License-Identifier: Apache-2.0
;; loops.wat - never calls anything, never ends.
(module (func (export "_start") (loop (br 0))))
