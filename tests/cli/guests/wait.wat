;; SPDX-License-Identifier: Apache-2.0
;; Waits for a notification that nobody sends, so many nanoseconds.
(module
  (memory 1 1 shared)
  (func (export "wait") (param i64) (result i32)
    (memory.atomic.wait32 (i32.const 0) (i32.const 0) (local.get 0))))
