/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket.c - sockets that guests make, their options, and names of hosts. What is read and written
 * by all kinds of descriptors is in file.c and ready.c.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS	  64
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "posix.h"

/* ---- addresses ---- */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
};

/* The size of what it wrote, or 0 when there is no such family. */
static socklen_t to_host(const struct ocre_port_address *address, union address *out)
{
	memset(out, 0, sizeof(*out));
	switch (address->family) {
	case OCRE_FAMILY_IPV4:
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(address->port);
		memcpy(&out->v4.sin_addr, address->ip, sizeof(out->v4.sin_addr));
		return sizeof(out->v4);
	case OCRE_FAMILY_IPV6:
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons(address->port);
		memcpy(&out->v6.sin6_addr, address->ip, sizeof(out->v6.sin6_addr));
		return sizeof(out->v6);
	default:
		return 0;
	}
}

static int from_host(const struct sockaddr *address, socklen_t size, struct ocre_port_address *out)
{
	union address in;

	memset(&in, 0, sizeof(in));
	memcpy(&in, address, size < sizeof(in) ? size : sizeof(in));
	memset(out, 0, sizeof(*out));
	if (size >= sizeof(in.v4) && in.any.sa_family == AF_INET) {
		out->family = OCRE_FAMILY_IPV4;
		out->port = ntohs(in.v4.sin_port);
		memcpy(out->ip, &in.v4.sin_addr, sizeof(in.v4.sin_addr));
		return 0;
	}
	if (size >= sizeof(in.v6) && in.any.sa_family == AF_INET6) {
		out->family = OCRE_FAMILY_IPV6;
		out->port = ntohs(in.v6.sin6_port);
		memcpy(out->ip, &in.v6.sin6_addr, sizeof(in.v6.sin6_addr));
		return 0;
	}
	return -OCRE_ERRNO_AFNOSUPPORT;
}

/* ---- life of a socket ---- */

static int open_socket(void *ctx, enum ocre_port_family family, enum ocre_port_type type,
		       int32_t *fd)
{
	int host_family;
	int host_type;
	int rc;

	(void)ctx;
	if (family == OCRE_FAMILY_IPV4) {
		host_family = AF_INET;
	} else if (family == OCRE_FAMILY_IPV6) {
		host_family = AF_INET6;
	} else {
		return -OCRE_ERRNO_AFNOSUPPORT;
	}
	if (type == OCRE_TYPE_STREAM) {
		host_type = SOCK_STREAM;
	} else if (type == OCRE_TYPE_DATAGRAM) {
		host_type = SOCK_DGRAM;
	} else {
		return -OCRE_ERRNO_PROTOTYPE;
	}
	rc = socket(host_family, host_type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (rc < 0) {
		return ocre__posix_error();
	}
	*fd = rc;
	return 0;
}

static int bind_socket(void *ctx, int32_t fd, const struct ocre_port_address *address)
{
	union address at;
	socklen_t size = to_host(address, &at);

	(void)ctx;
	if (size == 0) {
		return -OCRE_ERRNO_AFNOSUPPORT;
	}
	return bind(fd, &at.any, size) != 0 ? ocre__posix_error() : 0;
}

static int listen_socket(void *ctx, int32_t fd, uint32_t backlog)
{
	(void)ctx;
	return listen(fd, backlog < SOMAXCONN ? (int)backlog : SOMAXCONN) != 0 ? ocre__posix_error()
									       : 0;
}

static int connect_socket(void *ctx, int32_t fd, const struct ocre_port_address *address)
{
	union address to;
	socklen_t size = to_host(address, &to);
	int rc;

	(void)ctx;
	if (size == 0) {
		return -OCRE_ERRNO_AFNOSUPPORT;
	}
	do {
		rc = connect(fd, &to.any, size);
	} while (rc != 0 && errno == EINTR);
	return rc != 0 ? ocre__posix_error() : 0;
}

static int64_t recv_from(void *ctx, int32_t fd, void *data, size_t size, uint32_t flags,
			 bool *truncated, struct ocre_port_address *from)
{
	union address sender;
	struct iovec iov = {data, size};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_name = &sender,
				 .msg_namelen = sizeof(sender)};
	ssize_t n;

	(void)ctx;
	do {
		n = recvmsg(fd, &message,
			    MSG_DONTWAIT | MSG_CMSG_CLOEXEC |
				    ((flags & OCRE_RECV_PEEK) != 0 ? MSG_PEEK : 0));
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		return ocre__posix_error();
	}
	*truncated = (message.msg_flags & MSG_TRUNC) != 0;
	if (message.msg_namelen > 0) {
		from_host(&sender.any, message.msg_namelen, from);
	}
	return n;
}

