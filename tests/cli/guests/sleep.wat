;; Prints "asleep", then sleeps for a minute (_start) or 50 ms, twice (short).
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\07\00\00\00")
  (data (i32.const 16) "asleep\n")
  ;; A subscription (48 bytes) at 64: the tag, clock 1 (monotonic) at 16, the timeout at 24.
  (func $sleep (param $ns i64)
    (i32.store (i32.const 80) (i32.const 1))
    (i64.store (i32.const 88) (local.get $ns))
    (drop (call $poll_oneoff (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 192))))
  (func (export "_start")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $sleep (i64.const 60000000000)))
  (func (export "short")
    (call $sleep (i64.const 50000000))
    (call $sleep (i64.const 50000000))))
