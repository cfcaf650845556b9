;; SPDX-License-Identifier: Apache-2.0
;; recurses.wat - calls itself a thousand times deep.
(module
  (func $down (param i32)
    (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "_start") (call $down (i32.const 1000))))
