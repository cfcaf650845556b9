#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bats.sh FILE.bats: run it, or say what is missing and end with status 77 (skipped).
# OCRE_BIN is the folder of the program.

missing=
for tool in bats $(sed -n 's/^# needs: //p' "$1"); do
	command -v "$tool" >/dev/null || missing="$missing $tool"
done
if [ -n "$missing" ]; then
	echo "SKIPPED: $(basename "$1") needs$missing (Debian: bats wabt)"
	exit 77
fi
exec bats "$1"
