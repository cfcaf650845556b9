#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""footprint.py - what firmware takes of flash and RAM, held against its limits and against what
docs/footprint.md and docs/small-guests.md say.

    footprint.py check DIRECTORY [MACHINE]   fail, with a line for each, when a bar is broken or the
                                             document does not say what is measured
    footprint.py write DIRECTORY...          put what is measured into the tables of the document
    footprint.py features DIRECTORY...       likewise what each switch of the engine costs: the
                                             first directory has the defaults, the others are
                                             SWITCH=directory

The directories are build directories of mcu-...; flash is read from the programs there, RAM from
what tests/mcu/measure.c prints in the emulator."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "footprint.md"
GUESTS = ROOT / "docs" / "small-guests.md"
REFERENCE = "mps2-an505"  # the Cortex-M33
MACHINES = ("lm3s6965evb", "mps2-an385", "netduinoplus2", REFERENCE, "virt-rv32")
SKIP = 77  # the status of a test that did not run

# What must hold: figure, limit, what it is.
FLASH = 128 * 1024
STATIC = 8 * 1024
SMALL = 10 * 1024
DEFAULT = 20 * 1024
STACK = 3 * 1024

# What -icount shift=5 makes of an instruction, and a step of the board's counter.
INSTRUCTION_NS = 32
COUNTER_NS = 40

# The document is true when a figure is no further off than this.
NEAR_BYTES = 128  # an interrupt comes where the stack is deepest, or not: 96 on RISC-V
NEAR_PART = 0.01


class Missing(Exception):
    """Something that is not there, which is no failure."""


# ---- measuring ----


def tool(machine, name):
    return ("riscv64-unknown-elf-" if "rv32" in machine else "arm-none-eabi-") + name


def sections(machine, elf):
    """Bytes of flash, of static RAM, and those that the native stack is given."""
    size = dict.fromkeys((".init", ".text", ".data", ".bss", ".tbss_space", ".stack"), 0)
    done = subprocess.run(
        [tool(machine, "size"), "-A", str(elf)], capture_output=True, text=True, check=True
    )
    for line in done.stdout.splitlines():
        words = line.split()
        if words and words[0] in size:
            size[words[0]] = int(words[1])
    flash = size[".init"] + size[".text"] + size[".data"]
    return flash, size[".data"] + size[".bss"] + size[".tbss_space"], size[".stack"]


def program(folder, name, machine):
    elf = folder / "bin" / f"{name}-{machine}.elf"
    if not elf.exists():
        raise Missing(f"{elf} is not built: cmake --build {folder} --target footprint")
    return elf


