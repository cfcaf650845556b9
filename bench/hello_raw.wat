;; SPDX-License-Identifier: Apache-2.0
;; hello_raw.wat - the smallest useful guest, 128 bytes: one line through fd_write, no libc.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    i32.const 1   ;; stdout
    i32.const 0   ;; one buffer: 6 bytes at 8
    i32.const 1
    i32.const 16  ;; the number of bytes written goes here
    call 0
    drop)
  (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\n"))
