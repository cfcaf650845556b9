;; SPDX-License-Identifier: Apache-2.0
;; blocks.wat - calls a host function that blocks, and tells the host what it gave.
(module
  (import "env" "block" (func $block (param i32 i32) (result i32)))
  (import "env" "report" (func $report (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (call $report (call $block (i32.const 100) (i32.const 4)))
    (call $report (i32.load (i32.const 100)))))
