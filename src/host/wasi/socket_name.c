/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_name.c - names of hosts: looking them up, and what the guest may do with an address. The
 * answers are kept, so that one who may connect to a name may connect to its addresses.
 */
#include <string.h>

#include "internal.h"

#define HOST_SIZE    256u /* with the NUL; a name of DNS has at most 253 */
#define SERVICE_SIZE 64u
#define HINTS_SIZE   12u
#define ANSWER_SIZE  28u

/* How long a lookup waits for a place. */
#define PLACE_PERIOD 10000000u /* ns */

/* ---- names that are known ---- */

struct ocre__wasi_name {
	struct ocre__wasi_name *next;
	uint32_t size; /* of the name */
	uint32_t count;
	struct ocre_port_address addresses[WASI_NAME_ADDRESSES];
	char name[HOST_SIZE];
};

static void drop_name(struct ocre_wasi *wasi, struct ocre__wasi_name **at)
{
	struct ocre__wasi_name *name = *at;

	*at = name->next;
	ocre_mem_free(wasi->mem, name, sizeof(*name));
}

/* The latest answers to a name replace earlier ones; the name that was asked longest ago goes. */
static void keep_name(struct ocre_wasi *wasi, struct ocre__wasi_name *name)
{
	struct ocre__wasi_name **at = &wasi->names_known;
	uint32_t seen = 1;

	while (*at != NULL) {
		if (strcmp((*at)->name, name->name) == 0 || ++seen > WASI_NAMES) {
			drop_name(wasi, at);
		} else {
			at = &(*at)->next;
		}
	}
	name->next = wasi->names_known;
	wasi->names_known = name;
}

static void add_address(struct ocre__wasi_name *name, const struct ocre_port_address *address)
{
	/* Each comes once for each type of socket, one after the other. */
	if (name->count > 0 &&
	    memcmp(name->addresses[name->count - 1].ip, address->ip, sizeof(address->ip)) == 0) {
		return;
	}
	if (name->count < WASI_NAME_ADDRESSES) {
		name->addresses[name->count++] = *address;
	}
}

static bool has_address(const struct ocre__wasi_name *name, const struct ocre_port_address *address)
{
	uint32_t i;

	for (i = 0; i < name->count; i++) {
		if (name->addresses[i].family == address->family &&
		    memcmp(name->addresses[i].ip, address->ip, sizeof(address->ip)) == 0) {
			return true;
		}
	}
	return false;
}

/* ---- permission ---- */

/* IPv4 as IPv6 has it, ::ffff:a.b.c.d, is IPv4: no grant for IPv6 lets anybody through to it. */
static void set_address(struct ocre_action *action, const struct ocre_port_address *address)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	if (address->family == OCRE_FAMILY_IPV4) {
		action->address_size = 4;
		memcpy(action->address, address->ip, 4);
	} else if (memcmp(address->ip, mapped, sizeof(mapped)) == 0) {
		action->address_size = 4;
		memcpy(action->address, address->ip + 12, 4);
	} else {
		action->address_size = 16;
		memcpy(action->address, address->ip, 16);
	}
	action->port = address->port;
}

unsigned int ocre__wasi_ask(struct ocre_wasi *wasi, enum ocre_action_kind kind,
			    const struct ocre__wasi_fd *fd, const struct ocre_port_address *address)
{
	const struct ocre__wasi_name *name;
	struct ocre_action action = {
		.kind = kind,
		.protocol = fd->type == OCRE_TYPE_STREAM ? OCRE_PROTOCOL_TCP : OCRE_PROTOCOL_UDP,
	};

	if (wasi->allowed == NULL) {
		return WASI_OK;
	}
	set_address(&action, address);
	if (kind == OCRE_ACTION_CONNECT) {
		for (name = wasi->names_known; name != NULL; name = name->next) {
			action.name = name->name;
			action.name_size = name->size;
			if (has_address(name, address) &&
			    wasi->allowed(wasi->allowed_ctx, &action)) {
				return WASI_OK;
			}
		}
		action.name = NULL;
		action.name_size = 0;
	}
	return wasi->allowed(wasi->allowed_ctx, &action) ? WASI_OK : WASI_ENOTCAPABLE;
}

static bool may_resolve(struct ocre_wasi *wasi, const char *host)
{
	struct ocre_action action = {
		.kind = OCRE_ACTION_RESOLVE, .name = host, .name_size = strlen(host)};

	return wasi->allowed == NULL || wasi->allowed(wasi->allowed_ctx, &action);
}

