#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""demo.py QEMU.SH MACHINE FILE.elf - mcu-demo as a person uses it, over its serial line."""
import os
import re
import select
import subprocess
import sys
import time

WAIT = 20  # seconds for an answer, on a busy machine


class Device:
    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.text = ""

    def until_prompt(self):
        end = time.monotonic() + WAIT
        answer = ""
        while not answer.endswith("\n> "):
            left = end - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [], max(left, 0))
            data = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not data:
                raise SystemExit(f"no prompt after: {answer!r}")
            answer += data.decode(errors="replace").replace("\r", "")
        self.text += answer
        return answer

    def do(self, line):
        # A serial line has no room for more than a byte; the echo says that each has arrived.
        self.process.stdin.write(line.encode() + b"\r")
        self.process.stdin.flush()
        return self.until_prompt()

    def halt(self):
        self.process.stdin.write(b"halt\r")
        self.process.stdin.flush()
        return self.process.wait(timeout=WAIT)


failures = []


def expect(answer, *patterns):
    for pattern in patterns:
        if not re.search(pattern, answer, re.MULTILINE):
            failures.append(f"not there: {pattern}\nin: {answer}")


def wait_for(device, line, pattern):
    end = time.monotonic() + WAIT
    while not re.search(pattern, device.do(line), re.MULTILINE):
        if time.monotonic() > end:
            failures.append(f"{line}: never {pattern}")
            return


def main():
    device = Device(sys.argv[1:])
    expect(device.until_prompt(), "^Ocre on ")
    expect(device.do("help"), "^run +IMAGE", "^unpause +CONTAINER")
    expect(device.do("ocre images"), r"^publisher +\d+ +\d+$", r"^rogue +\d+ +\d+$")

    expect(device.do("ocre run subscriber"), "^subscriber$")
    expect(device.do("run publisher"), "^publisher$")
    expect(device.do("run blinky"), "^blinky$")
    expect(device.do("run rogue"), "^rogue$")
    expect(device.do("ps"), *(f"^{n} +{n} +RUNNING" for n in ("publisher", "blinky", "rogue")))
    wait_for(device, "logs subscriber", "heard: 21 degrees")
    wait_for(device, "gpio led0", "output +0")
    wait_for(device, "gpio led0", "output +1")
    expect(device.do("logs rogue"), "! denied: .*needs a grant for publishing")
    expect(device.do("stats"), r"^rogue +\d+ +\d+ +[1-9]\d{5,} ", r"^RAM \d+ of \d+")

    # The misbehaving one goes, held or not; the others go on.
    device.do("pause rogue")
    expect(device.do("ps"), "^rogue +rogue +PAUSED")
    device.do("unpause rogue")
    device.do("stop rogue")
    expect(device.do("ps"), "^rogue +rogue +STOPPED +killed", "^blinky +blinky +RUNNING")
    expect(device.do("rm rogue"), "^> $")
    expect(device.do("rm rogue"), "no such container")
    expect(device.do("rm blinky"), "^blinky: ")
    expect(device.do("run rogue"), "^rogue$")
    device.do("kill rogue")
    wait_for(device, "logs subscriber", "heard: 29 degrees")

    # Twice the same image; a fresh life.
    expect(device.do("run publisher"), "^publisher-2$")
    device.do("kill publisher-2")
    expect(device.do("start publisher-2"), "^> $")

    expect(device.do("gpio button 1"), "^> $")
    expect(device.do("gpio button"), "unused +1")
    expect(device.do("gpio button 2"), "a level is 0 or 1")
    expect(device.do("gpio led0 1"), "^led0: ")
    expect(device.do("sensor"), "^room +channel 13 +21.5")
    expect(device.do("nonsense"), "no such command")
    expect(device.do("run"), "^usage: ocre run IMAGE")
    expect(device.do("run nothing"), "^nothing: no such image")
    expect(device.do("x" * 300), "too long")
    expect(device.do("ps\x15images"), "^IMAGE")
    expect(device.do(""), "^> $")

    status = device.halt()
    if status != 0:
        failures.append(f"it ended with status {status}")
    print(device.text)
    for failure in failures:
        print("FAILED:", failure)
    sys.exit(1 if failures else 0)


main()
