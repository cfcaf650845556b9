;; Writes its arguments (_start) or its environment (environment), each with its NUL at the end.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get"
    (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get"
    (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 64)
  ;; 0: count, 4: bytes, 8: address and 12: size to write; pointers from 1024, strings from 2 MiB
  (func $write
    (i32.store (i32.const 8) (i32.const 0x200000))
    (i32.store (i32.const 12) (i32.load (i32.const 4)))
    (loop $again ;; a pipe takes less than all at once
      (br_if 1 (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))
      (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.load (i32.const 16))))
      (i32.store (i32.const 12) (i32.sub (i32.load (i32.const 12)) (i32.load (i32.const 16))))
      (br_if $again (i32.load (i32.const 12)))))
  (func (export "_start")
    (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
    (drop (call $args_get (i32.const 1024) (i32.const 0x200000)))
    (call $write))
  (func (export "environment")
    (drop (call $environ_sizes_get (i32.const 0) (i32.const 4)))
    (drop (call $environ_get (i32.const 1024) (i32.const 0x200000)))
    (call $write)))
