;; Grows its memory page by page until that is refused, and tells how far it came.
(module
  (memory (export "memory") 1)
  (func (export "grow") (result i32)
    (loop $again (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (memory.size)))
