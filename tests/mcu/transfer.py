#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""transfer.py GUEST.wasm FLOOD.wasm QEMU.SH MACHINE FILE.elf [QEMU-ARG...] - bad input at the serial
line of mcu-demo: transfers that end anywhere, senders that make no sense, noise. After each the shell
answers, the containers go on, and what was there is there. Whatever is sent is sent at once, so that
it means the same however slow this program or the emulator is."""
import random
import re
import sys

from serial_line import EOT, Device, block, expect, failures, wait_for

CAN = b"\x18"


def head(name, size):
    name = name if isinstance(name, bytes) else name.encode()
    return block(0, name + b"\0" + str(size).encode())


def blocks(name, data):
    """All that a sender says, block by block."""
    yield head(name, len(data))
    for n in range(0, len(data), 1024):
        yield block(n // 1024 + 1, data[n : n + 1024])
    yield EOT
    yield block(0, b"")


class Line:
    def __init__(self, device, module):
        self.device = device
        self.module = module
        self.pieces = list(blocks("guest.wasm", module))
        self.whole = b"".join(self.pieces)

    def receive(self, data, *patterns):
        """What is answered when all of `data` has come, and no more."""
        self.device.raw(b"receive\r" + data)
        answer = self.device.until_prompt()
        # The echo, what to do, YMODEM's answers, the one line that says what became of it.
        if not re.search(r"Ctrl-C gives up\n[C\x06\x15\x18]+\n[^\n]+\n> $", answer):
            failures.append(f"not one line: {answer!r}")
        expect(answer, *patterns)

    def works(self):
        self.receive(self.whole, "guest is in the store")
        self.there()

    def there(self):
        expect(self.device.do("images"), r"^guest +%d +[1-9]\d+$" % len(self.module))


def interrupted(line, rng):
    """At the borders of blocks the sender says that it gives up; elsewhere it is just gone."""
    at = 0
    for n, piece in enumerate(line.pieces[:-1]):
        line.receive(line.whole[:at] + CAN * 3, "the sender gave up")
        if n in (1, 3):  # tests/shell/ymodem_test.c has every byte
            line.receive(line.whole[: at + rng.randrange(1, len(piece))], "nothing comes")
        at += len(piece)
    line.works()
    for _ in range(2):
        cut = rng.randrange(1, at)
        noise = bytes(rng.randrange(256) for _ in range(800)).replace(CAN, b"x").replace(EOT, b"y")
        line.receive(line.whole[:cut] + noise)
    line.there()
    # The file is there when its end was said, whatever becomes of the rest.
    line.receive(line.whole[:at], "guest is in the store")


def repeated(line):
    line.receive(b"".join(p * (1 if p == EOT else 2) for p in line.pieces[:-1]), "guest is in")
    damaged = bytearray(line.pieces[1])
    damaged[500] ^= 1
    line.receive(b"".join([line.pieces[0], bytes(damaged)] + line.pieces[1:]), "guest is in")
    line.receive(line.pieces[0] + bytes(damaged) * 11, "too many damaged blocks")
    line.receive(line.pieces[0] + line.pieces[2], "a block is missing")
    line.receive(line.pieces[0] + b"".join(line.pieces[1:3]) + EOT, "shorter than was said")
    more = line.pieces[:-2] + [block(len(line.pieces) - 2, b"more")]
    line.receive(b"".join(more), "longer than was said")
    line.there()


def refused(line):
    name = "guest.wasm"
    line.receive(head(name, 999999), "^guest: the store is full: ")
    line.receive(head(name, 4294967295), "^guest: the store is full: ")
    line.receive(head(name, 99999999999), "does not say how long")
    line.receive(head(name, 0), "guest' is empty, or no name")
    line.receive(head("n" * 65, 100), "name is too long")
    line.receive(head("n" * 120, 100), "name is too long|does not say how long")
    line.receive(block(0, b"n" * 128), "the sender has no file")
    line.receive(block(0, b""), "the sender has no file")
    for odd in (".wasm", "..", "a b", "a\nb", "a\x1b[2Jb", "\xe4", "/", "%s%n"):
        line.receive(head(odd.encode("latin1"), 100), "an image's name is of|has no file")
    line.receive(head("publisher.wasm", 100), "the firmware has an image of that name")
    # What is not valid does not replace what is.
    bad = line.module[: len(line.module) // 2]
    line.receive(b"".join(blocks(name, bad)), ".")
    line.receive(b"".join(blocks(name, b"\0asm" + b"x" * 500)), "unknown binary version")
    line.there()
    expect(line.device.do("run guest"), "^guest$")
    expect(line.device.do("receive"), "guest: `kill` and `rm` it first")
    line.device.do("kill guest")
    line.device.do("rm guest")


def flooded(line, flood):
    """A guest that prints without end; more images than there is room for in the list."""
    line.receive(b"".join(blocks("flood", flood)), "flood is in the store")
    expect(line.device.do("run flood"), "^flood$")
    expect(line.device.do("ps"), "^flood +flood +RUNNING", "^blinky +blinky +RUNNING")
    expect(line.device.do("logs flood"), "prints without end")
    wait_for(line.device, "gpio led0", "output +0")
    wait_for(line.device, "gpio led0", "output +1")
    line.device.do("kill flood")
    line.device.do("rm flood")
    for n in (3, 4):
        line.receive(b"".join(blocks(f"g{n}", flood)), f"g{n} is in the store")
    line.receive(head("g5", 100), "^g5: the store has 4 images; `rmi` one of them")
    for name in ("flood", "g3", "g4"):
        expect(line.device.do(f"rmi {name}"), "^> $")


def noise(line, rng):
    device = line.device
    keys = bytes(b for b in (rng.randrange(256) for _ in range(700)) if b not in b"\n\r\x03")
    device.raw(keys + b"\r")
    expect(device.until_prompt(), "too long|no such command|too many words")
    device.raw(b"x" * 700 + b"\r")
    expect(device.until_prompt(), "too long")
    device.raw(b"\x1b[A\x1b[15~\x1b[1;5Dp\x1bOHs\x1b[\r")
    expect(device.until_prompt(), "^CONTAINER +IMAGE")
    device.raw(b"\x1b" * 500 + b"[ps\r")
    device.until_prompt()
    for odd in ('run ""', 'run "', "start " + "x" * 100, "logs %s%s%n", "gpio 4294967296/0", "kill -1"):
        expect(device.do(odd), "no such|usage")
    expect(device.do("ps"), "^blinky +blinky +RUNNING")


def main():
    modules = []
    for path in sys.argv[1:3]:
        with open(path, "rb") as file:
            modules.append(file.read())
    device = Device(sys.argv[3:])
    expect(device.until_prompt(), "^Ocre on ")
    expect(device.do("run blinky"), "^blinky$")
    expect(device.do("run publisher"), "^publisher$")
    expect(device.do("run subscriber"), "^subscriber$")
    line = Line(device, modules[0])
    rng = random.Random(7)
    for part in (
        lambda: interrupted(line, rng),
        lambda: repeated(line),
        lambda: refused(line),
        lambda: flooded(line, modules[1]),
        lambda: noise(line, rng),
    ):
        part()
        # Nobody was disturbed.
        ps = device.do("ps")
        expect(ps, *(f"^{n} +{n} +RUNNING" for n in ("blinky", "publisher", "subscriber")))
    line.works()
    wait_for(device, "logs subscriber", "heard: ")
    status = device.halt()
    if status != 0:
        failures.append(f"it ended with status {status}")
    print(repr(device.text))
    for failure in failures:
        print("FAILED:", failure)
    sys.exit(1 if failures else 0)


main()
