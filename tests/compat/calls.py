#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""calls.py [COUNT [SEED]] - C functions of random types for call_test.c: each looks at where its
arguments are on the stack, notes what it got, and returns what it was told to. Then a table."""

import random
import sys

TYPES = {"i": ("int32_t", "uint32_t"), "I": ("int64_t", "uint64_t"), "f": ("float",),
         "F": ("double",), "p": ("void *",)}
NOTES = {"i": "note(%d, (uint32_t)a%d)", "I": "note(%d, (uint64_t)a%d)", "f": "note_f32(%d, a%d)",
         "F": "note_f64(%d, a%d)", "p": "note(%d, (uintptr_t)a%d)"}
RESULTS = {":": "void", "i": "int32_t", "I": "int64_t", "f": "float", "F": "double"}
ANSWERS = {"i": "(int32_t)answer.i32", "I": "(int64_t)answer.i64", "f": "answer.f32",
           "F": "answer.f64"}


def signatures(count, rng):
    """All of up to three parameters, then runs of one kind, then random ones."""
    few = [""]
    for _ in range(3):
        few += [s + k for s in few for k in "iIfF" if s + k not in few]
    for kinds in dict.fromkeys(few):
        yield kinds
    for kind in "iIfFp":
        yield kind * 16
    for _ in range(count):
        letters = rng.choice(("iIfFp", "iI", "fF", "iF", "If", "iIfF"))
        yield "".join(rng.choice(letters) for _ in range(rng.randint(4, 16)))


def function(number, kinds, result, rng):
    kinds = "p" + kinds
    parameters = ", ".join("%s a%d" % (rng.choice(TYPES[k]), n) for n, k in enumerate(kinds))
    print("static %s f%d(%s)\n{\n\tbegin();" % (RESULTS[result], number, parameters))
    for n, kind in enumerate(kinds):
        print("\t%s;" % (NOTES[kind] % (n, n)))
    if result != ":":
        print("\treturn %s;" % ANSWERS[result])
    print("}\n")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    table = []
    for number, kinds in enumerate(signatures(count, rng)):
        result = rng.choice(":iIfF")
        function(number, kinds, result, rng)
        table.append('\t{"p%s", \'%s\', (void (*)(void))f%d},' % (kinds, result, number))
    print("static const struct sample samples[] = {\n%s\n};" % "\n".join(table))


main()
