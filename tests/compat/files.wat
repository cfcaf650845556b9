;; SPDX-License-Identifier: Apache-2.0
;; files.wat - opens /note, which must not be there, makes it, and tells the host both results.
(module
  (import "env" "report" (func $report (param i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $open
    (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "note")
  (func $try (param i32) (result i32)
    (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4) (local.get 0)
      (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 64)))
  (func (export "_start")
    (call $report (call $try (i32.const 0)))
    (call $report (call $try (i32.const 1)))))
