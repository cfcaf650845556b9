/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.c - sockets as a guest uses them, by the header of the SDK. The first argument says what to
 * do; see main().
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ocre_socket.h>

static int must(int rc, const char *what)
{
	if (rc != 0) {
		printf("%s: error %d\n", what, rc);
		fflush(stdout);
		_Exit(1);
	}
	return rc;
}

static int32_t open_socket(int32_t type)
{
	int32_t fd;

	must(ocre_sock_open(0, OCRE_SOCK_IPV4, type, &fd), "open");
	return fd;
}

static void bind_to(int32_t fd, uint16_t port)
{
	struct ocre_sock_addr at = ocre_sock_ipv4(127, 0, 0, 1, port);

	must(ocre_sock_set_reuse_addr(fd, true), "reuse_addr");
	must(ocre_sock_bind(fd, &at), "bind");
	must(ocre_sock_addr_local(fd, &at), "addr_local");
	printf("port %u\n", ocre_sock_port(&at));
	fflush(stdout);
}

/* Sends back what comes, one client after the other; ends with the one who says "end". */
static int serve(uint16_t port)
{
	int32_t fd = open_socket(OCRE_SOCK_STREAM);
	int over = 0;

	bind_to(fd, port);
	must(ocre_sock_listen(fd, 8), "listen");
	while (!over) {
		char data[1000];
		uint32_t got;
		int32_t peer;
		struct ocre_sock_addr from;

		must(ocre_sock_accept(fd, 0, &peer), "accept");
		must(ocre_sock_addr_remote(peer, &from), "addr_remote");
		printf("client %u.%u.%u.%u\n", from.u.v4.ip[0], from.u.v4.ip[1], from.u.v4.ip[2],
		       from.u.v4.ip[3]);
		for (;;) {
			uint32_t sent;

			must(ocre_sock_read(peer, data, sizeof(data), &got), "recv");
			if (got == 0) {
				break;
			}
			over = over || memcmp(data, "end", 3) == 0;
			must(ocre_sock_write(peer, data, got, &sent), "send");
			if (sent != got) {
				printf("sent %u of %u\n", sent, got);
				return 1;
			}
		}
		must(ocre_sock_close(peer), "close");
	}
	return 0;
}

/* Sends a text, by the C library's own write(), and prints what comes back. */
static int ask(const char *host, const char *port, const char *text)
{
	size_t size = strlen(text);
	size_t done = 0;
	char data[1000];
	int32_t fd;

	must(ocre_sock_connect_name(host, port, &fd), "connect");
	must(ocre_sock_set_tcp_no_delay(fd, true), "no_delay");
	if (write(fd, text, size) != (ssize_t)size) {
		perror("write");
		return 1;
	}
	while (done < size) {
		ssize_t n = read(fd, data + done, sizeof(data) - done);

		if (n <= 0) {
			perror("read");
			return 1;
		}
		done += (size_t)n;
	}
	printf("%.*s\n", (int)done, data);
	must(ocre_sock_shutdown(fd, OCRE_SOCK_SHUT_WRITE), "shutdown");
	if (read(fd, data, sizeof(data)) != 0) {
		printf("more than was sent\n");
		return 1;
	}
	close(fd);
	return 0;
}

