;; SPDX-License-Identifier: Apache-2.0
;; huge.wat - valid, and has 4 GiB of memory from the start.
(module
  (memory 65536)
  (data (i32.const 0xffffffff) "x")
  (func (export "_start")))
