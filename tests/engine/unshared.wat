;; SPDX-License-Identifier: Apache-2.0
;; Another guest of threads_test.c, whose memory is not shared. Its bytes stand in threads_wasm.h:
;;   wat2wasm --enable-threads unshared.wat
(module
  (memory 1 1)
  (func (export "wait32") (param i32 i32 i64) (result i32)
    (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "notify") (param i32 i32) (result i32)
    (memory.atomic.notify (local.get 0) (local.get 1)))
  (func (export "add") (param i32 i32) (result i32)
    (i32.atomic.rmw.add (local.get 0) (local.get 1))))