/* Two sockets of one guest, and messages between them. */
static int messages(void)
{
	struct ocre_sock_addr to;
	struct ocre_sock_addr from;
	int32_t a = open_socket(OCRE_SOCK_DATAGRAM);
	int32_t b = open_socket(OCRE_SOCK_DATAGRAM);
	struct ocre_sock_iov parts[2] = {{"first ", 6}, {"second", 6}};
	struct ocre_sock_iov room[2];
	char data[2][8];
	uint32_t size;

	bind_to(a, 0);
	must(ocre_sock_addr_local(a, &to), "addr_local");
	must(ocre_sock_send_to(b, parts, 2, 0, &to, &size), "send_to");
	room[0] = (struct ocre_sock_iov){data[0], 8};
	room[1] = (struct ocre_sock_iov){data[1], 8};
	must(ocre_sock_recv_from(a, room, 2, 0, &from, &size), "recv_from");
	printf("%u bytes: %.8s|%.4s\n", size, data[0], data[1]);
	must(ocre_sock_addr_local(b, &to), "addr_local");
	printf("from the sender: %s\n", to.u.v4.port == from.u.v4.port ? "yes" : "no");
	must(ocre_sock_send_to(a, parts, 1, 0, &from, &size), "send_to");
	must(ocre_sock_recv_from(b, room, 1, 0, NULL, &size), "recv_from");
	printf("%u bytes\n", size);
	return 0;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static int timeouts(void)
{
	int32_t fd = open_socket(OCRE_SOCK_DATAGRAM);
	struct pollfd one = {fd, POLLIN, 0};
	char data[8];
	uint32_t size;
	uint64_t begin = now_ms();
	uint64_t set;
	int rc;

	bind_to(fd, 0);
	must(ocre_sock_set_recv_timeout(fd, 100000), "recv_timeout");
	must(ocre_sock_get_recv_timeout(fd, &set), "recv_timeout");
	rc = ocre_sock_read(fd, data, sizeof(data), &size);
	printf("recv: %s, in time: %s\n", rc == EAGAIN ? "EAGAIN" : "other",
	       now_ms() - begin >= 95 ? "yes" : "no");
	printf("timeout %u us\n", (unsigned int)set);
	printf("poll: %d\n", poll(&one, 1, 50));
	return 0;
}

static int options(void)
{
	int32_t tcp = open_socket(OCRE_SOCK_STREAM);
	bool on = false;
	uint32_t seconds = 0;
	uint8_t ttl = 0;

	must(ocre_sock_set_keep_alive(tcp, true), "keep_alive");
	must(ocre_sock_get_keep_alive(tcp, &on), "keep_alive");
	must(ocre_sock_set_tcp_keep_idle(tcp, 60), "keep_idle");
	must(ocre_sock_get_tcp_keep_idle(tcp, &seconds), "keep_idle");
	must(ocre_sock_set_ip_ttl(tcp, 33), "ttl");
	must(ocre_sock_get_ip_ttl(tcp, &ttl), "ttl");
	printf("%d %u %u\n", on, seconds, ttl);
	must(ocre_sock_set_linger(tcp, true, 3), "linger");
	must(ocre_sock_get_linger(tcp, &on, &seconds), "linger");
	printf("%d %u\n", on, seconds);
	return 0;
}

static int resolve(const char *host)
{
	struct ocre_sock_hints hints = {OCRE_SOCK_STREAM, OCRE_SOCK_IPV4, 1};
	struct ocre_sock_info found[4];
	uint32_t count;

	must(ocre_sock_addr_resolve(host, "80", &hints, found, 4, &count), "resolve");
	printf("%u.%u.%u.%u:%u\n", found[0].addr.u.v4.ip[0], found[0].addr.u.v4.ip[1],
	       found[0].addr.u.v4.ip[2], found[0].addr.u.v4.ip[3], found[0].addr.u.v4.port);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "serve") == 0) {
		return serve(argc > 2 ? (uint16_t)atoi(argv[2]) : 0);
	}
	if (strcmp(what, "ask") == 0 && argc > 4) {
		return ask(argv[2], argv[3], argv[4]);
	}
	if (strcmp(what, "messages") == 0) {
		return messages();
	}
	if (strcmp(what, "timeouts") == 0) {
		return timeouts();
	}
	if (strcmp(what, "options") == 0) {
		return options();
	}
	if (strcmp(what, "resolve") == 0 && argc > 2) {
		return resolve(argv[2]);
	}
	printf("net serve [PORT] | ask HOST PORT TEXT | messages | timeouts | options | resolve "
	       "HOST\n");
	return 2;
}
