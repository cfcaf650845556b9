# SPDX-License-Identifier: Apache-2.0
"""say.py - what the benchmarks tell the user: skips, errors and tables."""

import sys


class BenchError(Exception):
    """Something that makes a measurement worthless; its text is for the user."""


def note(text):
    print(text, file=sys.stderr, flush=True)


def skipped(what, why):
    note(f"skipped: {what}: {why}")


def table(header, rows, rule_before=()):
    """Print columns, the first to the left, the others to the right; a rule before some rows."""
    widths = [max(len(line[i]) for line in [header] + rows) for i in range(len(header))]

    def line(cells):
        first = cells[0].ljust(widths[0])
        return "  ".join([first] + [c.rjust(w) for c, w in zip(cells[1:], widths[1:])]).rstrip()

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    print(line(header))
    print(rule)
    for number, row in enumerate(rows):
        if number in rule_before:
            print(rule)
        print(line(row))
    print(flush=True)
