/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_wasm.c - what tests/container/fake.h promises, by the wasm driver: each script is a module
 * (script.wat) that does what its letters say with the functions of the real providers, and those
 * of one more below. Around the driver is one that counts, and sees to it that the core keeps to
 * the contract.
 */
#include "../container/fake.h"

#include <string.h>

#include <ocre/driver_wasm.h>
#include <ocre/providers.h>

#include "script_wasm.h"

/* How long a unit of budget takes by the clock of a port without threads. */
#define UNIT_NS 10

/* Bytes of a script in the module, with a NUL. */
#define SCRIPT_ROOM 128

/* ---- a provider for what only tests want ---- */

struct host {
	struct fake_config *config;
	struct ocre_guest *guest;
	uint64_t tick_ns; /* the next one of the timer */
	uint64_t period_ns;
};

static struct host *host_of(struct ocre_call *call)
{
	return call->host;
}

static int host_took(struct ocre_call *call)
{
	struct fake_config *config = host_of(call)->config;

	config->events++;
	config->stops += ocre_arg_u32(call, 0) == OCRE_EVENT_STOP;
	return OCRE_HOST_DONE;
}

/* Park until descriptor 0 of the arguments can be read, and read a byte. */
static int host_read(struct ocre_call *call)
{
	const struct ocre_port *port = host_of(call)->guest->port;
	const struct ocre_park_fd fd = {(int32_t)ocre_arg_u32(call, 0), OCRE_PARK_READ};
	struct ocre_port_ready ready;
	char byte;

	port->ops->ready(port->ctx, &fd, 1, &ready);
	if (ready.events == 0) {
		call->park->deadline_ns = UINT64_MAX;
		call->park->fd_count = 1;
		call->park->fds[0] = fd;
		call->park->events = 0;
		return OCRE_HOST_PARK;
	}
	port->ops->read(port->ctx, fd.fd, &byte, 1);
	return OCRE_HOST_DONE;
}

static uint64_t now_ns(const struct host *host)
{
	const struct ocre_port *port = host->guest->port;
	uint64_t ns = 0;

	port->ops->clock_now(port->ctx, OCRE_CLOCK_MONOTONIC, &ns);
	return ns;
}

/* A timer is about to be set to so many milliseconds. */
static int host_period(struct ocre_call *call)
{
	struct host *host = host_of(call);

	host->period_ns = ocre_arg_u32(call, 0) * MS;
	host->tick_ns = now_ns(host) + host->period_ns;
	return OCRE_HOST_DONE;
}

/* A tick was taken; those that were missed because it was so late do not come. */
static int host_tick(struct ocre_call *call)
{
	struct host *host = host_of(call);
	uint64_t late = now_ns(host) - host->tick_ns;
	uint32_t n = host->config->late_next++;

	if (n < host->config->late_room) {
		host->config->late[n] = late;
	}
	host->config->late_count++;
	host->tick_ns += host->period_ns + late / host->period_ns * host->period_ns;
	return OCRE_HOST_DONE;
}

static int host_hook(struct ocre_call *call)
{
	struct fake_config *config = host_of(call)->config;

	config->hook(config->hook_ctx);
	return OCRE_HOST_DONE;
}

static const struct ocre_host_func funcs[] = {
	{"took", "i:", host_took}, {"period", "i:", host_period}, {"tick", ":", host_tick},
	{"read", "i:", host_read}, {"hook", ":", host_hook},
};
static const struct ocre_host_module module = {"test", funcs, sizeof(funcs) / sizeof(funcs[0])};
static const struct ocre_host_module *const modules[] = {&module};

/* The last one of a life that begins: where it fails, all the others are undone. */
static int create_host(void *shared, struct ocre_guest *guest, void **out, struct ocre_diag *diag)
{
	struct fake_config *config = shared;
	struct host *host;
	int left = config->fail_start;

	while (left > 0) {
		if (atomic_compare_exchange_weak(&config->fail_start, &left, left - 1)) {
			return ocre_diag_set(diag, OCRE_E_LINK, OCRE_NO_OFFSET, "told to fail");
		}
	}
	host = ocre_mem_alloc(guest->mem, sizeof(*host));
	if (host == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory");
	}
	host->config = config;
	host->guest = guest;
	config->lives++;
	*out = host;
	return OCRE_OK;
}

