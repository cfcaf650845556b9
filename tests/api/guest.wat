;; SPDX-License-Identifier: Apache-2.0
;; guest.wat - does what the first letter of its first argument says; see wasm_test.c.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $open
    (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "env" "ocre_sleep" (func $sleep (param i32) (result i32)))
  (import "env" "ocre_timer_create" (func $timer (param i32) (result i32)))
  (import "env" "ocre_timer_start" (func $timer_start (param i32 i32 i32) (result i32)))
  (import "env" "ocre_get_event" (func $event (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "ocre_register_dispatcher" (func $dispatch (param i32 i32) (result i32)))
  (memory (export "memory") 2)
  (global $lives (mut i32) (i32.const 0))
  (data (i32.const 32) "mark")
  (data (i32.const 48) "timer_callback\00")
  ;; 64: iovec, 72: its result, 80: six words of an event, 128: counter,
  ;; 1024: argv, 2048: the arguments

  (func $letter (result i32)
    (drop (call $args_sizes (i32.const 64) (i32.const 68)))
    (if (i32.lt_u (i32.load (i32.const 64)) (i32.const 2)) (then (return (i32.const 0))))
    (drop (call $args (i32.const 1024) (i32.const 2048)))
    (i32.load8_u (i32.load (i32.const 1028))))

  ;; Everything of argv, as it lies in memory.
  (func $print_args
    (drop (call $args_sizes (i32.const 128) (i32.const 132)))
    (i32.store (i32.const 64) (i32.const 2048))
    (i32.store (i32.const 68) (i32.load (i32.const 132)))
    (drop (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 72))))

  (func $read_stdin (result i32)
    (i32.store (i32.const 64) (i32.const 2048))
    (i32.store (i32.const 68) (i32.const 1))
    (drop (call $read (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 72)))
    (i32.load8_u (i32.const 2048)))

  ;; Create a file in the first directory: 1 when that worked, 2 when it is there, 3 for others.
  (func $mark (result i32)
    (local $errno i32)
    (local.set $errno (call $open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 4)
      (i32.const 5) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 72)))
    (if (i32.eqz (local.get $errno)) (then (return (i32.const 1))))
    (if (i32.eq (local.get $errno) (i32.const 20)) (then (return (i32.const 2))))
    (i32.const 3))

  ;; Timer 1, then poll for its event: 10 + its id.
  (func $tick (result i32)
    (if (call $timer (i32.const 1)) (then (return (i32.const 1))))
    (if (call $timer_start (i32.const 1) (i32.const 20) (i32.const 0))
      (then (return (i32.const 2))))
    (loop $again
      (drop (call $sleep (i32.const 1)))
      (br_if $again (call $event (i32.const 80) (i32.const 84) (i32.const 88) (i32.const 92)
        (i32.const 96) (i32.const 100))))
    (i32.add (i32.const 10) (i32.load (i32.const 84))))

  ;; Events come every millisecond, and are never taken.
  (func $hoard
    (drop (call $dispatch (i32.const 0) (i32.const 48)))
    (drop (call $timer (i32.const 1)))
    (drop (call $timer_start (i32.const 1) (i32.const 1) (i32.const 1)))
    (loop $for_ever
      (drop (call $sleep (i32.const 1000)))
      (br $for_ever)))

  ;; Is there an event already? 9 then; else as above.
  (func $look_then_hoard
    (if (i32.eqz (call $event (i32.const 80) (i32.const 84) (i32.const 88) (i32.const 92)
        (i32.const 96) (i32.const 100)))
      (then (call $exit (i32.const 9))))
    (call $hoard))

  (func (export "timer_callback") (param i32))

  (func $count (result i32)
    (global.set $lives (i32.add (global.get $lives) (i32.const 1)))
    (i32.store (i32.const 128) (i32.add (i32.load (i32.const 128)) (i32.const 1)))
    (i32.mul (global.get $lives) (i32.load (i32.const 128))))

  (func (export "_start")
    (local $what i32)
    (drop (call $dispatch (i32.const 0) (i32.const 48)))
    (local.set $what (call $letter))
    (if (i32.eq (local.get $what) (i32.const 99)) (then (call $exit (call $count))))      ;; c
    (if (i32.eq (local.get $what) (i32.const 101)) (then (call $exit (i32.const 42))))    ;; e
    (if (i32.eq (local.get $what) (i32.const 102)) (then (call $exit (call $mark))))      ;; f
    (if (i32.eq (local.get $what) (i32.const 104)) (then (call $hoard)))                  ;; h
    (if (i32.eq (local.get $what) (i32.const 108)) (then (loop $l (br $l))))              ;; l
    (if (i32.eq (local.get $what) (i32.const 112)) (then (call $print_args)))             ;; p
    (if (i32.eq (local.get $what) (i32.const 113)) (then (call $look_then_hoard)))        ;; q
    (if (i32.eq (local.get $what) (i32.const 114)) (then (call $exit (call $read_stdin)))) ;; r
    (if (i32.eq (local.get $what) (i32.const 115))                                        ;; s
      (then (call $exit (call $sleep (i32.const 9999999)))))
    (if (i32.eq (local.get $what) (i32.const 116)) (then unreachable))                    ;; t
    (if (i32.eq (local.get $what) (i32.const 119)) (then (call $exit (call $tick))))))    ;; w
