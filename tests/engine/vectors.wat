;; SPDX-License-Identifier: Apache-2.0
;; The guest of vectors_test.c. Its bytes stand in vectors_wasm.h:
;;   wat2wasm vectors.wat
(module
  (memory 1)
  (data (i32.const 65520) "\00\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\0f")
  (global $g (export "g") (mut v128) (v128.const i32x4 1 2 3 4))
  (global $fixed (export "fixed") v128 (v128.const i64x2 5 6))
  (type $pick (func (param v128 i32 v128) (result v128)))
  (table funcref (elem $select $select_typed))

  ;; One of two vectors, the first unless the number is 0.
  (func $select (export "select") (type $pick)
    (select (local.get 0) (local.get 2) (local.get 1)))
  (func $select_typed (export "select_typed") (type $pick)
    (select (result v128) (v128.not (local.get 0)) (v128.not (local.get 2)) (local.get 1)))
  (func (export "by_table") (type $pick)
    (call_indirect (type $pick) (local.get 0) (local.get 1) (local.get 2)
      (i32.ne (local.get 1) (i32.const 7))))
  (func (export "by_if") (type $pick)
    (local.get 0) (local.get 2)
    (if (param v128 v128) (result v128) (local.get 1)
      (then drop)
      (else (local.set 0) drop (local.get 0))))

  ;; The global, and the argument in its place.
  (func (export "swap") (param v128) (result v128)
    (global.get $g)
    (global.set $g (local.get 0)))

  ;; Values of every size, in reverse.
  (func $reverse (export "reverse") (param i32 v128 i64 v128 f32) (result f32 v128 i64 v128 i32)
    (local.get 4) (local.get 3) (local.get 2) (local.get 1) (local.get 0))
  ;; Reversed, shifted by one below, and put in locals.
  (func (export "shift") (param i32 v128 i64 v128 f32) (result v128 v128)
    (local $a v128) (local $b v128)
    (i64.const -1)
    (call $reverse (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4))
    drop (local.set $a) drop (local.set $b) drop drop
    (local.get $b) (local.get $a))

  ;; A vector that a table of branches carries out of one, two or three blocks.
  (func (export "carry") (param i32) (result v128)
    (local v128)
    (i32x4.add
      (v128.const i32x4 1 1 1 1)
      (block $c (result v128)
        (i32x4.add
          (v128.const i32x4 2 2 2 2)
          (block $b (result v128)
            (i32x4.add
              (v128.const i32x4 4 4 4 4)
              (block $a (result v128)
                (i32x4.splat (i32.const 8))
                (br_table $a $b $c (local.get 0)))))))))

  ;; Locals are 0 at the start, whatever lay there.
  (func $zeros (export "zeros") (result v128)
    (local i32 v128 i64 v128)
    (v128.or (v128.or (local.get 1) (local.get 3)) (i32x4.splat (local.get 0)))
    (local.set 1 (v128.const i64x2 -1 -1))
    (local.set 3 (v128.not (local.get 3)))
    (local.set 0 (i32.const -1)))
  (func (export "zeros_again") (result v128)
    (drop (call $zeros))
    (call $zeros))

  ;; Results that lie over their operands.
  (func (export "over_address") (param i32 v128) (result v128)
    (v128.load32_lane offset=4 2
      (i32.add (local.get 0) (i32.const 65516))
      (v128.not (local.get 1))))
  (func (export "over_scalar") (param i64) (result v128)
    (i64x2.splat (i64.add (local.get 0) (i64.const 1))))
  (func (export "over_lanes") (param v128) (result i64)
    (i64x2.extract_lane 1 (v128.not (local.get 0))))
  (func (export "over_local") (param v128) (result v128 v128)
    (local.get 0)
    (local.set 0 (i8x16.shuffle 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0 (local.get 0) (local.get 0)))
    (local.tee 0 (i32x4.shl (local.get 0) (i32.const 33))))

  ;; Numbers out of vectors decide.
  (func (export "decide") (param v128) (result i32)
    (if (result i32) (v128.any_true (local.get 0))
      (then
        (if (result i32) (i32.eqz (i8x16.all_true (local.get 0)))
          (then (i32.add (i8x16.bitmask (local.get 0)) (i32.const 1)))
          (else (i32.const -1))))
      (else (i32.const -2))))

  ;; The sum of the bytes of the last 16 of memory, `n` times.
  (func (export "sum") (param $n i32) (result i32)
    (local $all v128)
    (loop $again
      (local.set $all
        (i32x4.add (local.get $all)
          (i32x4.extadd_pairwise_i16x8_u
            (i16x8.extadd_pairwise_i8x16_u (v128.load (i32.const 65520))))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $all)) (i32x4.extract_lane 1 (local.get $all)))
      (i32.add (i32x4.extract_lane 2 (local.get $all)) (i32x4.extract_lane 3 (local.get $all)))))

  ;; Accesses that end one byte beyond memory, by what is added to the address.
  (func (export "beyond_load") (param i32)
    (drop (v128.load offset=65520 (local.get 0))))
  (func (export "beyond_lane") (param i32)
    (v128.store64_lane offset=65528 1 (local.get 0) (v128.const i64x2 0 0)))
  (func (export "beyond_all") (param i32)
    (v128.store offset=0xffffffff (local.get 0) (global.get $g))))
