;; SPDX-License-Identifier: Apache-2.0
;; rooms.wat - asks for room in its memory by the host, 64 bytes and a million.
(module
  (import "env" "room" (func $room (param i32) (result i32)))
  (import "env" "report" (func $report (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (call $report (call $room (i32.const 64)))
    (call $report (call $room (i32.const 1000000)))))
