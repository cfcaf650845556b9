;; A guest with threads: they add to a sum in the memory that they share.
(module
  (import "test" "deed" (func $deed (result i32)))
  (import "test" "log" (func $log (param i32)))
  (import "test" "park" (func $park (param i32) (result i32)))
  (import "test" "exit" (func $exit (param i32)))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "env" "memory" (memory 1 1 shared))
  (export "memory" (memory 0))

  ;; 0: threads that are done; 4: the sum; 8: a lock that nobody opens.
  (func $wait_done (param i32)
    (local $now i32)
    (loop $again
      (local.set $now (i32.atomic.load (i32.const 0)))
      (if (i32.lt_u (local.get $now) (local.get 0))
        (then
          (drop (memory.atomic.wait32 (i32.const 0) (local.get $now) (i64.const -1)))
          (br $again)))))

  (func (export "_start")
    (local $n i32)
    (if (i32.eq (call $deed) (i32.const 1)) ;; four threads
      (then
        (loop $more
          (call $log (call $spawn (local.get $n)))
          (br_if $more (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1)))
                                 (i32.const 4))))
        (call $wait_done (i32.const 4))
        (call $log (i32.atomic.load (i32.const 4)))))
    (if (i32.eq (call $deed) (i32.const 2)) ;; one that does not end
      (then
        (call $log (call $spawn (i32.const 100)))
        (drop (call $park (i32.const 0)))
        (call $log (i32.const 5))))
    (if (i32.eq (call $deed) (i32.const 3)) ;; one that traps, while this one waits
      (then
        (drop (call $spawn (i32.const 101)))
        (call $wait_done (i32.const 4))))
    (if (i32.eq (call $deed) (i32.const 4)) ;; one that exits
      (then
        (drop (call $spawn (i32.const 102)))
        (call $wait_done (i32.const 4))))
    (if (i32.eq (call $deed) (i32.const 5)) ;; as many as there may be
      (then
        (loop $all
          (local.set $n (call $spawn (i32.const 103)))
          (br_if $all (i32.gt_s (local.get $n) (i32.const 0))))
        (call $log (local.get $n))))
    (if (i32.eq (call $deed) (i32.const 6)) ;; all wait, each for something else
      (then
        (drop (call $spawn (i32.const 104)))
        (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const 5000)))
        (call $log (i32.const 6))))
    (if (i32.eq (call $deed) (i32.const 7)) ;; one that loops beside one that parks
      (then
        (drop (call $spawn (i32.const 105)))
        (call $log (call $park (i32.const 0))))))

  (func $traps (unreachable))
  (func (export "wasi_thread_start") (param i32 i32)
    (local $n i32)
    (if (i32.eq (local.get 1) (i32.const 101)) (then (call $traps)))
    (if (i32.eq (local.get 1) (i32.const 102)) (then (call $exit (i32.const 9))))
    (if (i32.eq (local.get 1) (i32.const 103))
      (then (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1)))))
    (if (i32.eq (local.get 1) (i32.const 104)) (then (drop (call $park (i32.const 4)))))
    (if (i32.or (i32.eq (local.get 1) (i32.const 100)) (i32.eq (local.get 1) (i32.const 105)))
      (then (loop $for_ever (br $for_ever))))
    (loop $add
      (drop (i32.atomic.rmw.add (i32.const 4) (local.get 0)))
      (br_if $add (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1)))
                            (i32.const 30000))))
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const -1)))))
