#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""demo.py GUEST.wasm QEMU.SH MACHINE FILE.elf - mcu-demo as a person uses it, over its serial line.
GUEST.wasm is sent to it where it has flash that can be written."""
import os
import re
import select
import subprocess
import sys
import time

WAIT = 20  # seconds for an answer, on a busy machine


class Cancelled(Exception):
    """The receiver gave up; it says why when it is back at its prompt."""


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

    def raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def byte(self):
        ready, _, _ = select.select([self.process.stdout], [], [], WAIT)
        data = os.read(self.process.stdout.fileno(), 1) if ready else b""
        if not data:
            raise SystemExit("no byte comes")
        return data

    def wait_byte(self, wanted):
        for _ in range(200):
            byte = self.byte()
            if byte == wanted:
                return
            if byte == b"\x18":
                raise Cancelled
        raise SystemExit(f"never {wanted!r}")

    def halt(self):
        self.process.stdin.write(b"halt\r")
        self.process.stdin.flush()
        return self.process.wait(timeout=WAIT)


# ---- YMODEM, the sender ----

ACK, EOT = b"\x06", b"\x04"


def block(number, data):
    large = len(data) > 128
    data = data.ljust(1024 if large else 128, b"\x1a" if number else b"\0")
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    head = bytes([2 if large else 1, number & 0xFF, ~number & 0xFF])
    return head + data + crc.to_bytes(2, "big")


def send_file(device, name, data, stop_after=None):
    """Gives up after so many blocks."""
    device.wait_byte(b"C")
    device.raw(block(0, name.encode() + b"\0" + str(len(data)).encode()))
    device.wait_byte(ACK)
    device.wait_byte(b"C")
    for n in range(0, len(data), 1024):
        if stop_after is not None and n >= stop_after * 1024:
            device.raw(b"\x18\x18\x18")  # and the sender gives up
            return
        device.raw(block(n // 1024 + 1, data[n : n + 1024]))
        device.wait_byte(ACK)
    device.raw(EOT)
    device.wait_byte(ACK)
    device.wait_byte(b"C")
    device.raw(block(0, b""))
    device.wait_byte(ACK)


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


def storage(device, path):
    """Images over the line: interrupted, damaged, whole, and there after a reset."""
    with open(path, "rb") as file:
        module = file.read()

    def receive(name, data, stop_after=None):
        device.raw(b"receive\r")
        try:
            send_file(device, name, data, stop_after)
        except Cancelled:
            pass
        return device.until_prompt()

    expect(receive("cut.wasm", module, 1), "the sender gave up")
    expect(receive("wrong.wasm", b"\0asm" + b"x" * 500), "unknown binary version")
    expect(receive(".hidden", module), "an image's name is of")
    if re.search("^(cut|wrong) ", device.do("images"), re.MULTILINE):
        failures.append("what is not whole or not valid was kept")
    expect(receive("/home/me/guest.wasm", module), "^guest is in the store")
    expect(device.do("images"), r"^guest +%d +[1-9]\d+$" % len(module))
    expect(device.do("run guest"), "^guest$")
    wait_for(device, "logs guest", "heard: ")
    expect(device.do("rmi guest"), "^guest: remove it first")

    # A file of a container outlives its lives, and a reset, and goes with the container.
    expect(device.do("run counter"), "^counter$")
    wait_for(device, "logs counter", "life 1$")
    wait_for(device, "ps", "^counter +counter +STOPPED +status 0")
    device.do("start counter")
    wait_for(device, "logs counter", "life 2$")
    expect(device.do("run counter"), "^counter-2$")
    wait_for(device, "logs counter-2", "life 1$")

    device.raw(b"reset\r")
    expect(device.until_prompt(), "^Ocre on ")
    expect(device.do("run counter"), "^counter$")
    wait_for(device, "logs counter", "life 3$")
    wait_for(device, "ps", "^counter +counter +STOPPED +status 0")
    expect(device.do("rm counter"), "^> $")
    expect(device.do("run counter"), "^counter$")
    wait_for(device, "logs counter", "life 1$")
    expect(device.do("images"), r"^guest +%d +[1-9]\d+$" % len(module))
    device.do("run publisher")
    expect(device.do("run guest"), "^guest$")
    wait_for(device, "logs guest", "heard: 2")
    device.do("kill guest")
    device.do("rm guest")
    expect(device.do("rmi guest"), "^> $")
    expect(device.do("run guest"), "no such image")
    expect(device.do("rmi guest"), "no such image")


def main():
    device = Device(sys.argv[2:])
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

    if "no flash that can be written" not in device.do("rmi nothing"):
        storage(device, sys.argv[1])
    else:
        device.do("run counter")
        wait_for(device, "logs counter", "open: that is not possible here")

    status = device.halt()
    if status != 0:
        failures.append(f"it ended with status {status}")
    print(device.text)
    for failure in failures:
        print("FAILED:", failure)
    sys.exit(1 if failures else 0)


main()