def run(folder, name, machine, whole=True):
    """What the program prints: a dict of lists of numbers; when not `whole`, up to where it failed."""
    command = [str(ROOT / "tools" / "qemu.sh"), machine, str(program(folder, name, machine))]
    command += ["-icount", "shift=5,sleep=off"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode == SKIP:
        raise Missing(done.stdout.strip())
    if whole and done.returncode != 0:
        raise SystemExit(f"footprint.py: {name} on {machine} failed: {done.stdout[-500:]}")
    lines = re.findall(r"^(\w+)((?: \d+)+)$", done.stdout, re.MULTILINE)
    return {word: [int(n) for n in numbers.split()] for word, numbers in lines}


def guests(folder, name):
    files = [f for f in (folder / "apps" / name).glob("*") if f.suffix in (".wasm", ".ocode")]
    return sum(f.stat().st_size for f in files)


def program_rows(folder, machine):
    rows = []
    for name in ("runtime", "mcu-min", "mcu-demo"):
        flash, static, stack = sections(machine, program(folder, name, machine))
        rows.append([name, machine, flash, guests(folder, name), static, stack])
    return rows


def runtime_row(folder, machine):
    """What the runtime takes before its first container, everything."""
    flash, static, stack = sections(machine, program(folder, "runtime", machine))
    context = run(folder, "runtime", machine)["context"][0]
    return [machine, flash, static, context, stack, static + context + stack]


def container_rows(folder, machine, said):
    names = {
        "waits_small": "prints and waits, linked for a device",
        "waits_checked": "the same, checked and prepared by the device",
        "waits_default": "the same program, linked as by default",
        "publisher": "publisher",
        "subscriber": "subscriber",
        "blinky": "blinky",
    }
    return [[text, machine, *said[name][2:]] for name, text in names.items()]


def together_row(folder, machine, said):
    _, static, _ = sections(machine, program(folder, "measure", machine))
    peak, stack = said["together"][1], said["stack"][0]
    return [machine, static, peak, stack, static + peak + stack]


def part_rows(folder):
    rows = []
    flash, static, _ = sections(REFERENCE, program(folder, "runtime", REFERENCE))
    context = run(folder, "runtime", REFERENCE)["context"][0]
    for name, text in (
        ("without-wasi", "WASI"),
        ("without-events", "timers and events"),
        ("without-messages", "messages"),
        ("without-pins", "GPIO"),
        ("with-sensors", "sensors (not in it)"),
    ):
        its_flash, its_static, _ = sections(REFERENCE, program(folder, name, REFERENCE))
        its = its_static + run(folder, name, REFERENCE)["context"][0]
        sign = -1 if name.startswith("with-") else 1
        rows.append([text, sign * (flash - its_flash), sign * (static + context - its)])
    return rows


def variant_rows(folder):
    """The ways to link a guest: module, prepared code, RAM waiting and at most."""
    said = run(folder, "small", REFERENCE)
    names = {
        "small_default": "default, `-Os`, `puts`",
        "small_fast": "`-O2` instead of `-Os`",
        "small_stack": "`-Wl,-z,stack-size=1024`",
        "small_first": "and `-Wl,--stack-first`",
        "small_memory": "and `-Wl,--initial-memory=65536`",
        "small_frames": "and `-Oz`, `stack 1K` in its configuration",
        "small_write": "and `write` instead of `puts`",
        "small_start": "and a `_start` of its own, `-nostartfiles`",
        "small_printf": "default, `printf` of a number",
        "small_integers": "and `-lc-printscan-no-floating-point`",
    }
    return [[text, *said[name][:4]] for name, text in names.items()]


# The tables: marker, how many columns say what a row is, and in which document it is.
TABLES = {
    "runtime": 1,
    "parts": 1,
    "switches": 1,
    "containers": 2,
    "together": 1,
    "start": 1,
    "programs": 2,
    "variants": 1,
}


def measure(folder, machine):
    """All rows of a machine, by table."""
    said = run(folder, "measure", machine)
    tables = {
        "runtime": [runtime_row(folder, machine)],
        "programs": program_rows(folder, machine),
        "containers": container_rows(folder, machine, said),
        "together": [together_row(folder, machine, said)],
    }
    if "reset_to_guest" in said:
        instructions = said["reset_to_guest"][0] * COUNTER_NS // INSTRUCTION_NS
        tables["start"] = [[machine, instructions]]
    if machine == REFERENCE:
        tables["parts"] = part_rows(folder)
        tables["variants"] = variant_rows(folder)
    return tables, said


# ---- the documents ----


def document_of(name):
    return GUESTS if name == "variants" else DOCUMENT


def read_table(name):
    """The words of its head, and of its rows."""
    document = document_of(name)
    found = re.search(
        rf"<!-- {name} -->\n\n(\|.*\n)\|[-|]+\n((?:\|.*\n)*)", document.read_text()
    )
    if not found:
        raise SystemExit(f"footprint.py: {document} has no table <!-- {name} -->")
    head, *rows = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in (found.group(1) + found.group(2)).splitlines()
    ]
    return head, rows


def machine_of(name, row):
    at = {"runtime": 0, "programs": 1, "containers": 1, "together": 0}.get(name)
    return None if at is None else row[at]


def put_rows(name, rows):
    """These in place of those with the same key, new ones behind."""
    document = document_of(name)
    keys = TABLES[name]
    new = {tuple(map(str, r[:keys])): [str(c) for c in r] for r in rows}
    merged = [new.pop(tuple(r[:keys]), r) for r in read_table(name)[1]] + list(new.values())
    order = {m: i for i, m in enumerate(MACHINES)}
    merged.sort(key=lambda r: order.get(machine_of(name, r), 0))
    lines = "".join("| " + " | ".join(r) + " |\n" for r in merged)
    document.write_text(
        re.sub(
            rf"(<!-- {name} -->\n\n\|.*\n\|[-|]+\n)(?:\|.*\n)*",
            lambda m: m.group(1) + lines,
            document.read_text(),
        )
    )


def compiler(machine):
    done = subprocess.run(
        [tool(machine, "gcc"), "-dumpfullversion"], capture_output=True, text=True, check=True
    )
    return ".".join(done.stdout.strip().split(".")[:2])


