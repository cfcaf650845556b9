/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_test.c - the functions that make sockets, called as a guest calls them: what they do on
 * the loopback, what they answer to arguments that no sane guest gives, what they ask before.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fake.h"

#define INET4 0u
#define INET6 1u
#define UDP   0u
#define TCP   1u

#define AT_ADDR	 0x5000u
#define AT_ADDR2 0x5100u
#define AT_HINTS 0x5200u
#define AT_LIST	 0x6000u

/* ---- small words ---- */

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static uint32_t open_socket(struct fake *fake, uint32_t family, uint32_t type)
{
	assert_int_equal(fake_call(fake, "sock_open", UINT32_MAX, family, type, AT_OUT), E_OK);
	return fake_u32(fake, AT_OUT);
}

static uint32_t ipv4(struct fake *fake, uint32_t at, uint32_t ip, uint16_t port)
{
	uint8_t *p = fake->memory + at;

	memset(p, 0, 24);
	p[4] = (uint8_t)(ip >> 24);
	p[5] = (uint8_t)(ip >> 16);
	p[6] = (uint8_t)(ip >> 8);
	p[7] = (uint8_t)ip;
	ocre_put_u16(p + 8, port);
	return at;
}

#define LOCALHOST 0x7f000001u

static uint16_t ipv4_port(const struct fake *fake, uint32_t at)
{
	return ocre_get_u16(fake->memory + at + 8);
}

static uint16_t local_port(struct fake *fake, uint32_t fd)
{
	assert_int_equal(fake_call(fake, "sock_addr_local", fd, AT_ADDR2), E_OK);
	assert_int_equal(fake_u32(fake, AT_ADDR2), 0);
	return ipv4_port(fake, AT_ADDR2);
}

static uint32_t listener(struct fake *fake, uint16_t *port)
{
	uint32_t fd = open_socket(fake, INET4, TCP);

	assert_int_equal(fake_call(fake, "sock_bind", fd, ipv4(fake, AT_ADDR, LOCALHOST, 0)), E_OK);
	assert_int_equal(fake_call(fake, "sock_listen", fd, 5u), E_OK);
	*port = local_port(fake, fd);
	assert_true(*port != 0);
	return fd;
}

/* The result of a call that may park. */
static int wait_for(struct fake *fake, int rc)
{
	return rc == -1 ? fake_finish(fake) : rc;
}

static uint32_t connected(struct fake *fake, uint16_t port)
{
	uint32_t fd = open_socket(fake, INET4, TCP);

	assert_int_equal(wait_for(fake, fake_call(fake, "sock_connect", fd,
						  ipv4(fake, AT_ADDR, LOCALHOST, port))),
			 E_OK);
	return fd;
}

static uint32_t text_iov(struct fake *fake, const char *text)
{
	memcpy(fake->memory + AT_DATA, text, strlen(text));
	return fake_iov(fake, 0, AT_DATA, (uint32_t)strlen(text));
}

static unsigned int descriptors_of_host(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL) {
		n++;
	}
	closedir(dir);
	return n;
}

/* The thread of a lookup closes its end a moment after it has answered. */
static void expect_descriptors(unsigned int wanted)
{
	for (int i = 0; i < 500 && descriptors_of_host() != wanted; i++) {
		usleep(10000);
	}
	assert_int_equal(descriptors_of_host(), wanted);
}

/* ---- streams ---- */

static void test_stream(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint16_t port;
	uint32_t server = listener(fake, &port);
	uint32_t client;
	uint32_t peer;

	/* Nobody is there: it parks on the socket. */
	assert_int_equal(fake_call(fake, "sock_accept", server, 0u, AT_OUT), -1);
	assert_int_equal(fake->park.fd_count, 1);
	assert_true(fake->park.deadline_ns == UINT64_MAX);
	client = connected(fake, port);
	assert_int_equal(fake_call(fake, "sock_accept", server, 0u, AT_OUT), E_OK);
	peer = fake_u32(fake, AT_OUT);
	assert_true(peer != client && peer != server && peer > 2);

	/* Both ends agree who they are. */
	assert_int_equal(fake_call(fake, "sock_addr_remote", peer, AT_ADDR), E_OK);
	assert_int_equal(ipv4_port(fake, AT_ADDR), local_port(fake, client));
	assert_memory_equal(fake->memory + AT_ADDR + 4, "\x7f\0\0\1", 4);
	assert_int_equal(fake_call(fake, "sock_addr_remote", server, AT_ADDR), E_NOTCONN);

	/* Send and receive, by both families of functions. */
	assert_int_equal(
		fake_call(fake, "sock_send", client, text_iov(fake, "hello"), 1u, 0u, AT_OUT),
		E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 5);
	fake_iov(fake, 0, AT_DATA + 100, 2);
	fake_iov(fake, 1, AT_DATA + 200, 50);
	assert_int_equal(wait_for(fake, fake_call(fake, "sock_recv", peer, AT_IOVS, 2u, 0u, AT_OUT,
						  AT_OUT + 4)),
			 E_OK);
	assert_memory_equal(fake->memory + AT_DATA + 100, "he", 2);
	assert_memory_equal(fake->memory + AT_DATA + 200, "llo", 3);
	assert_int_equal(fake_write(fake, peer, "back"), E_OK);
	fake_iov(fake, 0, AT_DATA + 300, 50);
	assert_int_equal(wait_for(fake, fake_call(fake, "fd_read", client, AT_IOVS, 1u, AT_OUT)),
			 E_OK);
	assert_memory_equal(fake->memory + AT_DATA + 300, "back", 4);

	/* With addresses: they change nothing for a stream. */
	assert_int_equal(
		fake_call(fake, "sock_send_to", client, text_iov(fake, "to"), 1u, 0u, 12u, AT_OUT),
		E_OK);
	memset(fake->memory + AT_ADDR, 0xee, 24);
	fake_iov(fake, 0, AT_DATA + 400, 50);
	assert_int_equal(wait_for(fake, fake_call(fake, "sock_recv_from", peer, AT_IOVS, 1u, 0u,
						  AT_ADDR, AT_OUT)),
			 E_OK);
	assert_memory_equal(fake->memory + AT_DATA + 400, "to", 2);
	assert_int_equal(fake_u32(fake, AT_ADDR), 0);

	/* The end: after shutdown the other side reads nothing more. */
	assert_int_equal(fake_call(fake, "sock_shutdown", client, 2u), E_OK);
	assert_int_equal(wait_for(fake, fake_call(fake, "fd_read", peer, AT_IOVS, 1u, AT_OUT)),
			 E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 0);
	assert_int_equal(fake_call(fake, "sock_close", client), E_OK);
	assert_int_equal(fake_call(fake, "sock_close", client), E_BADF);
	assert_int_equal(fake_call(fake, "fd_close", peer), E_OK);
}