static int64_t send_to(void *ctx, int32_t fd, const void *data, size_t size,
		       const struct ocre_port_address *to)
{
	union address at;
	socklen_t at_size = to_host(to, &at);
	ssize_t n;

	(void)ctx;
	if (at_size == 0) {
		return -OCRE_ERRNO_AFNOSUPPORT;
	}
	do {
		n = sendto(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL, &at.any, at_size);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? ocre__posix_error() : n;
}

static int local_address(void *ctx, int32_t fd, struct ocre_port_address *out)
{
	union address at;
	socklen_t size = sizeof(at);

	(void)ctx;
	return getsockname(fd, &at.any, &size) != 0 ? ocre__posix_error()
						    : from_host(&at.any, size, out);
}

static int remote_address(void *ctx, int32_t fd, struct ocre_port_address *out)
{
	union address at;
	socklen_t size = sizeof(at);

	(void)ctx;
	return getpeername(fd, &at.any, &size) != 0 ? ocre__posix_error()
						    : from_host(&at.any, size, out);
}

/* ---- options ---- */

static const struct host_option {
	int level;
	int name;
} host_options[OCRE_OPTIONS] = {
	[OCRE_OPTION_BROADCAST] = {SOL_SOCKET, SO_BROADCAST},
	[OCRE_OPTION_KEEP_ALIVE] = {SOL_SOCKET, SO_KEEPALIVE},
	[OCRE_OPTION_LINGER] = {SOL_SOCKET, SO_LINGER},
	[OCRE_OPTION_RECV_BUFFER] = {SOL_SOCKET, SO_RCVBUF},
	[OCRE_OPTION_SEND_BUFFER] = {SOL_SOCKET, SO_SNDBUF},
	[OCRE_OPTION_REUSE_ADDRESS] = {SOL_SOCKET, SO_REUSEADDR},
	[OCRE_OPTION_REUSE_PORT] = {SOL_SOCKET, SO_REUSEPORT},
	[OCRE_OPTION_TCP_FASTOPEN_CONNECT] = {IPPROTO_TCP, TCP_FASTOPEN_CONNECT},
	[OCRE_OPTION_TCP_KEEP_IDLE] = {IPPROTO_TCP, TCP_KEEPIDLE},
	[OCRE_OPTION_TCP_KEEP_INTERVAL] = {IPPROTO_TCP, TCP_KEEPINTVL},
	[OCRE_OPTION_TCP_NO_DELAY] = {IPPROTO_TCP, TCP_NODELAY},
	[OCRE_OPTION_TCP_QUICK_ACK] = {IPPROTO_TCP, TCP_QUICKACK},
	[OCRE_OPTION_IP_TTL] = {IPPROTO_IP, IP_TTL},
	[OCRE_OPTION_IP_MULTICAST_TTL] = {IPPROTO_IP, IP_MULTICAST_TTL},
	[OCRE_OPTION_IP_MULTICAST_LOOP] = {IPPROTO_IP, IP_MULTICAST_LOOP},
	[OCRE_OPTION_IPV6_MULTICAST_LOOP] = {IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
	[OCRE_OPTION_IPV6_ONLY] = {IPPROTO_IPV6, IPV6_V6ONLY},
};

#define LINGER_ON (UINT64_C(1) << 32)

static int get_option(void *ctx, int32_t fd, enum ocre_port_option option, uint64_t *value)
{
	struct linger linger = {0};
	int number = 0;
	void *at = &number;
	socklen_t size = sizeof(number);

	(void)ctx;
	if ((unsigned int)option >= OCRE_OPTIONS) {
		return -OCRE_ERRNO_NOPROTOOPT;
	}
	if (option == OCRE_OPTION_LINGER) {
		at = &linger;
		size = sizeof(linger);
	}
	if (getsockopt(fd, host_options[option].level, host_options[option].name, at, &size) != 0) {
		return ocre__posix_error();
	}
	if (option == OCRE_OPTION_LINGER) {
		number = linger.l_linger;
	}
	*value = number < 0 ? 0 : (uint64_t)number;
	if (linger.l_onoff != 0) {
		*value |= LINGER_ON;
	}
	return 0;
}

static int set_option(void *ctx, int32_t fd, enum ocre_port_option option, uint64_t value)
{
	struct linger linger = {.l_onoff = (value & LINGER_ON) != 0};
	int number;
	const void *at = &number;
	socklen_t size = sizeof(number);

	(void)ctx;
	if ((unsigned int)option >= OCRE_OPTIONS) {
		return -OCRE_ERRNO_NOPROTOOPT;
	}
	if (option == OCRE_OPTION_LINGER) {
		value &= ~LINGER_ON;
	}
	if (value > INT32_MAX) {
		return -OCRE_ERRNO_INVAL;
	}
	number = (int)value;
	if (option == OCRE_OPTION_LINGER) {
		linger.l_linger = number;
		at = &linger;
		size = sizeof(linger);
	}
	return setsockopt(fd, host_options[option].level, host_options[option].name, at, size) != 0
		       ? ocre__posix_error()
		       : 0;
}

static int membership(void *ctx, int32_t fd, bool join, const struct ocre_port_address *group,
		      uint32_t interface)
{
	struct ipv6_mreq v6 = {.ipv6mr_interface = interface};
	struct ip_mreq v4;
	uint8_t bytes[4];
	int rc;

	(void)ctx;
	switch (group->family) {
	case OCRE_FAMILY_IPV4:
		ocre_put_u32(bytes, interface);
		memcpy(&v4.imr_multiaddr, group->ip, sizeof(v4.imr_multiaddr));
		memcpy(&v4.imr_interface, bytes, sizeof(v4.imr_interface));
		rc = setsockopt(fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &v4,
				sizeof(v4));
		break;
	case OCRE_FAMILY_IPV6:
		memcpy(&v6.ipv6mr_multiaddr, group->ip, sizeof(v6.ipv6mr_multiaddr));
		rc = setsockopt(fd, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &v6,
				sizeof(v6));
		break;
	default:
		return -OCRE_ERRNO_AFNOSUPPORT;
	}
	return rc != 0 ? ocre__posix_error() : 0;
}

/* ---- names ---- */

/*
 * getaddrinfo() waits, for half a minute when a server is silent, and cannot be stopped. So a
 * thread of its own calls it and sends one packet with the answer, to a socket that its owner may
 * have closed meanwhile. The thread touches nothing of the port but this counter, which dies with
 * the last of them: so neither a container nor the port waits for a name server.
 */
#define LOOKUPS	     16u
#define LOOKUP_STACK (256u * 1024u)
#define HOST_SIZE    256u
#define SERVICE_SIZE 64u

struct ocre__posix_lookups {
	atomic_uint holders; /* the port, and one for each thread */
};

struct lookup {
	struct ocre__posix_lookups *lookups; /* NULL: not in a thread */
	struct addrinfo hints;
	int fd;
	char host[HOST_SIZE];
	char service[SERVICE_SIZE];
};

struct reply {
	int32_t rc;
	uint32_t count;
	struct ocre_port_answer answers[OCRE_PORT_ANSWERS];
};

int ocre__posix_lookups_init(struct ocre_port_posix *posix)
{
	struct ocre__posix_lookups *lookups = malloc(sizeof(*lookups));

	if (lookups == NULL) {
		return -OCRE_ERRNO_NOMEM;
	}
	atomic_init(&lookups->holders, 1);
	posix->lookups = lookups;
	return 0;
}

static void release(struct ocre__posix_lookups *lookups)
{
	if (atomic_fetch_sub(&lookups->holders, 1) == 1) {
		free(lookups);
	}
}

void ocre__posix_lookups_deinit(struct ocre_port_posix *posix)
{
	release(posix->lookups);
	posix->lookups = NULL;
}

static int resolve_error(int rc)
{
	switch (rc) {
	case EAI_AGAIN:
		return -OCRE_ERRNO_AGAIN;
	case EAI_FAMILY:
		return -OCRE_ERRNO_AFNOSUPPORT;
	case EAI_MEMORY:
		return -OCRE_ERRNO_NOMEM;
	case EAI_SERVICE:
	case EAI_SOCKTYPE:
		return -OCRE_ERRNO_INVAL;
	case EAI_SYSTEM:
		return ocre__posix_error();
	case EAI_FAIL:
		return -OCRE_ERRNO_IO;
	default:
		return -OCRE_ERRNO_NOENT;
	}
}

static void look_up(const struct lookup *lookup, struct reply *reply)
{
	/* Is this machine, also when nobody answers for names (RFC 6761, section 6.3). */
	bool local = strcasecmp(lookup->host, "localhost") == 0 &&
		     (lookup->hints.ai_flags & AI_NUMERICHOST) == 0;
	const char *service = lookup->service[0] != '\0' ? lookup->service : local ? "0" : NULL;
	struct addrinfo *list = NULL;
	struct addrinfo *at;
	int rc;

	memset(reply, 0, sizeof(*reply));
	rc = getaddrinfo(local ? NULL : lookup->host, service, &lookup->hints, &list);
	if (rc != 0) {
		reply->rc = resolve_error(rc);
		return;
	}
	for (at = list; at != NULL && reply->count < OCRE_PORT_ANSWERS; at = at->ai_next) {
		struct ocre_port_answer *answer = &reply->answers[reply->count];

		if (at->ai_socktype != SOCK_STREAM && at->ai_socktype != SOCK_DGRAM) {
			continue; /* raw ones are not for guests */
		}
		if (from_host(at->ai_addr, at->ai_addrlen, &answer->address) == 0) {
			answer->type = at->ai_socktype == SOCK_STREAM ? OCRE_TYPE_STREAM
								      : OCRE_TYPE_DATAGRAM;
			reply->count++;
		}
	}
	freeaddrinfo(list);
	if (reply->count == 0) {
		reply->rc = -OCRE_ERRNO_NOENT;
	}
}

/* Looks it up, says so, and frees it. */
static void *run_lookup(void *arg)
{
	struct lookup *lookup = arg;
	struct reply reply;
	ssize_t n;

	look_up(lookup, &reply);
	/* Whether somebody still listens does not matter. */
	n = send(lookup->fd, &reply, sizeof(reply), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)n;
	close(lookup->fd);
	if (lookup->lookups != NULL) {
		release(lookup->lookups);
	}
	free(lookup);
	return NULL;
}

static int start_thread(struct lookup *lookup)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all;
	sigset_t before;
	int rc;

	if (pthread_attr_init(&attributes) != 0) {
		return -OCRE_ERRNO_NOMEM;
	}
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, LOOKUP_STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, &attributes, run_lookup, lookup);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return ocre__posix_errno(rc);
}

