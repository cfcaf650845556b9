#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes seeds for the harnesses: seeds.py OUT_FOLDER. See README.md."""

import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LARGEST = 20000  # bytes: larger ones only make the harness slow


def keep(out, data):
    if len(data) <= LARGEST:
        with open(os.path.join(out, hashlib.sha256(data).hexdigest()[:16]), "wb") as f:
            f.write(data)


def from_text(out):
    tool = shutil.which("wat2wasm")
    if tool is None:
        print("no wat2wasm (Debian's package wabt has it): *.wat is left out")
        return
    with tempfile.TemporaryDirectory() as work:
        for path in sorted(glob.glob(os.path.join(HERE, "seeds", "*.wat"))):
            made = os.path.join(work, "out.wasm")
            subprocess.run([tool, "--enable-all", "--no-check", path, "-o", made], check=True)
            with open(made, "rb") as f:
                keep(out, f.read())


def from_scripts(out):
    tool = shutil.which("wast2json")
    folder = os.environ.get("OCRE_SPEC") or os.path.join(os.path.dirname(ROOT), "shared", "spec")
    if tool is None or not os.path.isdir(folder):
        print("no specification scripts (OCRE_SPEC), or no wast2json: left out")
        return
    skipped = 0
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.wast"), recursive=True)):
        if any(p in path for p in ("memory64", "multi-memory", "relaxed-simd")):
            continue
        with tempfile.TemporaryDirectory() as work:
            done = subprocess.run(
                [tool, "--enable-exceptions", "--enable-extended-const", "--enable-tail-call",
                 "--enable-threads", path, "-o", os.path.join(work, "s.json")],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            skipped += done.returncode != 0
            for made in glob.glob(os.path.join(work, "*.wasm")):
                with open(made, "rb") as f:
                    keep(out, f.read())
    if skipped:
        print("%d scripts could not be converted" % skipped)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: seeds.py OUT_FOLDER")
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    from_text(out)
    for path in glob.glob(os.path.join(HERE, "regressions", "*.wasm")):
        with open(path, "rb") as f:
            keep(out, f.read())
    from_scripts(out)
    print("%d seeds in %s" % (len(os.listdir(out)), out))


if __name__ == "__main__":
    main()
