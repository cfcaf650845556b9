#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""demo.py GUEST.wasm SENSES.wasm QEMU.SH MACHINE FILE.elf - mcu-demo as a person uses it, over its
serial line. The guests are sent to it where it has flash that can be written."""
import re
import sys

from serial_line import ACK, EOT, Cancelled, Device, block, expect, failures, wait_for


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


def storage(device, paths):
    """Images over the line: interrupted, damaged, whole, and there after a reset."""
    modules = []
    for path in paths:
        with open(path, "rb") as file:
            modules.append(file.read())
    module = modules[0]

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
    expect(device.do("rmi guest"), "^guest: `kill` and `rm` it first")

    # A guest that does not say how much stack it needs, and traps while somebody types.
    for name in ("guest", "publisher"):
        device.do(f"kill {name}")
        device.do(f"rm {name}")
    senses = modules[1].replace(b"ESC_", b"\x1b[2J")
    expect(receive("senses.wasm", senses), "^senses is in the store")
    device.raw(b"run senses\rimag")
    answer = device.until(r"\n> imag$", after="ended: ")
    expect(answer, r"^> (imag)?\x1b\[Kocre: ended: senses: .*env\.\?\[2Jnobody")
    expect(device.do("es"), "^es\nIMAGE ")
    expect(device.do("logs senses"), "measures 21")
    expect(device.do("stats"), r"^senses +\d+ +1?\d{4} ")
    device.do("rm senses")
    expect(device.do("rmi senses"), "^> $")

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
    device = Device(sys.argv[3:])
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
    expect(device.do("logs rogue"), "! denied: .*needs a grant: msg:publish=FILTER")
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
        storage(device, sys.argv[1:3])
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
