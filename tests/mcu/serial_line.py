# SPDX-License-Identifier: Apache-2.0
"""serial_line.py - mcu-demo in an emulator, as seen from the other end of its serial line."""
import atexit
import os
import re
import select
import subprocess
import time

WAIT = 20  # seconds for an answer, on a busy machine


class Cancelled(Exception):
    """The receiver gave up; it says why when it is back at its prompt."""


class Device:
    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        atexit.register(self.process.terminate)
        self.text = ""

    def until(self, pattern, after=""):
        """What comes until the end matches; not before `after` is there."""
        end = time.monotonic() + WAIT
        answer = ""
        while not (re.search(pattern, answer) and after in answer):
            left = end - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [], max(left, 0))
            data = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not data:
                raise SystemExit(f"never {pattern} after: {answer!r}")
            answer += data.decode(errors="replace").replace("\r", "")
        self.text += answer
        return answer

    def until_prompt(self, after=""):
        """The core may say something at any time, and then comes the prompt again."""
        return self.until(r"\n> $", after)

    def do(self, line):
        # A serial line has no room for more than a byte; the echo says that each has arrived.
        self.process.stdin.write(line.encode() + b"\r")
        self.process.stdin.flush()
        return self.until_prompt(line + "\n" if line.isprintable() and len(line) < 128 else "")

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
