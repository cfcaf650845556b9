# SPDX-License-Identifier: Apache-2.0
# ocre run --net: a C guest that makes sockets by the header of the SDK. Only on the loopback.

load helper

setup_file() {
	local status=0

	"$BATS_TEST_DIRNAME/../../examples/compile" "$BATS_TEST_DIRNAME/guests/net.c" \
		"$BATS_FILE_TMPDIR/net.wasm" 2>"$BATS_FILE_TMPDIR/missing" || status=$?
	[ "$status" -ne 77 ] || skip "$(cat "$BATS_FILE_TMPDIR/missing")"
	cat "$BATS_FILE_TMPDIR/missing"
	return $status
}

setup() {
	G=$BATS_FILE_TMPDIR
	T=$BATS_TEST_TMPDIR
}

teardown() {
	[ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
}

# Begin a server and wait for its port: $server, $port.
begin_server() {
	ocre run --net "$@" "$G/net.wasm" serve >"$T/server" 3>&- &
	server=$!
	for _ in $(seq 100); do
		port=$(sed -n 's/^port //p' "$T/server")
		[ -z "$port" ] || return 0
		sleep 0.05
	done
	echo "the server did not begin"
	return 1
}

@test "TCP: guests that talk to each other, by name and by address" {
	begin_server
	ocre_run ocre run --net "$G/net.wasm" ask localhost "$port" "hello there"
	expect_status 0
	expect_output "hello there"
	ocre_run ocre run --net "$G/net.wasm" ask 127.0.0.1 "$port" "end"
	expect_status 0
	wait "$server"
	[ "$(cat "$T/server")" = "port $port
client 127.0.0.1
client 127.0.0.1" ]
}

@test "TCP: programs of this machine talk to a guest" {
	command -v python3 >/dev/null || skip "no python3"
	begin_server
	run python3 -c 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
text = b"x" * 100000 + b"end"
s.settimeout(10)
s.sendall(text[:50000])
got = b""
while len(got) < 50000: got += s.recv(65536)
s.sendall(text[50000:])
while len(got) < len(text): got += s.recv(65536)
print(got == text)' "$port"
	[ "$output" = True ]
}

@test "UDP: messages over several buffers, with addresses" {
	ocre_run ocre run --net "$G/net.wasm" messages
	expect_status 0
	[[ "$output" == "port "*"
12 bytes: first se|cond
from the sender: yes
6 bytes" ]]
}

@test "timeouts that the guest sets, and poll" {
	ocre_run ocre run --net "$G/net.wasm" timeouts
	expect_status 0
	expect_output_has "recv: EAGAIN, in time: yes
timeout 100000 us
poll: 0"
	expect_sooner 10
}

@test "options" {
	ocre_run ocre run --net "$G/net.wasm" options
	expect_status 0
	expect_output "1 60 33
1 3"
}

@test "names" {
	ocre_run ocre run --net "$G/net.wasm" resolve localhost
	expect_output "127.0.0.1:80"
	ocre_run ocre run --net "$G/net.wasm" resolve 10.9.8.7
	expect_output "10.9.8.7:80"
	ocre_run ocre run --net "$G/net.wasm" resolve name.invalid
	expect_status 1
}

@test "a guest that waits for a connection is stopped at once" {
	ocre_run ocre run --net --timeout 300ms "$G/net.wasm" serve
	expect_status 137
	expect_stderr_has "timeout of 300 ms"
	expect_sooner 5
	begin_server
	kill "$server"
	run wait "$server"
	[ "$(tail -n 1 "$T/server")" = "port $port" ]
	server=
}

@test "without --net everything is refused" {
	ocre_run ocre run "$G/net.wasm" messages
	expect_output "bind: error 76"
	ocre_run ocre run "$G/net.wasm" resolve localhost
	expect_output "resolve: error 76"
	ocre_run ocre run "$G/net.wasm" ask 127.0.0.1 9 x
	expect_output "connect: error 76"
}
