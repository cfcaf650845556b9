# SPDX-License-Identifier: Apache-2.0
"""guests.py - compiles the benchmark programs, natively and as WebAssembly for WASI.

Compiling and linking are two steps: clang runs wasm-opt by itself when -O stands on a link line
and binaryen is installed, and the programs should not depend on that.
"""

import os
import re
import shutil
import subprocess

from .say import BenchError, skipped

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KERNELS = (
    "fib",
    "sha256",
    "nbody",
    "matmul",
    "sort",
    "strhash",
    "vmcall",
    "vmswitch",
    "memloop",
    "bulkmem",
    "i64mix",
)
CONTAINER_GUESTS = ("wait", "once", "spin", "pause", "ping", "timer")
COREMARK_SOURCES = (
    "core_list_join.c",
    "core_main.c",
    "core_matrix.c",
    "core_state.c",
    "core_util.c",
)
# No fused multiply-add: native code of every machine must round as WebAssembly does.
CFLAGS = ["-O2", "-std=gnu11", "-ffp-contract=off"]
WASM_CFLAGS = ["--target=wasm32-wasi", "-msign-ext", "-mnontrapping-fptoint", "-mbulk-memory"]
WASM_LDFLAGS = ["--target=wasm32-wasi", "-Wl,--strip-all", "-Wl,-z,stack-size=16384"]


class ToolsMissing(BenchError):
    """There is no compiler for the benchmark programs."""


class Program:
    """One benchmark: how it is called and how its output is read."""

    def __init__(self, name, native, wasm):
        self.name = name
        self.native = native
        self.wasm = wasm

    def args(self, runs):
        return [str(runs)]

    def read(self, output):
        """The checksum and the microseconds of one run."""
        found = re.search(r"checksum ([0-9a-f]{8}) us ([0-9.]+)", output)
        if not found:
            raise BenchError(f"{self.name}: no result in its output: {output.strip()[:200]!r}")
        return found.group(1), float(found.group(2))


class CoreMark(Program):
    KNOWN = {"list": "0xe714", "matrix": "0x1fd7", "state": "0x8e3a"}

    def args(self, runs):
        return ["0", "0", "102", str(runs)]

    def read(self, output):
        crc = dict(re.findall(r"\[0\]crc(\w+)\s*: (0x[0-9a-f]+)", output))
        wrong = {k: crc.get(k) for k, v in self.KNOWN.items() if crc.get(k) != v}
        seconds = re.search(r"Total time \(secs\): ([0-9.]+)", output)
        count = re.search(r"Iterations\s*: (\d+)", output)
        if wrong or not seconds or not count:
            raise BenchError(f"coremark: wrong or missing results {wrong}: {output[:200]!r}")
        return "/".join(self.KNOWN.values()), float(seconds.group(1)) * 1e6 / int(count.group(1))


def run_tool(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)}\n{done.stderr.strip()}")


def find_clang():
    for name in [os.environ.get("BENCH_CLANG"), "clang-19", "clang"]:
        if name and shutil.which(name):
            break
    else:
        raise ToolsMissing("no clang: install clang-19 and lld-19, or set BENCH_CLANG=")
    if not os.path.exists("/usr/include/wasm32-wasi/stdio.h"):
        raise ToolsMissing("no wasi-libc: install wasi-libc libclang-rt-19-dev-wasm32")
    return name


class Builder:
    def __init__(self, folder):
        self.folder = folder
        self.clang = find_clang()
        os.makedirs(folder, exist_ok=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def native(self, name, sources, flags=()):
        out = self.path(name)
        self.make(out, sources, [[self.clang, *CFLAGS, *flags, *sources, "-lm", "-o", out]])
        return out

    def wasm(self, name, sources, flags=(), ldflags=WASM_LDFLAGS, libs=()):
        out = self.path(name + ".wasm")
        objects, commands = [], []
        for source in sources:
            obj = self.path(f"{name}-{os.path.basename(source)}.o")
            objects.append(obj)
            commands.append(
                [self.clang, *WASM_CFLAGS, *CFLAGS, *flags, "-c", source, "-o", obj]
            )
        commands.append([self.clang, *ldflags, *objects, *libs, "-o", out])
        self.make(out, sources, commands)
        return out

    def make(self, out, sources, commands):
        """Run the commands unless `out` is newer than everything it comes from."""
        inputs = list(sources) + [os.path.abspath(__file__)]
        kernel_h = os.path.join(HERE, "kernels", "kernel.h")
        newest = max(os.path.getmtime(f) for f in inputs + [kernel_h])
        if os.path.exists(out) and os.path.getmtime(out) > newest:
            return
        for command in commands:
            run_tool(command)

    def kernel(self, name):
        sources = [os.path.join(HERE, "kernels", f) for f in ("main.c", name + ".c")]
        return Program(name, self.native(name, sources), self.wasm(name, sources))

    def coremark(self):
        """CoreMark out of the folder that COREMARK= names, or None."""
        folder = os.environ.get("COREMARK")
        if not folder:
            skipped("coremark", "COREMARK= does not name a folder with its sources")
            return None
        missing = [f for f in COREMARK_SOURCES if not os.path.exists(os.path.join(folder, f))]
        if missing:
            raise BenchError(f"COREMARK={folder}: there is no {missing[0]}")
        port = os.path.join(HERE, "coremark")
        sources = [os.path.join(folder, f) for f in COREMARK_SOURCES]
        sources.append(os.path.join(port, "core_portme.c"))
        flags = ["-I", port, "-I", folder, "-DPERFORMANCE_RUN=1"]
        return CoreMark(
            "coremark",
            self.native("coremark", sources, flags),
            self.wasm("coremark", sources, flags),
        )

    def programs(self, only):
        chosen = [k for k in KERNELS if not only or k in only]
        made = [self.kernel(k) for k in chosen]
        if not only or "coremark" in only:
            coremark = self.coremark()
            if coremark:
                made.append(coremark)
        return made

    def hello_raw(self):
        """The module of 128 bytes, or None."""
        source, out = os.path.join(HERE, "hello_raw.wat"), self.path("hello_raw.wasm")
        if not shutil.which("wat2wasm"):
            skipped("hello_raw", "wat2wasm is missing (package wabt)")
            return None
        self.make(out, [source], [["wat2wasm", source, "-o", out]])
        return out

    def hello(self):
        """printf of wasi-libc, linked as by default (64 KiB stack), about 18 KB after wasm-opt."""
        source = os.path.join(HERE, "hello.c")
        libs = ["-lc-printscan-no-floating-point"]
        ldflags = ["--target=wasm32-wasi", "-Wl,--strip-all"]
        big = self.wasm("hello-linked", [source], ldflags=ldflags, libs=libs)
        if not shutil.which("wasm-opt"):
            skipped("hello made small", "wasm-opt is missing (package binaryen); 22 KB instead")
            return big
        out = self.path("hello.wasm")
        self.make(out, [source, big], [["wasm-opt", "-Oz", big, "-o", out]])
        return out

    def container_guests(self):
        """The folder with the guests of ocre-containers."""
        folder = os.path.join(HERE, "containers")
        os.makedirs(self.path("containers"), exist_ok=True)
        ldflags = WASM_LDFLAGS + ["-Wl,--allow-undefined"]
        for name in CONTAINER_GUESTS:
            self.wasm(
                os.path.join("containers", name),
                [os.path.join(folder, name + ".c")],
                ldflags=ldflags,
                libs=["-lc-printscan-no-floating-point"],
            )
        return self.path("containers")

    def hello_native(self):
        return self.native("hello-native", [os.path.join(HERE, "hello.c")])
