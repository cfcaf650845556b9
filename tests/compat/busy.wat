;; SPDX-License-Identifier: Apache-2.0
;; busy.wat - computes for some time, asks the host whether to do so once more, and at last sleeps.
(module
  (import "env" "more" (func $more (result i32)))
  (import "env" "ocre_sleep" (func $sleep (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local i64)
    (loop
      (local.set 0 (i64.const 60000000))
      (loop
        (local.set 0 (i64.sub (local.get 0) (i64.const 1)))
        (br_if 0 (i64.ne (local.get 0) (i64.const 0))))
      (br_if 0 (call $more)))
    (loop
      (drop (call $sleep (i32.const 1000000)))
      (br 0))))
