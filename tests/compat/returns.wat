;; SPDX-License-Identifier: Apache-2.0
;; returns.wat - is at its end at once.
(module (func (export "_start")))
