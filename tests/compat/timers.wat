;; SPDX-License-Identifier: Apache-2.0
;; timers.wat - makes timers 1, 2 and 3, and tells the host how that went.
(module
  (import "env" "ocre_timer_create" (func $create (param i32) (result i32)))
  (import "env" "report" (func $report (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (call $report (call $create (i32.const 1)))
    (call $report (call $create (i32.const 2)))
    (call $report (call $create (i32.const 3)))))
