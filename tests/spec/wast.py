# SPDX-License-Identifier: Apache-2.0
"""wast.py - makes the plain command file that spec_runner reads from a specification script.

wabt's wast2json does the hard part: it assembles the modules and writes the rest as JSON. The
runner must also run where no JSON library is (cross builds under an emulator), so its input is
lines of words:

    script NAME
    VERB LINE TEXT OBJECT...

    module LINE - NAME FILE             load, instantiate, start
    register LINE - NAME AS
    action LINE - ACTION                must return
    return LINE - ACTION VALUE...       must return these
    trap LINE TEXT ACTION               must trap so
    exhaustion LINE TEXT ACTION         must run out of guest stack
    exception LINE - ACTION             must end with an exception that nobody catches
    invalid|malformed LINE TEXT FILE    must be refused
    unlinkable LINE TEXT FILE           must not link
    uninstantiable LINE TEXT FILE       must trap while it is instantiated
    skip LINE - REASON

    ACTION is  invoke|get NAME FIELD COUNT VALUE...
    NAME, AS, FIELD, TEXT, REASON are "x" and hexadecimal bytes, or "-" for none
    VALUE is   i32=5  f64=nan:canonical  v128=i16:1,2,3,4,5,6,7,8  externref=3  funcref=null
"""

import fcntl
import json
import os
import re
import subprocess

# Some proposals' scripts are from before WebAssembly 2.0, which allows what they forbid.
OUTDATED = ("multiple tables",)
TEXT_FORMAT = "malformed text: no parser for the text format here"


class Unconvertible(Exception):
    """wast2json does not understand the script."""


def hexed(text):
    """The bytes of a name or a text."""
    return "-" if text is None else "x" + text.encode("utf-8", "surrogateescape").hex()


def value(v):
    if v["type"] == "v128":
        return "v128=%s:%s" % (v["lane_type"], ",".join(v["value"]))
    return "%s=%s" % (v["type"], v.get("value", "any"))


def action(a):
    args = a.get("args", [])
    return [a["type"], hexed(a.get("module")), hexed(a["field"]), str(len(args))] + [
        value(v) for v in args
    ]


def command(c):
    """The words after VERB and LINE, and the verb: what one JSON command becomes."""
    kind = c["type"]
    text = hexed(c.get("text"))
    if kind == "module":
        return ["module", "-", hexed(c.get("name")), c["filename"]]
    if kind == "register":
        return ["register", "-", hexed(c.get("name")), hexed(c["as"])]
    if kind == "action":
        return ["action", "-"] + action(c["action"])
    if kind == "assert_return":
        return ["return", "-"] + action(c["action"]) + [value(v) for v in c["expected"]]
    if kind in ("assert_trap", "assert_exhaustion", "assert_exception"):
        return [kind[len("assert_") :], text] + action(c["action"])
    if kind in ("assert_invalid", "assert_malformed", "assert_unlinkable", "assert_uninstantiable"):
        if c["module_type"] != "binary":
            return ["skip", "-", hexed(TEXT_FORMAT)]
        if kind == "assert_invalid" and c["text"] in OUTDATED:
            return ["skip", "-", hexed("\"%s\" is no error since WebAssembly 2.0" % c["text"])]
        return [kind[len("assert_") :], text, c["filename"]]
    return ["skip", "-", hexed("command %s is unknown here" % kind)]


def spell_out(source):
    """Write out the table index 0, which scripts may leave away but wast2json 1.0.32 wants.

    (elem ...) and table.copy/init are understood without. Strings stay as they are: they are in
    malformed modules, which are skipped.
    """
    return re.sub(r"\b(table\.(?:get|set|size|grow|fill))(?=\s*[()])", r"\1 0", source)


def wast2json(tool, flags, source, target):
    done = subprocess.run(
        [tool, *flags, source, "-o", target],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise Unconvertible(re.sub(r"^.*?:(?=\d+:)", "", lines[0]))


def convert(tool, flags, script, name, folder):
    """Convert `script` into `folder`; returns the command file and the reasons for skips.

    `name` is what messages call the script. What is there and newer than the script is kept.
    """
    base = os.path.join(folder, re.sub(r"[^A-Za-z0-9_.-]", "-", name[: -len(".wast")]))
    out = base + ".cmd"
    made_of = max(os.path.getmtime(script), os.path.getmtime(__file__))
    # Several runs may share the folder.
    with open(base + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(out) or os.path.getmtime(out) <= made_of:
            write_commands(tool, flags, script, name, base)
    return out, reasons(out)


def write_commands(tool, flags, script, name, base):
    out = base + ".cmd"
    try:
        wast2json(tool, flags, script, base + ".json")
    except Unconvertible:
        with open(script, encoding="utf-8") as f:
            source = f.read()
        spelled = spell_out(source)
        if spelled == source:
            raise
        with open(base + ".wast", "w", encoding="utf-8") as f:
            f.write(spelled)
        wast2json(tool, flags, base + ".wast", base + ".json")
    # wast2json writes the bytes of names as they are.
    with open(base + ".json", encoding="utf-8", errors="surrogateescape") as f:
        commands = json.load(f)["commands"]
    with open(out + ".new", "w", encoding="ascii") as f:
        f.write("script %s\n" % name)
        for c in commands:
            verb, *rest = command(c)
            f.write(" ".join([verb, str(c["line"])] + rest) + "\n")
    os.replace(out + ".new", out)


def reasons(path):
    """Why commands of this file are skipped: {reason: count}."""
    found = {}
    with open(path, encoding="ascii") as f:
        for line in f:
            if line.startswith("skip "):
                reason = bytes.fromhex(line.split()[3][1:]).decode("utf-8", "replace")
                found[reason] = found.get(reason, 0) + 1
    return found