static int make_lookup(const struct ocre_port_query *query, struct lookup **out)
{
	static const int families[] = {
		[OCRE_FAMILY_IPV4] = AF_INET,
		[OCRE_FAMILY_IPV6] = AF_INET6,
		[OCRE_FAMILY_ANY] = AF_UNSPEC,
	};
	struct lookup *lookup;

	if ((unsigned int)query->family > OCRE_FAMILY_ANY) {
		return -OCRE_ERRNO_AFNOSUPPORT;
	}
	if (strlen(query->host) >= HOST_SIZE || strlen(query->service) >= SERVICE_SIZE) {
		return -OCRE_ERRNO_NAMETOOLONG;
	}
	lookup = calloc(1, sizeof(*lookup));
	if (lookup == NULL) {
		return -OCRE_ERRNO_NOMEM;
	}
	strcpy(lookup->host, query->host);
	strcpy(lookup->service, query->service);
	lookup->hints.ai_family = families[query->family];
	lookup->hints.ai_flags = query->numeric ? AI_NUMERICHOST : 0;
	if (query->type == OCRE_TYPE_STREAM) {
		lookup->hints.ai_socktype = SOCK_STREAM;
	} else if (query->type == OCRE_TYPE_DATAGRAM) {
		lookup->hints.ai_socktype = SOCK_DGRAM;
	}
	*out = lookup;
	return 0;
}

