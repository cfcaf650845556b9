;; Ends with the status that on_init was given; other exports are not called.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (export "run") (unreachable))
  (func (export "on_init") (param i32) (call $proc_exit (local.get 0))))
