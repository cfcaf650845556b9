;; Traps in the start function.
(module
  (func $begin (unreachable))
  (func (export "_start"))
  (start $begin))