static void test_connect(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint16_t port;
	uint32_t server = listener(fake, &port);
	uint32_t fd = open_socket(fake, INET4, TCP);
	int rc;

	/* Without waiting: in progress, then done. */
	assert_int_equal(fake_call(fake, "fd_fdstat_set_flags", fd, F_NONBLOCK), E_OK);
	rc = fake_call(fake, "sock_connect", fd, ipv4(fake, AT_ADDR, LOCALHOST, port));
	assert_true(rc == E_OK || rc == E_INPROGRESS);
	if (rc == E_INPROGRESS) {
		assert_int_equal(fake_call(fake, "sock_connect", fd, AT_ADDR), E_OK);
	}
	assert_int_equal(fake_call(fake, "sock_connect", fd, AT_ADDR), E_ISCONN);

	/* Nobody there. */
	assert_int_equal(fake_call(fake, "sock_close", server), E_OK);
	fd = open_socket(fake, INET4, TCP);
	assert_int_equal(wait_for(fake, fake_call(fake, "sock_connect", fd, AT_ADDR)),
			 E_CONNREFUSED);

	/* The queue of this one is full after a while, so that a connect waits, and may be timed.
	 */
	server = open_socket(fake, INET4, TCP);
	assert_int_equal(fake_call(fake, "sock_bind", server, ipv4(fake, AT_ADDR, LOCALHOST, 0)),
			 E_OK);
	assert_int_equal(fake_call(fake, "sock_listen", server, 0u), E_OK);
	port = local_port(fake, server);
	for (int i = 0; i < 10; i++) {
		uint64_t begin = now_ms();

		fd = open_socket(fake, INET4, TCP);
		assert_int_equal(fake_call(fake, "sock_set_send_timeout", fd, UINT64_C(50000)),
				 E_OK);
		rc = wait_for(fake, fake_call(fake, "sock_connect", fd,
					      ipv4(fake, AT_ADDR, LOCALHOST, port)));
		if (rc == E_INPROGRESS) {
			assert_true(now_ms() - begin >= 45);
			return;
		}
		assert_int_equal(rc, E_OK);
	}
	fail_msg("a queue of one took ten connections");
}

static void test_timeouts(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint16_t port;
	uint32_t server = listener(fake, &port);
	uint32_t client = connected(fake, port);
	uint64_t begin;
	int rc;

	assert_int_equal(fake_call(fake, "sock_get_recv_timeout", client, AT_OUT), E_OK);
	assert_true(fake_u64(fake, AT_OUT) == 0);
	assert_int_equal(fake_call(fake, "sock_set_recv_timeout", client, UINT64_C(60000)), E_OK);
	assert_int_equal(fake_call(fake, "sock_set_send_timeout", client, UINT64_C(70000)), E_OK);
	assert_int_equal(fake_call(fake, "sock_get_recv_timeout", client, AT_OUT), E_OK);
	assert_true(fake_u64(fake, AT_OUT) == 60000);
	assert_int_equal(fake_call(fake, "sock_get_send_timeout", client, AT_OUT), E_OK);
	assert_true(fake_u64(fake, AT_OUT) == 70000);

	fake_iov(fake, 0, AT_DATA, 10);
	begin = now_ms();
	rc = fake_call(fake, "sock_recv", client, AT_IOVS, 1u, 0u, AT_OUT, AT_OUT + 4);
	assert_int_equal(rc, -1);
	/* Continued early, it parks again until the same moment. */
	assert_true(fake->park.deadline_ns != UINT64_MAX);
	{
		uint64_t until = fake->park.deadline_ns;

		assert_int_equal(fake_resume(fake), -1);
		assert_true(fake->park.deadline_ns == until);
	}
	assert_int_equal(fake_finish(fake), E_AGAIN);
	assert_true(now_ms() - begin >= 55 && now_ms() - begin < 5000);
	assert_int_equal(wait_for(fake, fake_call(fake, "fd_read", client, AT_IOVS, 1u, AT_OUT)),
			 E_AGAIN);

	/* accept, and messages. */
	assert_int_equal(fake_call(fake, "sock_accept", server, 0u, AT_OUT), E_OK);
	assert_int_equal(fake_call(fake, "sock_set_recv_timeout", server, UINT64_C(30000)), E_OK);
	assert_int_equal(wait_for(fake, fake_call(fake, "sock_accept", server, 0u, AT_OUT)),
			 E_AGAIN);
	client = open_socket(fake, INET4, UDP);
	assert_int_equal(fake_call(fake, "sock_set_recv_timeout", client, UINT64_C(30000)), E_OK);
	assert_int_equal(wait_for(fake, fake_call(fake, "sock_recv_from", client, AT_IOVS, 1u, 0u,
						  AT_ADDR, AT_OUT)),
			 E_AGAIN);
	/* One that never ends. */
	assert_int_equal(fake_call(fake, "sock_set_recv_timeout", client, UINT64_MAX), E_OK);
	assert_int_equal(
		fake_call(fake, "sock_recv_from", client, AT_IOVS, 1u, 0u, AT_ADDR, AT_OUT), -1);
	assert_true(fake->park.deadline_ns == UINT64_MAX);
}

/* A send that does not fit parks for writing; with a timeout it says how much went. */
static void test_full(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint16_t port;
	uint32_t server = listener(fake, &port);
	uint32_t client = connected(fake, port);
	int rc = E_OK;

	(void)server;
	assert_int_equal(fake_call(fake, "sock_set_send_timeout", client, UINT64_C(20000)), E_OK);
	fake_iov(fake, 0, 0, FAKE_SIZE);
	for (int i = 0; i < 1000 && rc == E_OK; i++) {
		rc = wait_for(fake, fake_call(fake, "sock_send", client, AT_IOVS, 1u, 0u, AT_OUT));
		fake_iov(fake, 0, 0, FAKE_SIZE);
	}
	assert_int_equal(rc, E_AGAIN);
}

/* ---- messages ---- */

