;; A guest that does what a script says: the letters of tests/container/fake.h. fake_wasm.c puts the
;; script where there is room for it, and takes away the names of callbacks that it does not ask for.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "env" "ocre_sleep" (func $sleep (param i32) (result i32)))
  (import "env" "ocre_wait_event"
    (func $wait (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "ocre_register_dispatcher" (func $dispatch (param i32 i32) (result i32)))
  (import "env" "ocre_timer_create" (func $timer_create (param i32) (result i32)))
  (import "env" "ocre_timer_start" (func $timer_start (param i32 i32 i32) (result i32)))
  (import "env" "ocre_watchdog_kick" (func $kick (result i32)))
  (import "test" "took" (func $took (param i32)))
  (import "test" "period" (func $period (param i32)))
  (import "test" "tick" (func $tick))
  (import "test" "read" (func $read (param i32)))
  (import "test" "hook" (func $hook))
  (memory (export "memory") 1 20)

  ;; 16: an event; 64: a subscription; 128: what came of it; 168: a piece of output; 184: the time
  (data (i32.const 192) "_start\00")
  (data (i32.const 256) "<script>........................................................"
                        "................................................................")

  ;; An instruction is a unit of budget: five of them each time.
  (func $use (param $units i64)
    (local $left i32)
    (if (i64.eq (local.get $units) (i64.const -1)) (then (loop $ever (br $ever))))
    (local.set $left
      (i32.wrap_i64 (i64.div_u (i64.add (local.get $units) (i64.const 4)) (i64.const 5))))
    (if (i32.eqz (local.get $left)) (then (return)))
    (loop $again
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))

  (func $pause (param $ms i64)
    (i32.store8 (i32.const 72) (i32.const 0))
    (i32.store (i32.const 80) (i32.const 1))
    (i64.store (i32.const 88)
      (select (i64.const -1) (i64.mul (local.get $ms) (i64.const 1000000))
        (i64.eq (local.get $ms) (i64.const -1))))
    (if (call $poll (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 160))
      (then (unreachable))))

  (func $take (param $ms i32)
    (if (call $wait (local.get $ms) (i32.const 16) (i32.const 20) (i32.const 24) (i32.const 28)
          (i32.const 32) (i32.const 36))
      (then (return)))
    (call $took (i32.load (i32.const 16))))

  (func $take_ticks (param $count i32)
    (loop $again
      (if (local.get $count)
        (then
          (call $take (i32.const -1))
          (call $tick)
          (local.set $count (i32.sub (local.get $count) (i32.const 1)))
          (br $again)))))

  ;; At most 300 bytes in one call, and a newline at the very end.
  (func $say (param $size i32)
    (local $piece i32)
    (local.set $piece (i32.const 300))
    (loop $fill
      (i32.store8 (i32.add (i32.const 1023) (local.get $piece)) (i32.const 0x79))
      (br_if $fill (local.tee $piece (i32.sub (local.get $piece) (i32.const 1)))))
    (loop $again
      (if (i32.eqz (local.get $size)) (then (return)))
      (local.set $piece
        (select (local.get $size) (i32.const 300) (i32.lt_u (local.get $size) (i32.const 300))))
      (if (i32.eq (local.get $piece) (local.get $size))
        (then
          (i32.store8 (i32.add (i32.const 1023) (local.get $piece)) (i32.const 10))))
      (i32.store (i32.const 168) (i32.const 1024))
      (i32.store (i32.const 172) (local.get $piece))
      (if (call $write (i32.const 1) (i32.const 168) (i32.const 1) (i32.const 176))
        (then (unreachable)))
      (local.set $size (i32.sub (local.get $size) (local.get $piece)))
      (br $again)))

  (func $set_timer (param $ms i32)
    (call $period (local.get $ms))
    (drop (call $timer_create (i32.const 1)))
    (if (call $timer_start (i32.const 1) (local.get $ms) (i32.const 1))
      (then (call $exit (i32.const 1)))))

  (func $grow (param $size i32)
    (if (i32.eq (i32.const -1)
          (memory.grow (i32.div_u (i32.add (local.get $size) (i32.const 65535)) (i32.const 65536))))
      (then (call $exit (i32.const 1)))))

  (func (export "timer_callback") (param i32) (call $took (i32.const 0)))
  (func (export "gpio_callback") (param i32 i32 i32) (call $took (i32.const 1)))
  (func (export "message_callback") (param i32 i32 i32 i32 i32) (call $took (i32.const 3)))
  (func (export "stop_callback") (call $took (i32.const 16)))

  (func (export "_start")
    (local $at i32) (local $letter i32) (local $digit i32) (local $n i64) (local $small i32)
    (local.set $at (i32.const 256))
    (loop $next
      (local.set $letter (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.eq (local.get $letter) (i32.const 0x20)))
      ;; A letter without a number has the largest one.
      (local.set $n (i64.const -1))
      (loop $digits
        (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)))
        (if (i32.lt_u (local.get $digit) (i32.const 10))
          (then
            (local.set $n
              (i64.add (i64.extend_i32_u (local.get $digit))
                (i64.mul (i64.const 10)
                  (select (i64.const 0) (local.get $n)
                    (i64.eq (local.get $n) (i64.const -1))))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $digits))))
      (local.set $small (i32.wrap_i64 (local.get $n)))
      (if (i32.or (i32.eq (local.get $letter) (i32.const 0x72))   ;; r
                  (i32.eq (local.get $letter) (i32.const 0x62)))  ;; b
        (then (call $use (local.get $n)) (br $next)))
      (if (i32.or (i32.eq (local.get $letter) (i32.const 0x70))   ;; p
                  (i32.eq (local.get $letter) (i32.const 0x50)))  ;; P
        (then (call $pause (local.get $n)) (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x77))           ;; w
        (then (call $take (local.get $small)) (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x63))           ;; c
        (then (drop (call $sleep (local.get $small))) (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x66))           ;; f
        (then (call $read (local.get $small)) (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x68))           ;; h
        (then
          (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 184)))
          (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x6b))           ;; k
        (then (drop (call $kick)) (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x64))           ;; d
        (then (drop (call $dispatch (local.get $small) (i32.const 192))) (br $next)))
      (br_if $next (i32.eq (local.get $letter) (i32.const 0x65))) ;; e
      (if (i32.eq (local.get $letter) (i32.const 0x54))           ;; T
        (then (call $set_timer (local.get $small)) (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x6c))           ;; l
        (then (call $take_ticks (local.get $small)) (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x6d))           ;; m
        (then (call $grow (local.get $small)) (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x6f))           ;; o
        (then (call $say (local.get $small)) (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x21))           ;; !
        (then (call $hook) (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x4c))           ;; L
        (then (local.set $at (i32.const 256)) (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x74))           ;; t
        (then (unreachable)))
      (if (i32.eq (local.get $letter) (i32.const 0x78))           ;; x
        (then (call $exit (local.get $small)))))))