static int resolve(void *ctx, const struct ocre_port_query *query, int32_t *fd)
{
	const struct ocre_port_posix *posix = ctx;
	struct lookup *lookup;
	int fds[2];
	int rc = make_lookup(query, &lookup);

	if (rc != 0) {
		return rc;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
		rc = ocre__posix_error();
		free(lookup);
		return rc;
	}
	*fd = fds[0];
	lookup->fd = fds[1];
	if (query->numeric) {
		run_lookup(lookup);
		return 0;
	}
	if (atomic_fetch_add(&posix->lookups->holders, 1) > LOOKUPS) {
		rc = -OCRE_ERRNO_AGAIN;
	} else {
		lookup->lookups = posix->lookups;
		rc = start_thread(lookup);
	}
	if (rc != 0) {
		release(posix->lookups);
		close(fds[0]);
		close(fds[1]);
		free(lookup);
	}
	return rc;
}

static int resolved(void *ctx, int32_t fd, struct ocre_port_answer *out)
{
	struct reply reply;
	ssize_t n;

	(void)ctx;
	do {
		n = recv(fd, &reply, sizeof(reply), MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		return errno == EAGAIN ? -OCRE_ERRNO_INPROGRESS : ocre__posix_error();
	}
	if (n != sizeof(reply)) {
		return -OCRE_ERRNO_IO;
	}
	if (reply.rc != 0) {
		return reply.rc;
	}
	memcpy(out, reply.answers, sizeof(reply.answers));
	return (int)reply.count;
}

const struct ocre_port_socket_ops ocre__posix_sockets = {
	.open = open_socket,
	.bind = bind_socket,
	.listen = listen_socket,
	.connect = connect_socket,
	.recv_from = recv_from,
	.send_to = send_to,
	.local_address = local_address,
	.remote_address = remote_address,
	.get_option = get_option,
	.set_option = set_option,
	.membership = membership,
	.resolve = resolve,
	.resolved = resolved,
};