def compare(tables, machine):
    """What of the document is not so."""
    text = DOCUMENT.read_text()
    made_by = re.search(r"gcc (\d+\.\d+)", text)
    if made_by and made_by.group(1) != compiler(machine):
        print(f"gcc {compiler(machine)}, the document has {made_by.group(1)}: not compared")
        return []
    wrong = []
    for name, rows in tables.items():
        keys = TABLES[name]
        where = document_of(name).relative_to(ROOT)
        head, known = read_table(name)
        said = {tuple(r[:keys]): r[keys:] for r in known}
        for row in rows:
            key = tuple(map(str, row[:keys]))
            there = [int(c) for c in said.get(key, [])]
            if len(there) != len(row) - keys:
                wrong.append(f"{where} has no such row: {', '.join(key)}")
                continue
            for column, is_now, was in zip(head[keys:], row[keys:], there):
                if abs(is_now - was) > max(NEAR_BYTES, NEAR_PART * was):
                    wrong.append(
                        f"{name}, {', '.join(key)}, {column}: it is {is_now}, {where} says {was}"
                    )
    if wrong:
        wrong.append("if that is as it should be: ./dev size write, and commit docs")
    return wrong


# ---- the bars ----


def bars(machine, tables, said):
    """(what, figure, limit)"""
    runtime = tables["runtime"][0]
    rows = []
    if machine == REFERENCE:
        rows.append(("flash of the complete runtime", runtime[1], FLASH))
    return rows + [
        ("RAM without a container, native stack and context included", runtime[5], STATIC),
        ("one container more, linked for a device, at most", said["waits_small"][3], SMALL),
        ("one container more, linked as by default, at most", said["waits_default"][3], DEFAULT),
        ("native stack, at most", said["stack"][0], STACK),
    ]


def check(folder, machine):
    tables, said = measure(folder, machine)
    wrong = []
    print(f"{machine}, bytes (limit):")
    for what, figure, limit in bars(machine, tables, said):
        print(f"{figure:8d} ({limit:6d})  {what}")
        if figure > limit:
            wrong.append(f"{what}: {figure} bytes, {figure - limit} above the limit of {limit}")
    print(f"{tables['together'][0][4]:8d}           all RAM at most: publisher, subscriber, blinky")
    for row in tables.get("start", []):
        print(f"{row[1]:8d}           instructions from the reset to the first of the guest")
    wrong += compare(tables, machine)
    for line in wrong:
        print(f"footprint.py: {machine}: {line}", file=sys.stderr)
    return not wrong


# ---- the verbs ----


def machines_of(folder):
    return [m for m in MACHINES if (folder / "bin" / f"measure-{m}.elf").exists()]


def verb_check(arguments):
    folder = Path(arguments[0])
    machines = arguments[1:] or machines_of(folder)
    if not machines:
        raise Missing(f"no firmware in {folder}")
    return all([check(folder, machine) for machine in machines])


def verb_write(arguments):
    for folder in map(Path, arguments):
        for machine in machines_of(folder):
            for name, rows in measure(folder, machine)[0].items():
                put_rows(name, rows)
            made_by = f"gcc {compiler(machine)}"
            DOCUMENT.write_text(re.sub(r"gcc \d+\.\d+", made_by, DOCUMENT.read_text()))
    return True


def switch_figures(folder):
    flash, static, context, *_ = runtime_row(folder, REFERENCE)[1:]
    # Where linear memory is one block there is no room for all of them, but for the first.
    waiting = run(folder, "measure", REFERENCE, whole=False)["waits_small"][2]
    return flash, static + context, waiting


def verb_features(arguments):
    base = switch_figures(Path(arguments[0]))
    rows = []
    for argument in arguments[1:]:
        name, folder = argument.split("=", 1)
        its = switch_figures(Path(folder))
        sign = -1 if name.startswith("+") else 1  # +: switched on, where the default is off
        rows.append([f"`{name.lstrip('+')}`", *(sign * (b - i) for b, i in zip(base, its))])
    put_rows("switches", rows)
    return True


def main():
    verbs = {"check": verb_check, "write": verb_write, "features": verb_features}
    if len(sys.argv) < 3 or sys.argv[1] not in verbs:
        print(__doc__, file=sys.stderr)
        return 2
    os.environ.setdefault("OCRE_QEMU_SECONDS", "60")
    try:
        return 0 if verbs[sys.argv[1]](sys.argv[2:]) else 1
    except Missing as missing:
        print(f"SKIPPED: {missing}")
        return SKIP


sys.exit(main())
