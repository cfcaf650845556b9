#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""terminal.py QEMU.SH MACHINE FILE.elf - mcu-demo at a terminal, as `./dev demo mcu` gives it: Ctrl-C
is a key of the device, and does not end the emulator."""
import os
import pty
import re
import select
import sys
import time

WAIT = 20


def main():
    pid, line = pty.fork()
    if pid == 0:
        os.environ["OCRE_SERIAL"] = "stdio,signal=off"
        os.execv(sys.argv[1], sys.argv[1:])

    def until(pattern):
        end = time.monotonic() + WAIT
        text = ""
        while not re.search(pattern, text):
            left = max(end - time.monotonic(), 0)
            if not select.select([line], [], [], left)[0]:
                sys.exit(f"never {pattern} in {text!r}")
            try:
                text += os.read(line, 4096).decode(errors="replace").replace("\r", "")
            except OSError:
                sys.exit(f"it ended after {text!r}")
        print(text)

    until(r"Ocre on .*\n> $")
    os.write(line, b"nonsense\x03")
    until(r"\^C\n> $")
    os.write(line, b"receive\r")
    until(r"Ctrl-C gives up\n|no flash")
    os.write(line, b"\x03")
    until(r"\n(cancelled|\^C)\n> $")
    os.write(line, b"ps\r")
    until(r"CONTAINER[^>]*> $")
    os.write(line, b"halt\r")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()
