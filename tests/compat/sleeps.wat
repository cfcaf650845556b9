;; SPDX-License-Identifier: Apache-2.0
;; sleeps.wat - tells the host a number that counts in its memory, then sleeps for ever.
(module
  (import "env" "report" (func $report (param i32)))
  (import "env" "ocre_sleep" (func $sleep (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
    (call $report (i32.load (i32.const 8)))
    (loop
      (drop (call $sleep (i32.const 1000000)))
      (br 0))))
