;; SPDX-License-Identifier: Apache-2.0
;; The guest of threads_test.c. Its bytes stand in threads_wasm.h:
;;   wat2wasm --enable-threads threads.wat
(module
  (import "env" "memory" (memory 1 16 shared))

  ;; Counters of every width, at 0 (i32), 8 (i64), 16 (8 bits), 18 (16 bits), 20 (by cmpxchg).
  (func (export "count") (param $n i32) (local $old i32)
    (loop $again
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (drop (i64.atomic.rmw.sub (i32.const 8) (i64.const -1)))
      (drop (i32.atomic.rmw8.add_u (i32.const 16) (i32.const 1)))
      (drop (i64.atomic.rmw16.add_u (i32.const 18) (i64.const 1)))
      (loop $retry
        (local.set $old (i32.atomic.load (i32.const 20)))
        (br_if $retry
          (i32.ne (local.get $old)
            (i32.atomic.rmw.cmpxchg (i32.const 20) (local.get $old)
              (i32.add (local.get $old) (i32.const 1))))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; A mutex at 24: 0 free, 1 taken, 2 taken and somebody waits.
  (func $lock (local $was i32)
    (local.set $was (i32.atomic.rmw.cmpxchg (i32.const 24) (i32.const 0) (i32.const 1)))
    (block $done
      (br_if $done (i32.eqz (local.get $was)))
      (if (i32.ne (local.get $was) (i32.const 2))
        (then (local.set $was (i32.atomic.rmw.xchg (i32.const 24) (i32.const 2)))))
      (loop $again
        (br_if $done (i32.eqz (local.get $was)))
        (drop (memory.atomic.wait32 (i32.const 24) (i32.const 2) (i64.const -1)))
        (local.set $was (i32.atomic.rmw.xchg (i32.const 24) (i32.const 2)))
        (br $again))))
  (func $unlock
    (if (i32.eq (i32.atomic.rmw.xchg (i32.const 24) (i32.const 0)) (i32.const 2))
      (then (drop (memory.atomic.notify (i32.const 24) (i32.const 1))))))

  ;; A counter at 28 that is no atomic one, guarded by the mutex.
  (func (export "count_locked") (param $n i32)
    (loop $again
      (call $lock)
      (i32.store (i32.const 28) (i32.add (i32.load (i32.const 28)) (i32.const 1)))
      (call $unlock)
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; Play ball $n times: wait until 32 holds $mine, then give it to the other.
  (func (export "play") (param $n i32) (param $mine i32) (local $now i32)
    (loop $again
      (block $have
        (loop $wait
          (local.set $now (i32.atomic.load (i32.const 32)))
          (br_if $have (i32.eq (local.get $now) (local.get $mine)))
          (drop (memory.atomic.wait32 (i32.const 32) (local.get $now) (i64.const -1)))
          (br $wait)))
      (i32.atomic.store (i32.const 32) (i32.xor (local.get $mine) (i32.const 1)))
      (drop (memory.atomic.notify (i32.const 32) (i32.const -1)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; Grow page by page until it cannot; how often it could.
  (func (export "grow_all") (result i32) (local $n i32) (local $old i32)
    (block $full
      (loop $again
        (local.set $old (memory.grow (i32.const 1)))
        (br_if $full (i32.eq (local.get $old) (i32.const -1)))
        ;; The last word of the new page, and of the page that is the last one by now.
        (i32.atomic.store offset=65532 (i32.mul (local.get $old) (i32.const 65536)) (i32.const 1))
        (drop (i32.atomic.load
          (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $again)))
    (local.get $n))

  (func (export "wait32") (param i32 i32 i64) (result i32)
    (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "wait64") (param i32 i64 i64) (result i32)
    (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "notify") (param i32 i32) (result i32)
    (memory.atomic.notify (local.get 0) (local.get 1)))
  (func (export "load") (param i32) (result i32)
    (i32.atomic.load (local.get 0)))
  (func (export "store") (param i32 i32)
    (i32.atomic.store (local.get 0) (local.get 1)))
  (func (export "size") (result i32) (memory.size))
  (func (export "fence") (atomic.fence)))
