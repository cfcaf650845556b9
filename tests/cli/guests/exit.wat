;; Ends with status 42, from within a call.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func $leave (call $proc_exit (i32.const 42)) (unreachable))
  (func (export "_start") (call $leave)))
