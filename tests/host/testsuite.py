#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The public WASI test-suite (WebAssembly/wasi-testsuite, its branch with prebuilt programs), the
preview 1 part. It is not in this repository: WASI_TESTSUITE= names a checkout; without it the test
says so and is skipped.

    testsuite.py OCRE [-o OPTION]... [NAME...]

runs every case, or those whose name has one of the NAMEs in it, each in a fresh copy of its
directory.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

SKIP = 77
TIMEOUT = 60
DIRS = ("assemblyscript", "c", "rust")


def find_cases(root, names):
    cases = []
    for language in DIRS:
        folder = os.path.join(root, "tests", language, "testsuite", "wasm32-wasip1")
        if not os.path.isdir(folder):
            continue
        for name in sorted(os.listdir(folder)):
            if name.endswith(".wasm") and (not names or any(n in name for n in names)):
                cases.append((language, os.path.join(folder, name)))
    return cases


def specification(wasm):
    """What to run and what to expect, in the suite's older form."""
    spec = {"args": [], "root": None, "env": {}, "exit_code": 0, "stdout": None, "stderr": None}
    path = wasm[:-5] + ".json"
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            given = json.load(f)
        for operation in given.pop("operations", []):
            kind = operation["type"]
            if kind == "run":
                spec.update({k: operation[k] for k in ("args", "env", "root") if k in operation})
            elif kind == "wait":
                spec["exit_code"] = operation.get("exit_code", 0)
            elif kind == "read":
                spec[operation.get("id", "stdout")] = operation.get("payload", "")
            else:
                raise ValueError("operation %s is of no use in preview 1" % kind)
        spec.update(given)
    return spec


def command(ocre, options, wasm, spec, root):
    argv = ocre + options
    for key, value in spec["env"].items():
        argv += ["--env", "%s=%s" % (key, value)]
    if root:
        argv += ["--dir", "%s:/" % root]
    return argv + [wasm] + spec["args"]


def run_case(ocre, options, wasm, scratch):
    """None when it passes, else what went wrong."""
    spec = specification(wasm)
    root = None
    if spec["root"]:
        root = os.path.join(scratch, "root")
        shutil.copytree(os.path.join(os.path.dirname(wasm), spec["root"]), root, symlinks=True)
    try:
        done = subprocess.run(
            command(ocre, options, wasm, spec, root),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "no end after %d s" % TIMEOUT
    if done.returncode != spec["exit_code"]:
        return "exit status %d instead of %d: %s" % (
            done.returncode,
            spec["exit_code"],
            done.stderr.decode("utf-8", "replace").strip()[-600:],
        )
    for stream, got in (("stdout", done.stdout), ("stderr", done.stderr)):
        if spec[stream] is not None and got.decode("utf-8", "replace") != spec[stream]:
            return "%s is %r instead of %r" % (stream, got[:200], spec[stream])
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("ocre", help="the ocre program")
    parser.add_argument("-o", action="append", default=[], help="an option for ocre run")
    parser.add_argument("--bare", action="store_true", help="the program has no sub-commands")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()

    root = os.environ.get("WASI_TESTSUITE")
    if not root:
        print("skipped: WASI_TESTSUITE is not set to a checkout of WebAssembly/wasi-testsuite")
        return SKIP
    if not os.path.exists(arguments.ocre):
        print("skipped: there is no %s yet" % arguments.ocre)
        return SKIP
    cases = find_cases(root, arguments.names)
    if not cases:
        print("%s has no prebuilt programs: check out its branch prod/testsuite-base" % root)
        return 1

    ocre = [os.path.abspath(arguments.ocre)] + ([] if arguments.bare else ["run"])
    failed = 0
    for language, wasm in cases:
        with tempfile.TemporaryDirectory(prefix="ocre-wasi-") as scratch:
            problem = run_case(ocre, arguments.o, wasm, scratch)
        if problem:
            failed += 1
            print("FAILED %s/%s: %s" % (language, os.path.basename(wasm)[:-5], problem))
    print("%d passed, %d failed" % (len(cases) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