/* ---- looking up; record word 0: the place in wasi->lookups, plus 1; 0 while it has none ---- */

struct request {
	struct ocre_call *call;
	struct ocre_wasi *wasi;
	struct ocre_port_query query;
	uint32_t out; /* where answers go, and for how many there is room */
	uint32_t room;
	uint32_t result;
	char host[HOST_SIZE];
	char service[SERVICE_SIZE];
	struct ocre_port_answer answers[OCRE_PORT_ANSWERS];
};

static void close_lookup(struct ocre_wasi *wasi, struct ocre__wasi_lookup *lookup)
{
	wasi->port->ops->close(wasi->port->ctx, lookup->fd);
	lookup->fd = -1;
	if (lookup->name != NULL) {
		drop_name(wasi, &lookup->name);
	}
}

void ocre__wasi_names_close(struct ocre_wasi *wasi)
{
	uint32_t i;

	for (i = 0; i < WASI_LOOKUPS; i++) {
		if (wasi->lookups[i].fd >= 0) {
			close_lookup(wasi, &wasi->lookups[i]);
		}
	}
	while (wasi->names_known != NULL) {
		drop_name(wasi, &wasi->names_known);
	}
}

/* A string of printable ASCII without blanks: what can be a name, and be printed in a log. */
static unsigned int get_text(struct ocre_call *call, uint32_t addr, char *out, uint32_t room)
{
	int32_t size = ocre_call_string(call, addr, out, room);
	int32_t i;

	if (size < 0) {
		return size == OCRE_STRING_LONG ? WASI_ENAMETOOLONG : WASI_EFAULT;
	}
	for (i = 0; i < size; i++) {
		if (out[i] <= ' ' || out[i] > '~') {
			return WASI_EINVAL;
		}
	}
	return WASI_OK;
}

/* Hints: type i32, family i32, u8 that says whether they count. */
static unsigned int get_hints(struct request *r, uint32_t addr)
{
	const uint32_t any_type = UINT32_MAX;
	const uint8_t *at = (const uint8_t *)ocre_call_memory(r->call, addr, HINTS_SIZE);
	uint32_t type;
	uint32_t family;

	if (at == NULL) {
		return WASI_EFAULT;
	}
	r->query.family = OCRE_FAMILY_ANY;
	r->query.type = OCRE_TYPE_UNKNOWN;
	if (addr == 0 || at[8] == 0) {
		return WASI_OK;
	}
	type = ocre_get_u32(at);
	family = ocre_get_u32(at + 4);
	if ((type > 1 && type != any_type) || family > OCRE_FAMILY_ANY) {
		return WASI_EINVAL;
	}
	if (type != any_type) {
		r->query.type = type == 0 ? OCRE_TYPE_DATAGRAM : OCRE_TYPE_STREAM;
	}
	r->query.family = (enum ocre_port_family)family;
	return WASI_OK;
}

/* What is asked for: needed until the lookup has begun. */
static unsigned int read_query(struct request *r)
{
	struct ocre_call *call = r->call;
	unsigned int error = get_text(call, ocre_arg_u32(call, 0), r->host, HOST_SIZE);

	r->query.host = r->host;
	r->query.service = r->service;
	if (error == WASI_OK && r->host[0] == '\0') {
		error = WASI_EINVAL;
	}
	if (error == WASI_OK) {
		error = get_text(call, ocre_arg_u32(call, 1), r->service, SERVICE_SIZE);
	}
	if (error == WASI_OK) {
		error = get_hints(r, ocre_arg_u32(call, 2));
	}
	return error;
}

static int finish(struct request *r, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count && i < r->room; i++) {
		const struct ocre_port_answer *answer = &r->answers[i];
		uint8_t *at =
			(uint8_t *)ocre_call_memory(r->call, r->out + i * ANSWER_SIZE, ANSWER_SIZE);

		if (at == NULL) {
			return ocre__wasi_return(r->call, WASI_EFAULT);
		}
		ocre__wasi_set_address(at, &answer->address);
		ocre_put_u32(at + 24, answer->type == OCRE_TYPE_STREAM ? 1 : 0);
	}
	return ocre__wasi_return(r->call, ocre__wasi_put_u32(r->call, r->result, count));
}

