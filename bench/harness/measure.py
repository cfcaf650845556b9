# SPDX-License-Identifier: Apache-2.0
"""measure.py - runs engines and takes figures: CPU time per run, instructions, start-up time.

Time measured inside a guest is multiplied by the share of the CPU that its process got, engines
take turns in every round, and medians are kept: so a busy neighbour disturbs ratios little.
"""

import os
import re
import shlex
import shutil
import statistics
import subprocess
import time

from .say import BenchError, note, skipped

TARGET_US = 150_000  # how long one measurement should take inside the guest


class Engine:
    def __init__(self, name, command):
        self.name = name
        self.command = command  # before the wasm file; None for native programs

    def argv(self, program, runs):
        if self.command is None:
            return [program.native] + program.args(runs)
        return self.command + [program.wasm] + program.args(runs)


def find_engines(root, extra):
    """Native code, ours, and the peers that the environment names."""
    ours = os.environ.get("OCRE") or os.path.join(root, "build", "bin", "ocre")
    engines = [Engine("native", None)]
    if os.access(ours, os.X_OK):
        engines.append(Engine("ocre", [ours, "run"]))
    else:
        skipped("ocre", f"there is no program {ours}; run ./dev build or set OCRE=")
    for name, variable in (("wasm3", "WASM3"), ("iwasm", "IWASM")):
        path = os.environ.get(variable)
        if not path:
            skipped(name, f"{variable}= does not name its program")
        elif not os.access(path, os.X_OK):
            raise BenchError(f"{variable}={path}: not a program")
        else:
            engines.append(Engine(name, [path]))
    for definition in extra:
        name, _, command = definition.partition("=")
        if not command:
            raise BenchError(f"--engine {definition}: give NAME=COMMAND")
        engines.append(Engine(name, shlex.split(command)))
    return engines


def run_process(argv, stdin=subprocess.DEVNULL):
    """Run it: (output, wall seconds, CPU seconds)."""
    start = time.perf_counter()
    with subprocess.Popen(
        argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        output = process.stdout.read()
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        words = (errors or output).decode(errors="replace").strip()
        raise BenchError(f"{shlex.join(argv)}: exit {process.returncode}: {words[:300]}")
    return output.decode(errors="replace"), wall, usage.ru_utime + usage.ru_stime


def measure_once(engine, program, runs):
    """(checksum, microseconds per run scaled by the CPU share)."""
    output, wall, cpu = run_process(engine.argv(program, runs))
    checksum, us = program.read(output)
    return checksum, us * min(1.0, cpu / wall)


def calibrate(engine, program):
    """How many runs take about TARGET_US."""
    runs = 1 if program.name != "coremark" else 20
    while True:
        _, us = measure_once(engine, program, runs)
        if us * runs > TARGET_US / 20 or runs > 1_000_000:
            return max(1, int(TARGET_US / us))
        runs *= 8


def cpu_figures(engines, programs, rounds):
    """{program name: {engine name: median microseconds}}; checksums must agree."""
    runs, samples, checksums = {}, {}, {}
    failed = set()
    for program in programs:
        for engine in engines:
            try:
                runs[program.name, engine.name] = calibrate(engine, program)
                samples[program.name, engine.name] = []
            except BenchError as error:
                failed.add(engine.name)
                note(f"failed: {engine.name}: {program.name}: {error}")
    for number in range(rounds):
        note(f"round {number + 1} of {rounds}")
        for program in programs:
            for engine in engines:
                key = (program.name, engine.name)
                if key not in runs:
                    continue
                checksum, us = measure_once(engine, program, runs[key])
                samples[key].append(us)
                first = checksums.setdefault(program.name, (checksum, engine.name))
                if checksum != first[0]:
                    raise BenchError(
                        f"{program.name}: {engine.name} gives {checksum},"
                        f" {first[1]} gives {first[0]}"
                    )
    figures = {p.name: {} for p in programs}
    for (program, engine), values in samples.items():
        figures[program][engine] = statistics.median(values)
    return figures, failed


def check_figures(engines, programs):
    """{program name: checksum} of a single run each; they must agree on all engines."""
    checksums = {}
    for program in programs:
        for engine in engines:
            checksum, _ = measure_once(engine, program, 1)
            first = checksums.setdefault(program.name, checksum)
            if checksum != first:
                raise BenchError(f"{program.name}: {engine.name} gives {checksum}, not {first}")
    return checksums


def count_instructions(argv):
    """x86 instructions of a whole process, by valgrind's callgrind."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *argv]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        raise BenchError(f"{shlex.join(command)}: exit {done.returncode}: {done.stderr[-300:]}")
    return int(found.group(1))


def instruction_figures(engines, program):
    """{engine: instructions of one run}: the difference of two run counts, so without start-up."""
    if not shutil.which("valgrind"):
        skipped("instructions", "valgrind is missing")
        return {}
    figures = {}
    for engine in engines:
        few, many = 4, 14
        try:
            counts = [count_instructions(engine.argv(program, n)) for n in (few, many)]
        except BenchError as error:
            note(f"failed: {engine.name}: {error}")
            continue
        figures[engine.name] = (counts[1] - counts[0]) / (many - few)
    return figures


def startup_figures(commands, rounds):
    """{name: (wall median, wall minimum, CPU median)} in microseconds, start to exit."""
    samples = {name: [] for name in commands}
    for name, argv in list(commands.items()):
        try:
            run_process(argv)
        except BenchError as error:
            note(f"failed: {name}: {error}")
            del samples[name]
    for _ in range(rounds):
        for name in samples:
            _, wall, cpu = run_process(commands[name])
            samples[name].append((wall * 1e6, cpu * 1e6))
    return {
        name: (
            statistics.median(w for w, _ in values),
            min(w for w, _ in values),
            statistics.median(c for _, c in values),
        )
        for name, values in samples.items()
    }