static void test_datagrams(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t a = open_socket(fake, INET4, UDP);
	uint32_t b = open_socket(fake, INET4, UDP);
	uint16_t port;

	assert_int_equal(fake_call(fake, "sock_bind", a, ipv4(fake, AT_ADDR, LOCALHOST, 0)), E_OK);
	port = local_port(fake, a);
	memcpy(fake->memory + AT_DATA, "one message", 11);
	fake_iov(fake, 0, AT_DATA, 4);
	fake_iov(fake, 1, AT_DATA, 0);
	fake_iov(fake, 2, AT_DATA + 4, 7);
	assert_int_equal(fake_call(fake, "sock_send_to", b, AT_IOVS, 3u, 0u,
				   ipv4(fake, AT_ADDR, LOCALHOST, port), AT_OUT),
			 E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 11);

	/* Looked at, then taken, over several buffers. */
	fake_iov(fake, 0, AT_DATA + 100, 3);
	fake_iov(fake, 1, AT_DATA + 200, 100);
	for (uint32_t flags = 1; flags < 2; flags--) {
		memset(fake->memory + AT_DATA + 100, 0, 200);
		assert_int_equal(wait_for(fake, fake_call(fake, "sock_recv_from", a, AT_IOVS, 2u,
							  flags, AT_ADDR2, AT_OUT)),
				 E_OK);
		assert_int_equal(fake_u32(fake, AT_OUT), 11);
		assert_memory_equal(fake->memory + AT_DATA + 100, "one", 4);
		assert_memory_equal(fake->memory + AT_DATA + 200, " message", 9);
		assert_int_equal(fake_u32(fake, AT_ADDR2), 0);
		assert_memory_equal(fake->memory + AT_ADDR2 + 4, "\x7f\0\0\1", 4);
	}
	port = ipv4_port(fake, AT_ADDR2);
	assert_int_equal(port, local_port(fake, b));

	/* Cut, and said so; the address may be left out. */
	assert_int_equal(fake_call(fake, "sock_connect", a, ipv4(fake, AT_ADDR, LOCALHOST, port)),
			 E_OK);
	assert_int_equal(fake_write(fake, a, "long answer"), E_OK);
	fake_iov(fake, 0, AT_DATA + 100, 4);
	assert_int_equal(wait_for(fake, fake_call(fake, "sock_recv", b, AT_IOVS, 1u, 0u, AT_OUT,
						  AT_OUT + 4)),
			 E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 4);
	assert_int_equal(ocre_get_u16(fake->memory + AT_OUT + 4), 1);
	assert_int_equal(fake_write(fake, a, "x"), E_OK);
	memset(fake->memory, 0xee, 24);
	assert_int_equal(
		wait_for(fake, fake_call(fake, "sock_recv_from", b, fake_iov(fake, 0, AT_DATA, 9),
					 1u, 0u, 0u, AT_OUT)),
		E_OK);
	assert_int_equal(fake->memory[0], 0xee);

	/* An empty message is one. */
	assert_int_equal(fake_call(fake, "sock_send", a, fake_iov(fake, 0, 0, 0), 1u, 0u, AT_OUT),
			 E_OK);
	assert_int_equal(
		wait_for(fake, fake_call(fake, "sock_recv_from", b, fake_iov(fake, 0, AT_DATA, 9),
					 1u, 0u, AT_ADDR2, AT_OUT)),
		E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 0);

	/* Too long for one. */
	fake_iov(fake, 0, 0, FAKE_SIZE);
	assert_int_equal(fake_call(fake, "sock_send", a, AT_IOVS, 1u, 0u, AT_OUT), E_MSGSIZE);
}

static void test_ipv6(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t a;
	uint32_t b;
	uint8_t *p = fake->memory + AT_ADDR;

	assert_int_equal(fake_call(fake, "sock_open", 0u, INET6, UDP, AT_OUT), E_OK);
	a = fake_u32(fake, AT_OUT);
	b = open_socket(fake, INET6, UDP);
	memset(p, 0, 24);
	ocre_put_u32(p, 1);
	ocre_put_u16(p + 18, 1); /* ::1, its last word */
	if (fake_call(fake, "sock_bind", a, AT_ADDR) != E_OK) {
		skip(); /* a machine without IPv6 */
	}
	assert_int_equal(fake_call(fake, "sock_addr_local", a, AT_ADDR2), E_OK);
	assert_int_equal(fake_u32(fake, AT_ADDR2), 1);
	assert_memory_equal(fake->memory + AT_ADDR2, p, 20);
	assert_true(ocre_get_u16(fake->memory + AT_ADDR2 + 20) != 0);
	assert_int_equal(
		fake_call(fake, "sock_send_to", b, text_iov(fake, "six"), 1u, 0u, AT_ADDR2, AT_OUT),
		E_OK);
	assert_int_equal(
		wait_for(fake, fake_call(fake, "sock_recv_from", a, fake_iov(fake, 0, AT_DATA, 9),
					 1u, 0u, AT_ADDR2, AT_OUT)),
		E_OK);
	assert_memory_equal(fake->memory + AT_ADDR2, p, 20);
	/* Another family than the socket's. */
	assert_true(fake_call(fake, "sock_bind", b, ipv4(fake, AT_ADDR2, LOCALHOST, 0)) != E_OK);
	b = open_socket(fake, INET6, TCP);
	assert_int_equal(fake_call(fake, "sock_set_ipv6_only", b, 1u), E_OK);
	assert_int_equal(fake_call(fake, "sock_get_ipv6_only", b, AT_OUT), E_OK);
	assert_int_equal(fake->memory[AT_OUT], 1);
}

/* ---- poll_oneoff ---- */

static int poll_read(struct fake *fake, uint32_t fd, uint64_t timeout_ns)
{
	uint8_t *p = fake->memory + AT_BIG;

	memset(p, 0, 96);
	ocre_put_u64(p, 7);
	p[8] = 1;
	ocre_put_u32(p + 16, fd);
	ocre_put_u64(p + 48, 8);
	ocre_put_u32(p + 64, 1);
	ocre_put_u64(p + 72, timeout_ns);
	assert_int_equal(
		wait_for(fake, fake_call(fake, "poll_oneoff", AT_BIG, AT_BIG + 0x100, 2u, AT_OUT)),
		E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 1);
	return fake->memory[AT_BIG + 0x100];
}