/* Is the host an address as text? Then nobody needs to be asked. */
static int look_up_numeric(struct request *r)
{
	const struct ocre_port *port = r->wasi->port;
	int32_t fd;
	int rc;

	r->query.numeric = true;
	rc = port->sockets->resolve(port->ctx, &r->query, &fd);
	r->query.numeric = false;
	if (rc == 0) {
		rc = port->sockets->resolved(port->ctx, fd, r->answers);
		port->ops->close(port->ctx, fd);
	}
	return rc;
}

static int wait_for_place(struct request *r)
{
	const struct ocre_port *port = r->wasi->port;
	uint64_t now = 0;

	port->ops->clock_now(port->ctx, OCRE_CLOCK_MONOTONIC, &now);
	r->call->park->deadline_ns = now + PLACE_PERIOD;
	r->call->park->fd_count = 0;
	return OCRE_HOST_PARK;
}

static int begin(struct request *r)
{
	struct ocre_wasi *wasi = r->wasi;
	const struct ocre_port *port = wasi->port;
	struct ocre__wasi_lookup *lookup = wasi->lookups;
	struct ocre__wasi_name *name;
	int rc;

	while (lookup < wasi->lookups + WASI_LOOKUPS && lookup->fd >= 0) {
		lookup++;
	}
	if (lookup == wasi->lookups + WASI_LOOKUPS) {
		return wait_for_place(r);
	}
	name = (struct ocre__wasi_name *)ocre_mem_alloc(wasi->mem, sizeof(*name));
	if (name == NULL) {
		return ocre__wasi_return(r->call, WASI_ENOMEM);
	}
	name->size = (uint32_t)strlen(r->host);
	memcpy(name->name, r->host, name->size + 1);
	rc = port->sockets->resolve(port->ctx, &r->query, &lookup->fd);
	if (rc == 0) {
		lookup->name = name;
		r->call->record->word[0] = (uint64_t)(lookup - wasi->lookups) + 1;
		return ocre__wasi_park_fd(r->call, lookup->fd, OCRE_PARK_READ);
	}
	lookup->fd = -1;
	ocre_mem_free(wasi->mem, name, sizeof(*name));
	return rc == -OCRE_ERRNO_AGAIN ? wait_for_place(r)
				       : ocre__wasi_return(r->call, ocre__wasi_errno(rc));
}

static int go_on(struct request *r, struct ocre__wasi_lookup *lookup)
{
	struct ocre_wasi *wasi = r->wasi;
	int rc = wasi->port->sockets->resolved(wasi->port->ctx, lookup->fd, r->answers);
	int i;

	if (rc == -OCRE_ERRNO_INPROGRESS) {
		return ocre__wasi_park_fd(r->call, lookup->fd, OCRE_PARK_READ);
	}
	if (rc > 0) {
		for (i = 0; i < rc; i++) {
			add_address(lookup->name, &r->answers[i].address);
		}
		keep_name(wasi, lookup->name);
		lookup->name = NULL;
	}
	close_lookup(wasi, lookup);
	return rc < 0 ? ocre__wasi_return(r->call, ocre__wasi_errno(rc)) : finish(r, (uint32_t)rc);
}

int ocre__wasi_sock_addr_resolve(struct ocre_call *call)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	uint64_t place = call->record->word[0];
	struct request r;
	unsigned int error;
	int rc;

	if (wasi->port->sockets == NULL) {
		return ocre__wasi_return(call, WASI_ENOTSUP);
	}
	memset(&r, 0, sizeof(r));
	r.call = call;
	r.wasi = wasi;
	r.out = ocre_arg_u32(call, 3);
	r.room = ocre_arg_u32(call, 4);
	r.result = ocre_arg_u32(call, 5);
	if (place != 0) {
		return go_on(&r, &wasi->lookups[place - 1]);
	}
	error = read_query(&r);
	if (error == WASI_OK &&
	    (!ocre__wasi_in_memory(call, r.out, (uint64_t)r.room * ANSWER_SIZE) ||
	     !ocre__wasi_in_memory(call, r.result, 4))) {
		error = WASI_EFAULT;
	}
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	rc = look_up_numeric(&r);
	if (rc >= 0) {
		return finish(&r, (uint32_t)rc);
	}
	if (rc != -OCRE_ERRNO_NOENT) {
		return ocre__wasi_return(call, ocre__wasi_errno(rc));
	}
	return may_resolve(wasi, r.host) ? begin(&r) : ocre__wasi_return(call, WASI_ENOTCAPABLE);
}
