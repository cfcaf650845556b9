#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# results.sh DIRECTORY... - what became of the tests in these build directories, read from the logs
# of their last `./dev test`: which tests were skipped, and what others left out, each with the
# reason; which tests failed, and what they said was wrong; and as the last line "N passed, N failed, N skipped".
set -eu

[ $# -gt 0 ] || {
	echo "usage: results.sh BUILD-DIRECTORY..." >&2
	exit 2
}

for dir in "$@"; do
	printf '@directory %s\n' "$(basename "$dir")"
	# The first has the outcomes, the second what each test printed.
	[ ! -f "$dir/ctest.log" ] || cat "$dir/ctest.log"
	printf '@output\n'
	[ ! -f "$dir/Testing/Temporary/LastTest.log" ] || cat "$dir/Testing/Temporary/LastTest.log"
done | awk '
	# One line for a reason, with all the tests that gave it.
	function left_out(what, reason) {
		sub(/^[ \t]+/, "", reason)
		reason = what ": " reason
		if (!(reason in who)) {
			order[++reasons] = reason
		}
		if (seen_in[reason] != config) {
			seen_in[reason] = config
			who[reason] = who[reason] (who[reason] == "" ? " " : "; ") config ":"
			begin[reason] = length(who[reason]) + 1
		}
		if (index(substr(who[reason], begin[reason]) " ", " " test " ") == 0) {
			who[reason] = who[reason] " " test
		}
	}

	$1 == "@directory" {
		config = $2
		output = 0
		seen = 0
		for (name in was_skipped) {
			delete was_skipped[name]
		}
		for (name in has_failed) {
			delete has_failed[name]
		}
		list = 0
	}
	$1 == "@output" {
		output = 1
		inside = 0
		if (!seen) {
			failures = failures "failed: " config " (no results: not built, or not run)\n"
			failed++
		}
	}

	# ctest.log: the numbers, then the names.
	!output && /tests? failed out of [0-9]+$/ {
		total = $NF
		bad = $(NF - 5)
		failed += bad
		seen = 1
		passed += total - bad
	}
	!output && /^The following tests did not run:/ { list = 1 }
	!output && /^The following tests FAILED:/ { list = 2 }
	!output && list == 1 && /\(Skipped\)$/ { was_skipped[$3] = 1; passed--; skipped++ }
	!output && list == 2 && /^[ \t]+[0-9]+ - / {
		has_failed[$3] = 1
		sub(/^[ \t]+[0-9]+ - /, "")
		failures = failures "failed: " config " " $0 "\n"
	}

	# LastTest.log: what they printed.
	output && !inside && /^[0-9]+\/[0-9]+ Test: / { test = $3; last = ""; before = "" }
	output && !inside && /^Output:$/ { inside = 1; next }
	output && /^<end of output>/ {
		if (test in was_skipped) {
			# The reason is in the last line or, where that only says "skipped", before.
			if (last ~ /^skipped: full\./) {
				last = before
			}
			sub(/^([Ss]kipped|SKIPPED): /, "", last)
			left_out("skipped", last == "" ? "no reason given" : last)
		}
		inside = 0
	}
	output && inside {
		if (/[^ \t-]/) {
			before = last
			last = $0
		}
		# What cmocka, bats and the sanitizers say of a failure.
		if (test in has_failed &&
		    /^\[ +(ERROR|LINE|FAILED) +\]|^not ok |^# |ERROR: |WARNING: |runtime error: / &&
		    ++said[config " " test] <= 8) {
			failures = failures "    " test ": " $0 "\n"
		}
		if (!(test in was_skipped)) {
			if (/^skipped: /) {
				left_out("left out", substr($0, 10))
			} else if (/^ok .* # skip/) {
				sub(/.*# skip */, "")
				left_out("left out", $0)
			} else if (/^\[  SKIPPED \] [a-z_]+$/) {
				left_out("left out", "case " $NF " skips itself")
			}
		}
	}

	END {
		for (i = 1; i <= reasons; i++) {
			printf "%s\n    by%s\n", order[i], who[order[i]]
		}
		printf "%s", failures
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0 || passed == 0
	}'