static void test_poll(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint16_t port;
	uint32_t server = listener(fake, &port);
	uint32_t client;

	assert_int_equal(poll_read(fake, server, 10000000), 8);
	client = connected(fake, port);
	assert_int_equal(poll_read(fake, server, 2000000000), 7);
	assert_int_equal(fake_call(fake, "sock_accept", server, F_NONBLOCK, AT_OUT), E_OK);
	server = fake_u32(fake, AT_OUT);
	assert_int_equal(
		fake_call(fake, "fd_read", server, fake_iov(fake, 0, AT_DATA, 9), 1u, AT_OUT),
		E_AGAIN);
	assert_int_equal(poll_read(fake, server, 10000000), 8);
	assert_int_equal(fake_write(fake, client, "data"), E_OK);
	assert_int_equal(poll_read(fake, server, 2000000000), 7);
	assert_int_equal(fake_u64(fake, AT_BIG + 0x100 + 16), 4);
}

/* ---- options ---- */

static void test_options(void **state)
{
	struct fake *fake = (struct fake *)*state;
	static const char *const bools[] = {"keep_alive",    "reuse_addr",
					    "reuse_port",    "tcp_no_delay",
					    "tcp_quick_ack", "tcp_fastopen_connect"};
	uint32_t tcp = open_socket(fake, INET4, TCP);
	uint32_t udp = open_socket(fake, INET4, UDP);
	char set[64];
	char get[64];

	for (size_t i = 0; i < sizeof(bools) / sizeof(bools[0]); i++) {
		snprintf(set, sizeof(set), "sock_set_%s", bools[i]);
		snprintf(get, sizeof(get), "sock_get_%s", bools[i]);
		for (uint32_t value = 0; value < 3; value++) {
			int rc = fake_call(fake, set, tcp, value);

			if (strcmp(bools[i], "tcp_fastopen_connect") == 0 && rc != E_OK) {
				break; /* the system has it switched off */
			}
			assert_int_equal(rc, E_OK);
			fake->memory[AT_OUT + 1] = 0xee;
			assert_int_equal(fake_call(fake, get, tcp, AT_OUT), E_OK);
			assert_int_equal(fake->memory[AT_OUT], value != 0);
			assert_int_equal(fake->memory[AT_OUT + 1], 0xee);
		}
	}
	assert_int_equal(fake_call(fake, "sock_set_broadcast", udp, 1u), E_OK);
	assert_int_equal(fake_call(fake, "sock_get_broadcast", udp, AT_OUT), E_OK);
	assert_int_equal(fake->memory[AT_OUT], 1);

	/* Sizes and seconds. The system may round the size of a buffer up. */
	assert_int_equal(fake_call(fake, "sock_set_recv_buf_size", tcp, 8192u), E_OK);
	assert_int_equal(fake_call(fake, "sock_get_recv_buf_size", tcp, AT_OUT), E_OK);
	assert_true(fake_u32(fake, AT_OUT) >= 8192 && fake_u32(fake, AT_OUT) <= 65536);
	assert_int_equal(fake_call(fake, "sock_set_send_buf_size", tcp, 8192u), E_OK);
	assert_int_equal(fake_call(fake, "sock_get_send_buf_size", tcp, AT_OUT), E_OK);
	assert_true(fake_u32(fake, AT_OUT) >= 8192 && fake_u32(fake, AT_OUT) <= 65536);
	assert_int_equal(fake_call(fake, "sock_set_tcp_keep_idle", tcp, 77u), E_OK);
	assert_int_equal(fake_call(fake, "sock_set_tcp_keep_intvl", tcp, 33u), E_OK);
	assert_int_equal(fake_call(fake, "sock_get_tcp_keep_idle", tcp, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 77);
	assert_int_equal(fake_call(fake, "sock_get_tcp_keep_intvl", tcp, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 33);
	assert_int_equal(fake_call(fake, "sock_set_ip_ttl", udp, 9u), E_OK);
	assert_int_equal(fake_call(fake, "sock_get_ip_ttl", udp, AT_OUT), E_OK);
	assert_int_equal(fake->memory[AT_OUT], 9);
	assert_int_equal(fake_call(fake, "sock_set_ip_multicast_ttl", udp, 5u), E_OK);
	assert_int_equal(fake_call(fake, "sock_get_ip_multicast_ttl", udp, AT_OUT), E_OK);
	assert_int_equal(fake->memory[AT_OUT], 5);
	assert_int_equal(fake_call(fake, "sock_set_ip_multicast_loop", udp, 0u, 0u), E_OK);
	assert_int_equal(fake_call(fake, "sock_get_ip_multicast_loop", udp, 0u, AT_OUT), E_OK);
	assert_int_equal(fake->memory[AT_OUT], 0);

	assert_int_equal(fake_call(fake, "sock_set_linger", tcp, 1u, 17u), E_OK);
	assert_int_equal(fake_call(fake, "sock_get_linger", tcp, AT_OUT, AT_OUT + 4), E_OK);
	assert_int_equal(fake->memory[AT_OUT], 1);
	assert_int_equal(fake_u32(fake, AT_OUT + 4), 17);
	assert_int_equal(fake_call(fake, "sock_set_linger", tcp, 0u, 0u), E_OK);
	assert_int_equal(fake_call(fake, "sock_get_linger", tcp, AT_OUT, AT_OUT + 4), E_OK);
	assert_int_equal(fake->memory[AT_OUT], 0);

	/* A group on the loopback, entered and left; leaving it twice is an error. */
	ipv4(fake, AT_ADDR, 0xe0000199, 0);
	assert_int_equal(fake_call(fake, "sock_set_ip_add_membership", udp, AT_ADDR, 0x0100007fu),
			 E_OK);
	assert_int_equal(fake_call(fake, "sock_set_ip_drop_membership", udp, AT_ADDR, 0x0100007fu),
			 E_OK);
	assert_true(fake_call(fake, "sock_set_ip_drop_membership", udp, AT_ADDR, 0x0100007fu) !=
		    E_OK);

	/* Wrong values, wrong sockets, wrong places. */
	assert_int_equal(fake_call(fake, "sock_set_ip_ttl", udp, 256u), E_INVAL);
	assert_int_equal(fake_call(fake, "sock_set_recv_buf_size", tcp, UINT32_MAX), E_INVAL);
	assert_int_equal(fake_call(fake, "sock_set_linger", tcp, 1u, UINT32_MAX), E_INVAL);
	assert_true(fake_call(fake, "sock_set_tcp_no_delay", udp, 1u) != E_OK);
	assert_int_equal(fake_call(fake, "sock_set_reuse_addr", FD_BOX, 1u), E_NOTSOCK);
	assert_int_equal(fake_call(fake, "sock_get_reuse_addr", 99u, AT_OUT), E_BADF);
	assert_int_equal(fake_call(fake, "sock_get_reuse_addr", tcp, FAKE_SIZE), E_FAULT);
	assert_int_equal(fake_call(fake, "sock_get_recv_buf_size", tcp, FAKE_SIZE - 3), E_FAULT);
	assert_int_equal(fake_call(fake, "sock_get_recv_timeout", tcp, FAKE_SIZE - 7), E_FAULT);
	assert_int_equal(fake_call(fake, "sock_get_linger", tcp, AT_OUT, FAKE_SIZE - 3), E_FAULT);
}

/* ---- names ---- */

static uint32_t text(struct fake *fake, uint32_t at, const char *s)
{
	memcpy(fake->memory + at, s, strlen(s) + 1);
	return at;
}

static uint32_t hints(struct fake *fake, uint32_t type, uint32_t family)
{
	memset(fake->memory + AT_HINTS, 0, 12);
	ocre_put_u32(fake->memory + AT_HINTS, type);
	ocre_put_u32(fake->memory + AT_HINTS + 4, family);
	fake->memory[AT_HINTS + 8] = 1;
	return AT_HINTS;
}

static int resolve(struct fake *fake, const char *host, const char *service, uint32_t hint,
		   uint32_t room)
{
	return wait_for(fake,
			fake_call(fake, "sock_addr_resolve", text(fake, AT_PATH, host),
				  text(fake, AT_PATH2, service), hint, AT_LIST, room, AT_OUT));
}

static void test_resolve(void **state)
{
	struct fake *fake = (struct fake *)*state;
	unsigned int before = descriptors_of_host();
	char name[300];

	/* An address as text is there at once. */
	assert_int_equal(fake_call(fake, "sock_addr_resolve", text(fake, AT_PATH, "10.1.2.3"),
				   text(fake, AT_PATH2, "8080"), hints(fake, TCP, INET4), AT_LIST,
				   1u, AT_OUT),
			 E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 1);
	assert_int_equal(fake_u32(fake, AT_LIST), 0);
	assert_memory_equal(fake->memory + AT_LIST + 4, "\x0a\1\2\3", 4);
	assert_int_equal(ipv4_port(fake, AT_LIST), 8080);
	assert_int_equal(fake_u32(fake, AT_LIST + 24), TCP);

	/* A name. */
	assert_int_equal(resolve(fake, "localhost", "", hints(fake, UDP, INET4), 4), E_OK);
	assert_true(fake_u32(fake, AT_OUT) >= 1);
	assert_memory_equal(fake->memory + AT_LIST + 4, "\x7f\0\0\1", 4);
	assert_int_equal(ipv4_port(fake, AT_LIST), 0);
	assert_int_equal(fake_u32(fake, AT_LIST + 24), UDP);

	/* Both types; less room than answers: how many there are is still told. */
	memset(fake->memory + AT_LIST, 0xee, 64);
	assert_int_equal(resolve(fake, "127.0.0.1", "53", hints(fake, UINT32_MAX, 2), 1), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 2);
	assert_int_equal(fake->memory[AT_LIST + 28], 0xee);
	assert_int_equal(resolve(fake, "127.0.0.1", "53", hints(fake, UINT32_MAX, 2), 0), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 2);
	/* Hints that do not count. */
	hints(fake, 77, 77);
	fake->memory[AT_HINTS + 8] = 0;
	assert_int_equal(resolve(fake, "127.0.0.1", "53", AT_HINTS, 4), E_OK);

	/* What is wrong. */
	assert_int_equal(resolve(fake, "127.0.0.1", "53", hints(fake, 2, 0), 4), E_INVAL);
	assert_int_equal(resolve(fake, "127.0.0.1", "53", hints(fake, 0, 3), 4), E_INVAL);
	assert_int_equal(resolve(fake, "", "", hints(fake, 0, 0), 4), E_INVAL);
	assert_int_equal(resolve(fake, "a b", "", hints(fake, 0, 0), 4), E_INVAL);
	assert_int_equal(resolve(fake, "a\n", "", hints(fake, 0, 0), 4), E_INVAL);
	assert_int_equal(resolve(fake, "\xc3\xa4", "", hints(fake, 0, 0), 4), E_INVAL);
	memset(name, 'a', sizeof(name));
	name[299] = '\0';
	assert_int_equal(resolve(fake, name, "", hints(fake, 0, 0), 4), E_NAMETOOLONG);
	assert_int_equal(resolve(fake, "127.0.0.1", name, hints(fake, 0, 0), 4), E_NAMETOOLONG);
	memset(fake->memory + FAKE_SIZE - 9, 'b', 9);
	assert_int_equal(fake_call(fake, "sock_addr_resolve", FAKE_SIZE - 9, AT_PATH2, AT_HINTS,
				   AT_LIST, 4u, AT_OUT),
			 E_FAULT);
	text(fake, AT_PATH, "127.0.0.1");
	text(fake, AT_PATH2, "");
	hints(fake, 0, 0);
	assert_int_equal(fake_call(fake, "sock_addr_resolve", AT_PATH, AT_PATH2, AT_HINTS, AT_LIST,
				   UINT32_MAX, AT_OUT),
			 E_FAULT);
	assert_int_equal(fake_call(fake, "sock_addr_resolve", AT_PATH, AT_PATH2, AT_HINTS, AT_LIST,
				   4u, FAKE_SIZE - 3),
			 E_FAULT);
	assert_int_equal(fake_call(fake, "sock_addr_resolve", AT_PATH, AT_PATH2, FAKE_SIZE - 11,
				   AT_LIST, 4u, AT_OUT),
			 E_FAULT);
	/* Nothing stays open of it. */
	expect_descriptors(before);
}

/* A guest that ends while its names are looked up leaves nothing. */
static void test_resolve_given_up(void **state)
{
	struct fake *fake = (struct fake *)*state;
	unsigned int before = descriptors_of_host();
	int rc;

	for (int i = 0; i < 6; i++) { /* more than there are places */
		rc = fake_call(fake, "sock_addr_resolve", text(fake, AT_PATH, "localhost"),
			       text(fake, AT_PATH2, ""), hints(fake, TCP, INET4), AT_LIST, 4u,
			       AT_OUT);
		assert_int_equal(rc, -1);
		assert_int_equal(fake->park.fd_count, i < 4 ? 1 : 0);
	}
	assert_true(fake->park.deadline_ns != UINT64_MAX);
	fake_restart(fake);
	expect_descriptors(before);
}

/* ---- permission ---- */

struct rules {
	struct fake *fake;
	unsigned int asked;
	struct ocre_action last;
	char name[64]; /* of the last */
	/* What is allowed. */
	const char *connect_name;
	const char *resolve_name;
	uint32_t connect_port;
	bool listen;
};

static bool allowed(void *ctx, const struct ocre_action *action)
{
	struct rules *rules = (struct rules *)ctx;

	rules->asked++;
	rules->last = *action;
	memset(rules->name, 0, sizeof(rules->name));
	if (action->name != NULL) {
		assert_true(action->name_size < sizeof(rules->name));
		memcpy(rules->name, action->name, action->name_size);
	}
	switch (action->kind) {
	case OCRE_ACTION_CONNECT:
		return (rules->connect_name != NULL &&
			strcmp(rules->name, rules->connect_name) == 0) ||
		       (rules->connect_port != 0 && action->port == rules->connect_port);
	case OCRE_ACTION_RESOLVE:
		return rules->resolve_name != NULL && strcmp(rules->name, rules->resolve_name) == 0;
	case OCRE_ACTION_LISTEN:
		return rules->listen;
	default:
		fail();
		return false;
	}
}

static struct rules *ask(struct fake *fake, struct rules *rules)
{
	memset(rules, 0, sizeof(*rules));
	fake->options.allowed = allowed;
	fake->options.allowed_ctx = rules;
	fake_restart(fake);
	return rules;
}

static void test_denied(void **state)
{
	struct fake *fake = (struct fake *)*state;
	struct rules rules;
	uint32_t tcp;
	uint32_t udp;

	ask(fake, &rules);
	tcp = open_socket(fake, INET4, TCP);
	udp = open_socket(fake, INET4, UDP);
	assert_int_equal(rules.asked, 0);
	assert_int_equal(fake_call(fake, "sock_bind", tcp, ipv4(fake, AT_ADDR, LOCALHOST, 8080)),
			 E_NOTCAPABLE);
	assert_int_equal(rules.last.kind, OCRE_ACTION_LISTEN);
	assert_int_equal(rules.last.protocol, OCRE_PROTOCOL_TCP);
	assert_int_equal(rules.last.address_size, 4);
	assert_memory_equal(rules.last.address, "\x7f\0\0\1", 4);
	assert_int_equal(rules.last.port, 8080);
	assert_null(rules.last.name);
	assert_int_equal(local_port(fake, tcp), 0);
	/* Nor by leaving the bind out. */
	assert_int_equal(fake_call(fake, "sock_listen", tcp, 5u), E_NOTCAPABLE);
	assert_int_equal(rules.last.port, 0);

	assert_int_equal(fake_call(fake, "sock_connect", tcp, AT_ADDR), E_NOTCAPABLE);
	assert_int_equal(rules.last.kind, OCRE_ACTION_CONNECT);
	assert_int_equal(rules.last.protocol, OCRE_PROTOCOL_TCP);
	assert_int_equal(fake_call(fake, "sock_connect", udp, AT_ADDR), E_NOTCAPABLE);
	assert_int_equal(rules.last.protocol, OCRE_PROTOCOL_UDP);
	assert_int_equal(
		fake_call(fake, "sock_send_to", udp, text_iov(fake, "x"), 1u, 0u, AT_ADDR, AT_OUT),
		E_NOTCAPABLE);
	assert_int_equal(rules.last.protocol, OCRE_PROTOCOL_UDP);
	assert_int_equal(rules.last.port, 8080);
	assert_int_equal(fake_call(fake, "sock_set_ip_add_membership", udp,
				   ipv4(fake, AT_ADDR, 0xe0000199, 0), 0x0100007fu),
			 E_NOTCAPABLE);
	assert_int_equal(rules.last.kind, OCRE_ACTION_LISTEN);
	assert_memory_equal(rules.last.address, "\xe0\0\1\x99", 4);

	/* A name is asked for, an address as text is not. */
	assert_int_equal(resolve(fake, "localhost", "", hints(fake, TCP, INET4), 4), E_NOTCAPABLE);
	assert_int_equal(rules.last.kind, OCRE_ACTION_RESOLVE);
	assert_string_equal(rules.name, "localhost");
	rules.asked = 0;
	assert_int_equal(resolve(fake, "127.0.0.1", "", hints(fake, TCP, INET4), 4), E_OK);
	assert_int_equal(rules.asked, 0);
}

/* ::ffff:127.0.0.1 is 127.0.0.1, whatever it looks like. */
static void test_mapped(void **state)
{
	struct fake *fake = (struct fake *)*state;
	struct rules rules;
	uint32_t fd;
	uint8_t *p = fake->memory + AT_ADDR;

	ask(fake, &rules);
	fd = open_socket(fake, INET6, TCP);
	memset(p, 0, 24);
	ocre_put_u32(p, 1);
	ocre_put_u16(p + 14, 0xffff);
	ocre_put_u16(p + 16, 0x7f00);
	ocre_put_u16(p + 18, 0x0001);
	ocre_put_u16(p + 20, 80);
	assert_int_equal(fake_call(fake, "sock_connect", fd, AT_ADDR), E_NOTCAPABLE);
	assert_int_equal(rules.last.address_size, 4);
	assert_memory_equal(rules.last.address, "\x7f\0\0\1", 4);
	ocre_put_u16(p + 14, 0xfffe);
	assert_int_equal(fake_call(fake, "sock_connect", fd, AT_ADDR), E_NOTCAPABLE);
	assert_int_equal(rules.last.address_size, 16);
	assert_int_equal(rules.last.port, 80);
}

static void test_allowed_name(void **state)
{
	struct fake *fake = (struct fake *)*state;
	struct rules rules;
	unsigned int before = descriptors_of_host();
	uint16_t port;
	uint32_t server;
	uint32_t fd;

	ask(fake, &rules)->listen = true;
	rules.connect_name = "localhost";
	rules.resolve_name = "localhost";
	server = listener(fake, &port);
	(void)server;
	fd = open_socket(fake, INET4, TCP);
	/* Nobody has said yet that this address is localhost. */
	assert_int_equal(fake_call(fake, "sock_connect", fd, ipv4(fake, AT_ADDR, LOCALHOST, port)),
			 E_NOTCAPABLE);
	assert_int_equal(resolve(fake, "localhost", "", hints(fake, TCP, INET4), 4), E_OK);
	assert_int_equal(wait_for(fake, fake_call(fake, "sock_connect", fd,
						  ipv4(fake, AT_ADDR, LOCALHOST, port))),
			 E_OK);
	assert_string_equal(rules.name, "localhost");
	assert_int_equal(rules.last.address_size, 4);
	/* Only that address. */
	fd = open_socket(fake, INET4, TCP);
	assert_int_equal(
		fake_call(fake, "sock_connect", fd, ipv4(fake, AT_ADDR, LOCALHOST + 1, port)),
		E_NOTCAPABLE);
	/* And only as long as the grant is there. */
	rules.connect_name = "example.org";
	assert_int_equal(fake_call(fake, "sock_connect", fd, ipv4(fake, AT_ADDR, LOCALHOST, port)),
			 E_NOTCAPABLE);
	/* A grant for the address itself counts as well. */
	rules.connect_port = port;
	assert_int_equal(wait_for(fake, fake_call(fake, "sock_connect", fd, AT_ADDR)), E_OK);
	/* A second look at the name replaces what was known. */
	for (int i = 0; i < 20; i++) {
		assert_int_equal(resolve(fake, "localhost", "", hints(fake, TCP, INET4), 4), E_OK);
	}
	fake_restart(fake);
	expect_descriptors(before);
}

/* ---- hostile arguments, limits ---- */

static void test_open_hostile(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t fds = 0;

	assert_int_equal(fake_call(fake, "sock_open", 0u, 2u, TCP, AT_OUT), E_AFNOSUPPORT);
	assert_int_equal(fake_call(fake, "sock_open", 0u, UINT32_MAX, TCP, AT_OUT), E_AFNOSUPPORT);
	assert_int_equal(fake_call(fake, "sock_open", 0u, INET4, UINT32_MAX, AT_OUT), E_PROTOTYPE);
	assert_int_equal(fake_call(fake, "sock_open", 0u, INET4, 2u, AT_OUT), E_PROTOTYPE);
	assert_int_equal(fake_call(fake, "sock_open", 0u, INET4, TCP, FAKE_SIZE - 3), E_FAULT);

	/* They count with the files. */
	fake->options.max_fds = 20;
	fake_restart(fake);
	while (fake_call(fake, "sock_open", 0u, INET4, TCP, AT_OUT) == E_OK) {
		fds++;
	}
	assert_int_equal(fds, 20 - 5);
	assert_int_equal(fake_call(fake, "sock_open", 0u, INET4, TCP, AT_OUT), E_MFILE);
	assert_int_equal(fake_call(fake, "sock_close", 10u), E_OK);
	assert_int_equal(fake_call(fake, "sock_open", 0u, INET4, UDP, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 10);
}

static void test_address_hostile(void **state)
{
	struct fake *fake = (struct fake *)*state;
	static const char *const functions[] = {"sock_bind", "sock_connect"};
	uint32_t udp = open_socket(fake, INET4, UDP);
	uint32_t tcp = open_socket(fake, INET4, TCP);

	for (int i = 0; i < 2; i++) {
		assert_int_equal(fake_call(fake, functions[i], udp, FAKE_SIZE - 23), E_FAULT);
		assert_int_equal(fake_call(fake, functions[i], udp, UINT32_MAX), E_FAULT);
		ipv4(fake, AT_ADDR, LOCALHOST, 1);
		ocre_put_u32(fake->memory + AT_ADDR, 2);
		assert_int_equal(fake_call(fake, functions[i], udp, AT_ADDR), E_AFNOSUPPORT);
		ocre_put_u32(fake->memory + AT_ADDR, 0x100);
		assert_int_equal(fake_call(fake, functions[i], udp, AT_ADDR), E_AFNOSUPPORT);
		assert_int_equal(fake_call(fake, functions[i], FD_BOX, AT_ADDR), E_NOTSOCK);
		assert_int_equal(fake_call(fake, functions[i], 77u, AT_ADDR), E_BADF);
	}
	assert_int_equal(fake_call(fake, "sock_addr_local", udp, FAKE_SIZE - 23), E_FAULT);
	assert_int_equal(fake_call(fake, "sock_addr_local", FD_BOX, AT_ADDR), E_NOTSOCK);
	assert_int_equal(fake_call(fake, "sock_listen", udp, 1u), E_NOTSUP);
	assert_int_equal(fake_call(fake, "sock_listen", tcp, UINT32_MAX), E_OK);
	assert_int_equal(fake_call(fake, "sock_set_ip_add_membership", udp, FAKE_SIZE - 19, 0u),
			 E_FAULT);

	/* Lists that are too long, too large, outside. */
	ipv4(fake, AT_ADDR, LOCALHOST, 9);
	fake_iov(fake, 0, AT_DATA, 4);
	assert_int_equal(fake_call(fake, "sock_send_to", udp, AT_IOVS, 1025u, 0u, AT_ADDR, AT_OUT),
			 E_INVAL);
	assert_int_equal(
		fake_call(fake, "sock_recv_from", udp, AT_IOVS, UINT32_MAX, 0u, AT_ADDR, AT_OUT),
		E_INVAL);
	assert_int_equal(
		fake_call(fake, "sock_recv_from", udp, FAKE_SIZE - 7, 1u, 0u, AT_ADDR, AT_OUT),
		E_FAULT);
	fake_iov(fake, 0, FAKE_SIZE - 3, 4);
	assert_int_equal(fake_call(fake, "sock_recv_from", udp, AT_IOVS, 1u, 0u, AT_ADDR, AT_OUT),
			 E_FAULT);
	fake_iov(fake, 0, AT_DATA, 4);
	assert_int_equal(
		fake_call(fake, "sock_recv_from", udp, AT_IOVS, 1u, 0u, FAKE_SIZE - 23, AT_OUT),
		E_FAULT);
	assert_int_equal(
		fake_call(fake, "sock_recv_from", udp, AT_IOVS, 1u, 0u, AT_ADDR, FAKE_SIZE - 3),
		E_FAULT);
	assert_int_equal(
		fake_call(fake, "sock_send_to", udp, AT_IOVS, 1u, 0u, FAKE_SIZE - 23, AT_OUT),
		E_FAULT);
	assert_int_equal(fake_call(fake, "sock_recv_from", udp, AT_IOVS, 1u, 4u, AT_ADDR, AT_OUT),
			 E_INVAL);
	assert_int_equal(fake_call(fake, "sock_send_to", udp, AT_IOVS, 1u, 1u, AT_ADDR, AT_OUT),
			 E_INVAL);
	/* A thousand buffers that are the whole memory each: one message, as long as one may be. */
	for (uint32_t i = 0; i < 1000; i++) {
		fake_iov(fake, i, AT_DATA, 0x100);
	}
	assert_int_equal(fake_call(fake, "sock_send_to", udp, AT_IOVS, 1000u, 0u, AT_ADDR, AT_OUT),
			 E_MSGSIZE);
	fake->no_memory = true;
	assert_int_equal(fake_call(fake, "sock_open", 0u, INET4, UDP, 0u), E_FAULT);
	assert_int_equal(fake_call(fake, "sock_bind", udp, 0u), E_FAULT);
	assert_int_equal(fake_call(fake, "sock_addr_resolve", 0u, 0u, 0u, 0u, 0u, 0u), E_FAULT);
	assert_int_equal(fake_call(fake, "sock_get_linger", tcp, 0u, 0u), E_FAULT);
	fake->no_memory = false;
}

/* What the embedder lent stays as it is. */
static void test_lent(void **state)
{
	struct fake *fake = (struct fake *)*state;
	int32_t pair[2];
	uint32_t fd = 5;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fake->options.sockets = pair;
	fake->options.socket_count = 1;
	fake_restart(fake);
	assert_int_equal(fake_call(fake, "sock_bind", fd, ipv4(fake, AT_ADDR, LOCALHOST, 0)),
			 E_NOTSUP);
	assert_int_equal(fake_call(fake, "sock_connect", fd, AT_ADDR), E_NOTSUP);
	assert_int_equal(fake_call(fake, "sock_listen", fd, 1u), E_NOTSUP);
	assert_int_equal(fake_call(fake, "sock_set_send_buf_size", fd, 4096u), E_NOTSUP);
	assert_int_equal(fake_call(fake, "sock_addr_local", fd, AT_ADDR), E_AFNOSUPPORT);
	/* Its timeout is the guest's own. */
	assert_int_equal(fake_call(fake, "sock_set_recv_timeout", fd, UINT64_C(10000)), E_OK);
	assert_int_equal(wait_for(fake, fake_call(fake, "fd_read", fd,
						  fake_iov(fake, 0, AT_DATA, 9), 1u, AT_OUT)),
			 E_AGAIN);
	fake->options.socket_count = 0;
	fake_restart(fake);
	close(pair[0]);
	close(pair[1]);
}

/* A port that cannot make sockets. */
static void test_no_sockets(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t fd = open_socket(fake, INET4, UDP);

	fake->posix.port.sockets = NULL;
	assert_int_equal(fake_call(fake, "sock_open", 0u, INET4, TCP, AT_OUT), E_NOTSUP);
	assert_int_equal(fake_call(fake, "sock_bind", fd, ipv4(fake, AT_ADDR, LOCALHOST, 0)),
			 E_NOTSUP);
	assert_int_equal(fake_call(fake, "sock_listen", fd, 1u), E_NOTSUP);
	assert_int_equal(fake_call(fake, "sock_connect", fd, AT_ADDR), E_NOTSUP);
	assert_int_equal(fake_call(fake, "sock_addr_local", fd, AT_ADDR), E_NOTSUP);
	assert_int_equal(fake_call(fake, "sock_get_reuse_addr", fd, AT_OUT), E_NOTSUP);
	assert_int_equal(fake_call(fake, "sock_set_reuse_addr", fd, 1u), E_NOTSUP);
	assert_int_equal(
		fake_call(fake, "sock_send_to", fd, text_iov(fake, "x"), 1u, 0u, AT_ADDR, AT_OUT),
		E_NOTSUP);
	assert_int_equal(resolve(fake, "localhost", "", hints(fake, TCP, INET4), 1), E_NOTSUP);
}

/* Each allocation fails once: an error, and nothing is held. */
static void test_no_memory(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t fd = open_socket(fake, INET4, UDP);
	size_t held = fake->held;

	fake->allocate = 0;
	assert_int_equal(fake_call(fake, "sock_open", 0u, INET4, TCP, AT_OUT),
			 E_OK); /* room is left */
	while (fake_call(fake, "sock_open", 0u, INET4, TCP, AT_OUT) == E_OK) {
	}
	assert_int_equal(fake_call(fake, "sock_open", 0u, INET4, TCP, AT_OUT), E_NOMEM);
	fake_iov(fake, 0, AT_DATA, 1);
	fake_iov(fake, 1, AT_DATA, 1);
	assert_int_equal(fake_call(fake, "sock_send_to", fd, AT_IOVS, 2u, 0u,
				   ipv4(fake, AT_ADDR, LOCALHOST, 9), AT_OUT),
			 E_NOMEM);
	assert_int_equal(resolve(fake, "localhost", "", hints(fake, TCP, INET4), 1), E_NOMEM);
	assert_int_equal(fake->held, held);
	fake->allocate = UINT32_MAX;
}

/* Nothing of a guest stays open. */
static void test_closed_at_end(void **state)
{
	struct fake *fake = (struct fake *)*state;
	unsigned int before = descriptors_of_host();
	uint16_t port;
	uint32_t server = listener(fake, &port);

	connected(fake, port);
	assert_int_equal(fake_call(fake, "sock_accept", server, 0u, AT_OUT), E_OK);
	open_socket(fake, INET4, UDP);
	assert_true(descriptors_of_host() == before + 4);
	fake_restart(fake);
	assert_int_equal(descriptors_of_host(), before);
	/* And the port is free again. */
	server = open_socket(fake, INET4, TCP);
	assert_int_equal(fake_call(fake, "sock_set_reuse_addr", server, 1u), E_OK);
	assert_int_equal(fake_call(fake, "sock_bind", server, ipv4(fake, AT_ADDR, LOCALHOST, port)),
			 E_OK);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stream),
		TEST(test_connect),
		TEST(test_timeouts),
		TEST(test_full),
		TEST(test_datagrams),
		TEST(test_ipv6),
		TEST(test_poll),
		TEST(test_options),
		TEST(test_resolve),
		TEST(test_resolve_given_up),
		TEST(test_denied),
		TEST(test_mapped),
		TEST(test_allowed_name),
		TEST(test_open_hostile),
		TEST(test_address_hostile),
		TEST(test_lent),
		TEST(test_no_sockets),
		TEST(test_no_memory),
		TEST(test_closed_at_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
