;; SPDX-License-Identifier: Apache-2.0
;; traps.wat - traps at once.
(module (func (export "_start") unreachable))