static void destroy_host(void *object)
{
	struct host *host = object;

	host->config->lives--;
	ocre_mem_free(host->guest->mem, host, sizeof(*host));
}

static const struct ocre_host_provider provider = {
	.name = "test",
	.modules = modules,
	.module_count = 1,
	.create = create_host,
	.destroy = destroy_host,
};

/* ---- scripts as modules ---- */

struct driver {
	struct fake_config *config;
	struct ocre_driver_env env;
	struct ocre_wasm_config wasm;
	struct ocre_provider_choice providers[3];
	void *opened;
};

struct image {
	void *loaded;
	uint8_t bytes[sizeof(script_wasm)];
};

static uint8_t *find(struct image *image, const char *text)
{
	size_t size = strlen(text);

	for (size_t n = 0; n + size <= sizeof(image->bytes); n++) {
		if (memcmp(image->bytes + n, text, size) == 0) {
			return image->bytes + n;
		}
	}
	fail_msg("no %s in script.wat", text);
	return NULL;
}

/* Is there an `e` for this type of events? */
static bool wants(const char *script, uint32_t type)
{
	for (; *script != '\0'; script++) {
		if (*script == 'e' && strtoul(script + 1, NULL, 10) == type) {
			return true;
		}
	}
	return false;
}

static void write_module(struct image *image, const char *script)
{
	static const struct {
		const char *name;
		uint32_t type;
	} callbacks[] = {
		{"timer_callback", OCRE_EVENT_TIMER},
		{"gpio_callback", OCRE_EVENT_GPIO},
		{"message_callback", OCRE_EVENT_MESSAGE},
		{"stop_callback", OCRE_EVENT_STOP},
	};

	memcpy(image->bytes, script_wasm, sizeof(script_wasm));
	for (size_t n = 0; n < sizeof(callbacks) / sizeof(callbacks[0]); n++) {
		if (!wants(script, callbacks[n].type)) {
			*find(image, callbacks[n].name) = '-';
		}
	}
	if (script[0] == '?') {
		/* A module that is not valid: it exports a function that it has not. */
		find(image, "_start")[strlen("_start") + 1] = 0x7f;
	}
	memcpy(find(image, "<script>"), script, strlen(script) + 1);
}

static int open_driver(const struct ocre_driver_env *env, void **driver, struct ocre_diag *diag)
{
	struct driver *d = ocre_mem_alloc(env->mem, sizeof(*d));
	int rc;

	if (d == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory");
	}
	d->config = (struct fake_config *)(uintptr_t)env->config;
	d->providers[0].provider = &ocre_provider_wasi;
	d->providers[1].provider = &ocre_provider_event;
	d->providers[2].provider = &provider;
	d->providers[2].config = d->config;
	d->wasm.providers = d->providers;
	d->wasm.provider_count = 3;
	d->wasm.memory_ops = env->port->threads != NULL ? &ocre_memory_posix : NULL;
	d->wasm.strict = true;
	d->env = *env;
	d->env.config = &d->wasm;
	rc = ocre_driver_wasm.open(&d->env, &d->opened, diag);
	if (rc != OCRE_OK) {
		ocre_mem_free(env->mem, d, sizeof(*d));
		return rc;
	}
	*driver = d;
	return OCRE_OK;
}

static void close_driver(void *driver)
{
	struct driver *d = driver;

	ocre_driver_wasm.close(d->opened);
	ocre_mem_free(d->env.mem, d, sizeof(*d));
}

static int load(void *driver, const struct ocre_driver_image *in, void **loaded,
		struct ocre_diag *diag)
{
	struct driver *d = driver;
	struct ocre_driver_image module_in = *in;
	struct image *image;
	int rc;

	if (memchr(in->bytes.data, '\0', in->bytes.size) == NULL || in->bytes.size > SCRIPT_ROOM) {
		return ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET, "no such script");
	}
	if (d->config->fail_load > 0) {
		d->config->fail_load--;
		return OCRE_E_MALFORMED;
	}
	image = ocre_mem_alloc(d->env.mem, sizeof(*image));
	if (image == NULL) {
		return OCRE_E_NOMEM;
	}
	write_module(image, (const char *)in->bytes.data);
	module_in.bytes.data = image->bytes;
	module_in.bytes.size = sizeof(image->bytes);
	rc = ocre_driver_wasm.load(d->opened, &module_in, &image->loaded, diag);
	if (rc != OCRE_OK) {
		ocre_mem_free(d->env.mem, image, sizeof(*image));
		return rc;
	}
	d->config->loads++;
	d->config->loaded++;
	*loaded = image;
	return OCRE_OK;
}

