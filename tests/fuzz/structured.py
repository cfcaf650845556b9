#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random modules of nested blocks, run here (at once and in slices) and on node; see --help.

binaryen's generator makes the code that a compiler would. This one keeps many values on the stack
across everything: blocks with parameters and results, branches that carry values, locals that change
while the stack still refers to them, clauses of try, calls of several values, tail calls.
"""

import argparse
import os
import random
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
I32, I64, F32, F64, V128 = 0x7F, 0x7E, 0x7D, 0x7C, 0x7B
BATCH = 20
FUEL = 0  # a global: how much more may be done
ANY = None


def leb(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def sleb(n):
    out = bytearray()
    while True:
        byte = n & 0x7F
        n >>= 7
        if n == (-1 if byte & 0x40 else 0):
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)


def vec(items):
    return leb(len(items)) + b"".join(items)


def section(number, content):
    return bytes([number]) + leb(len(content)) + content


BINARY = {
    I32: list(range(0x6A, 0x79)), I64: list(range(0x7C, 0x8B)),
    F32: list(range(0x92, 0x98)), F64: list(range(0xA0, 0xA6)),
}
COMPARE = {
    I32: list(range(0x46, 0x50)), I64: list(range(0x51, 0x5B)),
    F32: list(range(0x5B, 0x61)), F64: list(range(0x61, 0x67)),
}
# No reinterpretation, and nothing else that shows the bits of a NaN.
UNARY = [
    (I32, I32, 0x45), (I64, I32, 0x50), (I32, I32, 0x67), (I32, I32, 0x68), (I32, I32, 0x69),
    (I64, I64, 0x79), (I64, I64, 0x7A), (F32, F32, 0x8D), (F32, F32, 0x8E), (F64, F64, 0x9B),
    (F64, F64, 0x9C), (I64, I32, 0xA7), (I32, I64, 0xAC), (I32, I64, 0xAD), (I32, F32, 0xB2),
    (I64, F32, 0xB5), (F64, F32, 0xB6), (I32, F64, 0xB7), (I64, F64, 0xB9), (F32, F64, 0xBB),
    (I32, I32, 0xC0), (I32, I32, 0xC1), (I64, I64, 0xC2), (F32, I32, b"\xfc\x00"),
    (F64, I32, b"\xfc\x02"), (F64, I64, b"\xfc\x06"), (I32, V128, b"\xfd\x11"),
    (V128, I32, b"\xfd\x1b\x02"),
]
LOADS = [(I32, 0x28, 2), (I64, 0x29, 3), (I32, 0x2C, 0), (I32, 0x2F, 1), (I64, 0x34, 2)]
STORES = [(I32, 0x36, 2), (I64, 0x37, 3), (I32, 0x3A, 0), (I64, 0x3D, 1)]


class Label:
    def __init__(self, types, height, catch=False):
        self.types = types  # what a branch to it takes
        self.height = height
        self.catch = catch


class Function:
    """Writes one body. `stack` has the types of what is on the operand stack."""

    def __init__(self, module, rng, params, results):
        self.m = module
        self.rng = rng
        self.results = results
        self.locals = list(params) + [rng.choice(module.types) for _ in range(rng.randrange(1, 9))]
        self.own = len(params)
        self.code = bytearray()
        self.stack = []
        self.labels = [Label(results, 0)]
        self.left = rng.randrange(20, 200)

    def emit(self, *parts):
        for p in parts:
            self.code += bytes([p]) if isinstance(p, int) else p

    def floor(self):
        return self.labels[-1].height

    def have(self):
        return self.stack[self.floor():]

    def const(self, t):
        r = self.rng
        if t == I32:
            v = r.choice([0, 1, 2, -1, r.randrange(-9, 9), r.randrange(-2**31, 2**31)])
            self.emit(0x41, sleb(v))
        elif t == I64:
            v = r.choice([0, 1, -1, r.randrange(-9, 9), r.randrange(-2**63, 2**63), 2**31, -2**31 - 1])
            self.emit(0x42, sleb(v))
        elif t == F32:
            self.emit(0x43, r.choice([b"\0\0\0\0", b"\0\0\x80\x3f", b"\0\0\x20\xc1"]))
        elif t == F64:
            self.emit(0x44, b"\0" * 6, r.choice([b"\0\0", b"\xf0\x3f", b"\x59\xc0"]))
        else:
            self.emit(0xFD, 12, r.randbytes(16))
        self.stack.append(t)

    def value(self, t):
        """Push a value of type t by something short."""
        mine = [n for n, have in enumerate(self.locals) if have == t]
        if mine and self.rng.random() < 0.6:
            self.emit(0x20, leb(self.rng.choice(mine)))
            self.stack.append(t)
        else:
            self.const(t)

    def want(self, types):
        """See that the types are on top of the stack."""
        n = len(types)
        if n and self.rng.random() < 0.7:
            have = self.have()
            for k in range(min(n, len(have)), 0, -1):
                if have[len(have) - k:] == types[:k]:
                    types = types[k:]
                    break
        for t in types:
            self.value(t)

    def take(self, count):
        if count:
            del self.stack[len(self.stack) - count:]

    # ---- instructions ----

    def one(self):
        r = self.rng
        r.choice(self.m.choices)(self)

    def push(self):
        self.value(self.rng.choice(self.m.types))

    def binary(self):
        t = self.rng.choice([I32, I32, I64, F32, F64])
        self.want([t, t])
        table, result = (BINARY, t) if self.rng.random() < 0.7 else (COMPARE, I32)
        self.emit(self.rng.choice(table[t]))
        self.take(2)
        self.stack.append(result)

    def unary(self):
        have, result, op = self.rng.choice(self.m.unary)
        self.want([have])
        self.emit(op)
        self.take(1)
        self.stack.append(result)

    def vector(self):
        if V128 in self.m.types:
            self.want([V128, V128])
            self.emit(self.rng.choice([b"\xfd\xae\x01", b"\xfd\x51", b"\xfd\x37"]))
            self.take(1)

    def set_local(self):
        n = self.rng.randrange(len(self.locals))
        self.want([self.locals[n]])
        tee = self.rng.random() < 0.5
        self.emit(0x22 if tee else 0x21, leb(n))
        if not tee:
            self.take(1)

    def get_global(self):
        n = self.rng.randrange(1, len(self.m.globals))
        self.emit(0x23, leb(n))
        self.stack.append(self.m.globals[n])

    def set_global(self):
        n = self.rng.randrange(1, len(self.m.globals))
        self.want([self.m.globals[n]])
        self.emit(0x24, leb(n))
        self.take(1)

    def drop(self):
        if self.have():
            self.emit(0x1A)
            self.take(1)

    def select(self):
        t = self.rng.choice(self.m.types)
        self.want([t, t, I32])
        self.emit(0x1B)
        self.take(2)

    def address(self):
        self.want([I32])
        self.emit(0x41, sleb(self.rng.choice([0x7F, 0xFFFF, 0xFFF8])), 0x71)

    def load(self):
        t, op, align = self.rng.choice(LOADS)
        self.address()
        self.emit(op, leb(self.rng.randrange(align + 1)), leb(self.rng.choice([0, 1, 8])))
        self.take(1)
        self.stack.append(t)

    def store(self):
        t, op, align = self.rng.choice(STORES)
        self.address()
        self.value(t)
        self.emit(op, leb(self.rng.randrange(align + 1)), leb(self.rng.choice([0, 1, 8])))
        self.take(2)

    def call(self):
        n = self.rng.randrange(len(self.m.signatures))
        params, results = self.m.signatures[n]
        if self.rng.random() < 0.3:
            self.want(params + [I32])
            self.emit(0x41, sleb(7), 0x71, 0x11, leb(self.m.type_index(params, results)), 0)
            self.take(1)
        else:
            self.want(params)
            self.emit(0x10, leb(n))
        self.take(len(params))
        self.stack += results

    def nop(self):
        self.emit(0x01)

    # ---- structure; these give True when what follows is not reached ----

    def branch_types(self, depth):
        return self.labels[len(self.labels) - 1 - depth].types

    def leave(self):
        """Something that control does not come back from."""
        r = self.rng
        kind = r.randrange(6)
        if kind <= 1:
            depth = r.randrange(len(self.labels))
            self.want(self.branch_types(depth))
            self.emit(0x0C, leb(depth))
        elif kind == 2:
            first = r.randrange(len(self.labels))
            types = self.branch_types(first)
            same = [d for d in range(len(self.labels)) if self.branch_types(d) == types]
            self.want(types + [I32])
            self.emit(0x0E, vec([leb(r.choice(same)) for _ in range(r.randrange(5))]), leb(r.choice(same)))
        elif kind == 3 and self.m.exceptions:
            if any(label.catch for label in self.labels) and r.random() < 0.5:
                depths = [d for d in range(len(self.labels))
                          if self.labels[len(self.labels) - 1 - d].catch]
                self.emit(0x09, leb(r.choice(depths)))
            else:
                tag = r.randrange(len(self.m.tags))
                self.want(self.m.tags[tag])
                self.emit(0x08, leb(tag))
        elif kind == 4 and self.m.tail_calls:
            fits = [n for n, s in enumerate(self.m.signatures) if s[1] == self.results]
            n = r.choice(fits)
            self.want(self.m.signatures[n][0])
            self.emit(0x12, leb(n))
        else:
            self.want(self.results)
            self.emit(0x0F)
        if r.random() < 0.3:
            # Unreached code: the stack has every type.
            del self.stack[self.floor():]
            ops = r.choice([[0x6A, 0x1A, 0x1B, 0x45, 0x01], [0x7C, 0x1A], [0x1A, 0x1B]])
            for _ in range(r.randrange(4)):
                self.emit(r.choice(ops))
            self.emit(0x00)

    def br_if(self):
        depth = self.rng.randrange(len(self.labels))
        self.want(self.branch_types(depth) + [I32])
        self.emit(0x0D, leb(depth))
        self.take(1)

    def block_type(self):
        r = self.rng
        params = self.have()[-r.randrange(4):] if r.random() < 0.6 else []
        results = [r.choice(self.m.types) for _ in range(r.choice([0, 0, 1, 1, 1, 2, 3]))]
        if r.random() < 0.2:
            results = list(params)
        if not params and len(results) < 2 and r.random() < 0.8:
            return params, results, bytes(results) if results else b"\x40"
        return params, results, sleb(self.m.type_index(params, results))

    def arm(self, label, params, results):
        """The inside of a block, with the results on the stack at its end."""
        self.labels.append(label)
        self.stack[label.height:] = params
        reached = self.body()
        if reached:
            self.finish(results)
        self.labels.pop()
        del self.stack[label.height:]

    def block(self, opcode):
        if len(self.labels) > 12:
            return
        r = self.rng
        condition = opcode == 0x04
        params, results, encoded = self.block_type()
        if condition:
            self.want([I32])
            self.take(1)
            if self.have()[len(self.have()) - len(params):] != params:
                params, results, encoded = [], [], b"\x40"
        height = len(self.stack) - len(params)
        self.emit(opcode, encoded)
        if opcode == 0x03:
            self.m.burn(self)
        self.arm(Label(params if opcode == 0x03 else results, height), params, results)
        if condition and (params != results or r.random() < 0.6):
            self.emit(0x05)
            self.arm(Label(results, height), params, results)
        if opcode == 0x06:
            if r.random() < 0.2:
                self.emit(0x18, leb(r.randrange(len(self.labels))))
                self.stack += results
                return
            for _ in range(r.randrange(3)):
                tag = r.randrange(len(self.m.tags))
                self.emit(0x07, leb(tag))
                self.arm(Label(results, height, True), self.m.tags[tag], results)
            if r.random() < 0.4:
                self.emit(0x19)
                self.arm(Label(results, height, True), [], results)
        self.emit(0x0B)
        self.stack += results

    def structure(self):
        opcodes = [0x02, 0x03, 0x04, 0x04] + ([0x06, 0x06] if self.m.exceptions else [])
        self.block(self.rng.choice(opcodes))

    def finish(self, types):
        """Exactly these types on the stack: keep what fits already."""
        have = self.have()
        if have != types:
            keep = self.rng.random() < 0.5 and len(have) >= len(types)
            if keep and have[len(have) - len(types):] == types:
                # What is below stays until the branch takes the values away.
                self.emit(0x0C, leb(0)) if self.labels[-1].types == types else None
                if self.labels[-1].types == types:
                    return
            n = 0
            while n < len(have) and n < len(types) and have[n] == types[n]:
                n += 1
            for _ in range(len(have) - n):
                self.drop()
            for t in types[n:]:
                self.value(t)

    def body(self):
        """Instructions; False when the end is not reached."""
        for _ in range(self.rng.randrange(1, 14)):
            if self.left <= 0:
                break
            self.left -= 1
            if self.rng.random() < 0.04:
                self.leave()
                return False
            self.one()
        return True

    def whole(self):
        self.m.burn(self)
        while self.left > 0 and self.body():
            pass
        if self.left <= 0:
            self.finish(self.results)
        else:
            self.emit(0x00)
        self.emit(0x0B)
        kinds = self.locals[self.own:]
        content = vec([b"\1" + bytes([t]) for t in kinds]) + bytes(self.code)
        return leb(len(content)) + content


class Module:
    def __init__(self, rng, args):
        self.rng = rng
        self.exceptions = args.exceptions and rng.random() < 0.5
        self.tail_calls = args.tail_calls and rng.random() < 0.5
        self.types = [I32, I32, I64, F32, F64]
        if args.simd and rng.random() < 0.3:
            self.types.append(V128)
        self.unary = [u for u in UNARY if all(t in self.types for t in u[:2])]
        self.function_types = []
        self.tags = [[], [I32], [I64, F64, I32]]
        self.globals = [I32] + [rng.choice([I32, I64, F64]) for _ in range(4)]
        F = Function
        self.choices = (
            [F.push] * rng.randrange(4, 16) + [F.binary] * 10 + [F.unary] * 5 +
            [F.set_local] * rng.randrange(3, 10) + [F.get_global, F.set_global, F.drop] * 2 +
            [F.select] * 2 + [F.load] * 2 + [F.store] * 2 + [F.call] * 2 + [F.br_if] * 4 +
            [F.structure] * rng.randrange(4, 10) + [F.nop] + [F.vector])
        self.signatures = []
        for n in range(12):
            results = [rng.choice(self.types) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
            params = [rng.choice(self.types) for _ in range(rng.randrange(4))] if n >= 4 else []
            if n < 4:
                results = [t for t in results if t != V128]
            self.signatures.append((params, results))

    def type_index(self, params, results):
        encoded = b"\x60" + vec([bytes([t]) for t in params]) + vec([bytes([t]) for t in results])
        if encoded not in self.function_types:
            self.function_types.append(encoded)
        return self.function_types.index(encoded)

    def burn(self, f):
        """Stop a module that does too much, at a place that is the same everywhere."""
        f.emit(0x23, FUEL, 0x45, 0x04, 0x40, 0x00, 0x0B)
        f.emit(0x23, FUEL, 0x41, 1, 0x6B, 0x24, FUEL)

    def encode(self):
        rng = self.rng
        functions = [leb(self.type_index(*s)) for s in self.signatures]
        tags = [b"\0" + leb(self.type_index(t, [])) for t in self.tags]
        bodies = [Function(self, rng, *s).whole() for s in self.signatures]
        # Exported are functions that fill the fuel up, and those without parameters.
        initial = {I32: b"\x41\0", I64: b"\x42\0", F64: b"\x44" + b"\0" * 8}
        globals_ = [bytes([t, 1]) + initial[t] + b"\x0b" for t in self.globals]
        exports = []
        for n in range(4):
            params, results = self.signatures[n]
            functions.append(leb(self.type_index(params, results)))
            code = b"\0" + b"\x41" + sleb(300) + b"\x24\0" + b"\x10" + leb(n) + b"\x0b"
            bodies.append(leb(len(code)) + code)
            exports.append(b"\2" + b"f%d" % n + b"\0" + leb(len(self.signatures) + n))
        for n in range(1, 5):
            t = self.globals[n]
            functions.append(leb(self.type_index([], [t])))
            code = b"\0\x23" + leb(n) + b"\x0b"
            bodies.append(leb(len(code)) + code)
            exports.append(b"\2" + b"g%d" % n + b"\0" + leb(len(self.signatures) + 3 + n))
        # A sum of memory, so that stores are seen.
        functions.append(leb(self.type_index([], [I64])))
        code = (b"\2\1\x7f\1\x7e\x03\x40\x20\1\x42\x1f\x7e\x20\0\x29\3\0\x7c\x21\1\x20\0\x41\x08\x6a"
                b"\x22\0\x41\x80\x80\x04\x49\x0d\0\x0b\x20\1\x0b")
        bodies.append(leb(len(code)) + code)
        exports.append(b"\1m\0" + leb(len(self.signatures) + 8))
        table = [leb(rng.randrange(len(self.signatures))) for _ in range(8)]
        out = b"\0asm\1\0\0\0" + section(1, vec(self.function_types)) + section(3, vec(functions))
        out += section(4, b"\1\x70\0\x08") + section(5, b"\1\0\1")
        if self.exceptions:
            out += section(13, vec(tags))
        out += section(6, vec(globals_)) + section(7, vec(exports))
        return out + section(9, b"\1\0\x41\0\x0b" + vec(table)) + section(10, vec(bodies))


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="latin-1", check=False, timeout=600)
    out = {}
    lines = None
    for line in done.stdout.splitlines():
        if line.startswith("module "):
            lines = out.setdefault(line[7:], [])
        elif lines is not None:
            lines.append(line)
    if done.returncode != 0 and lines is not None:
        lines.append("ended with %d" % done.returncode)
    return out


def main():
    p = argparse.ArgumentParser(description="Random modules of nested blocks, on `exports` (made of "
                                "exports.c) at once and in slices, and on node: same results, same "
                                "traps. Those that differ are kept in --keep.")
    p.add_argument("--seconds", type=float, default=20)
    p.add_argument("--seed", type=int, default=None, help="the first; each module has its own")
    p.add_argument("--count", type=int, default=None, help="that many modules instead of --seconds")
    p.add_argument("--keep", default="differ", metavar="DIR")
    p.add_argument("--no-exceptions", dest="exceptions", action="store_false")
    p.add_argument("--no-simd", dest="simd", action="store_false")
    p.add_argument("--no-tail-calls", dest="tail_calls", action="store_false")
    p.add_argument("exports", nargs="+", help="one program of each build that is to be tried")
    args = p.parse_args()
    os.makedirs(args.keep, exist_ok=True)
    seed = args.seed if args.seed is not None else random.randrange(1 << 32)
    end = time.monotonic() + args.seconds
    count = differ = refused = trapped = done = 0
    while count < args.count if args.count is not None else time.monotonic() < end:
        files = []
        for _ in range(BATCH):
            path = os.path.join(args.keep, "s%d.wasm" % seed)
            with open(path, "wb") as f:
                f.write(Module(random.Random(seed), args).encode())
            files.append(path)
            seed += 1
        theirs = run(["node", "--stack-size=900", os.path.join(HERE, "exports.js"), *files])
        runs = [run([e, *o, *files]) for e in args.exports for o in ([], ["-s", "3"])]
        for path in files:
            want = theirs.get(path, ["nothing"])
            refused += want[0].startswith("refused")
            trapped += sum(" ! " in line for line in want)
            done += sum(" = " in line for line in want)
            bad = [r.get(path) for r in runs if r.get(path) != want and not want[0].startswith("refused")]
            if bad:
                differ += 1
                print("%s:\n  node: %s\n  here: %s" % (path, want, bad[0]))
            elif want[0].startswith("refused"):
                print("%s: %s" % (path, want[0]))
            if not bad:
                os.remove(path)
        count += len(files)
    print("%d modules, %d differ, %d refused by node; %d results, %d traps"
          % (count, differ, refused, done, trapped))
    return 1 if differ or refused else 0


if __name__ == "__main__":
    sys.exit(main())
