;; SPDX-License-Identifier: Apache-2.0
;; A guest of embed.c: says something, sleeps, works for a while, and divides by zero.
(module
  (import "env" "print" (func $print (param i32 i32)))
  (import "env" "sleep" (func $sleep (param i32)))
  (memory 1)
  (data (i32.const 16) "I sleep.\n")
  (data (i32.const 32) "I count.\n")

  (func $count (param $to i32)
    (local $n i32)
    (loop $again
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $n) (local.get $to)))))

  (func $divide (param $by i32) (result i32)
    (i32.div_u (i32.const 42) (local.get $by)))

  (func $run (export "run")
    (call $print (i32.const 16) (i32.const 9))
    (call $sleep (i32.const 20))
    (call $print (i32.const 32) (i32.const 9))
    (call $count (i32.const 1000000))
    (drop (call $divide (i32.const 0)))))