static void unload(void *driver, void *loaded)
{
	struct driver *d = driver;
	struct image *image = loaded;

	ocre_driver_wasm.unload(d->opened, image->loaded);
	ocre_mem_free(d->env.mem, image, sizeof(*image));
	d->config->loaded--;
}

/* ---- containers ---- */

struct object {
	struct fake_config *config;
	struct ocre_guest *guest;
	void *inner;
	atomic_bool inside;
	atomic_bool alive;
};

/* Only one thread at a time may use an object. */
static void come_in(struct object *o, bool alive)
{
	assert_false(atomic_exchange(&o->inside, true));
	assert_int_equal(o->alive, alive);
}

static void go_out(struct object *o)
{
	assert_true(atomic_exchange(&o->inside, false));
}

static int create(void *driver, void *loaded, struct ocre_guest *guest,
		  const struct ocre_driver_options *options, void **out, struct ocre_diag *diag)
{
	struct driver *d = driver;
	const struct image *image = loaded;
	struct object *o = ocre_mem_alloc(guest->mem, sizeof(*o));
	int rc;

	if (o == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for %s",
				     guest->id);
	}
	rc = ocre_driver_wasm.create(d->opened, image->loaded, guest, options, &o->inner, diag);
	if (rc != OCRE_OK) {
		ocre_mem_free(guest->mem, o, sizeof(*o));
		return rc;
	}
	o->config = d->config;
	o->guest = guest;
	d->config->objects++;
	*out = o;
	return OCRE_OK;
}

static void destroy(void *object)
{
	struct object *o = object;

	come_in(o, false);
	ocre_driver_wasm.destroy(o->inner);
	o->config->objects--;
	ocre_mem_free(o->guest->mem, o, sizeof(*o));
}

static int start(void *object, struct ocre_diag *diag)
{
	struct object *o = object;
	int rc;

	come_in(o, false);
	rc = ocre_driver_wasm.start(o->inner, diag);
	o->alive = rc == OCRE_OK;
	go_out(o);
	return rc;
}

static void end(void *object)
{
	struct object *o = object;

	come_in(o, true);
	ocre_driver_wasm.end(o->inner);
	o->alive = false;
	go_out(o);
}

static enum ocre_slice run(void *object, uint64_t budget, struct ocre_slice_info *info)
{
	struct object *o = object;
	enum ocre_slice result;

	come_in(o, true);
	result = ocre_driver_wasm.run(o->inner, budget, info);
	assert_true(info->used <= budget);
	if (o->guest->port->threads == NULL) {
		/* The test's clock: this took time. */
		struct fake_port *port = o->guest->port->ctx;

		port->now_ns += info->used * UNIT_NS;
	}
	go_out(o);
	return result;
}

static int send(void *object, enum ocre_signal signal)
{
	struct object *o = object;
	int rc;

	come_in(o, true);
	assert_int_equal(signal, OCRE_SIGNAL_STOP);
	rc = ocre_driver_wasm.signal(o->inner, signal);
	go_out(o);
	return rc;
}

static size_t guest_memory(void *object)
{
	struct object *o = object;
	size_t size;

	assert_false(atomic_exchange(&o->inside, true));
	size = ocre_driver_wasm.guest_memory(o->inner);
	go_out(o);
	return size;
}

static const char *const aliases[] = {"script", NULL};

static const struct ocre_driver scripts = {
	.name = "fake",
	.aliases = aliases,
	.open = open_driver,
	.close = close_driver,
	.load = load,
	.unload = unload,
	.create = create,
	.destroy = destroy,
	.start = start,
	.end = end,
	.run = run,
	.signal = send,
	.guest_memory = guest_memory,
};

const struct fake_scripts fake_scripts = {
	.driver = &scripts,
	.overhead = 1000,
	.guest_memory = 65536,
	.lazy_memory = OCRE_ENGINE_EXTENTS,
};
