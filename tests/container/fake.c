/* SPDX-License-Identifier: Apache-2.0 */
/* fake.c - see fake.h. */
#define _GNU_SOURCE
#include "fake.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- the driver ---- */

struct image {
	struct fake_config *config;
	const char *script;
};

struct object {
	struct fake_config *config;
	const char *script;
	struct ocre_guest *guest;
	const char *at;
	uint64_t left; /* of the letter that is being done */
	bool begun;
	bool parked;
	bool stop; /* it was told to see to it that the guest gets the event */
	struct ocre_park park;
	uint64_t host_calls;
	uint64_t tick_ns; /* the next one of the timer that T set */
	uint64_t period_ns;
	uint8_t *memory; /* of a life */
	size_t mapped;
	atomic_bool inside;
	atomic_bool alive;
};

struct driver {
	struct fake_config *config;
	const struct ocre_driver_env *env;
};

static int driver_open(const struct ocre_driver_env *env, void **driver, struct ocre_diag *diag)
{
	struct driver *d = ocre_mem_alloc(env->mem, sizeof(*d));

	if (d == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory");
	}
	d->config = (struct fake_config *)(uintptr_t)env->config;
	d->env = env;
	*driver = d;
	return OCRE_OK;
}

static void driver_close(void *driver)
{
	struct driver *d = driver;

	ocre_mem_free(d->env->mem, d, sizeof(*d));
}

static int driver_load(void *driver, const struct ocre_driver_image *in, void **loaded,
		       struct ocre_diag *diag)
{
	struct driver *d = driver;
	struct image *image;

	if (in->bytes.size > 0 && in->bytes.data[0] == '?') {
		return ocre_diag_set(diag, OCRE_E_INVALID, 0, "a script cannot begin with ?");
	}
	if (d->config->fail_load > 0) {
		d->config->fail_load--;
		return OCRE_E_MALFORMED;
	}
	image = ocre_mem_alloc(d->env->mem, sizeof(*image));
	if (image == NULL) {
		return OCRE_E_NOMEM;
	}
	image->config = d->config;
	image->script = (const char *)in->bytes.data;
	d->config->loads++;
	d->config->loaded++;
	*loaded = image;
	return OCRE_OK;
}

static void driver_unload(void *driver, void *loaded)
{
	struct driver *d = driver;

	d->config->loaded--;
	ocre_mem_free(d->env->mem, loaded, sizeof(struct image));
}

static int driver_create(void *driver, void *loaded, struct ocre_guest *guest,
			 const struct ocre_driver_options *options, void **out,
			 struct ocre_diag *diag)
{
	struct driver *d = driver;
	const struct image *image = loaded;
	struct object *o = ocre_mem_alloc(guest->mem, sizeof(*o));

	(void)options;
	if (o == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for %s",
				     guest->id);
	}
	o->config = d->config;
	o->script = image->script;
	o->guest = guest;
	d->config->objects++;
	*out = o;
	return OCRE_OK;
}

/* Only one thread at a time may use an object. */
static void come_in(struct object *o)
{
	assert_false(atomic_exchange(&o->inside, true));
}

static void go_out(struct object *o)
{
	assert_true(atomic_exchange(&o->inside, false));
}

static void driver_destroy(void *object)
{
	struct object *o = object;

	come_in(o);
	assert_false(o->alive);
	o->config->objects--;
	ocre_mem_free(o->guest->mem, o, sizeof(*o));
}

/* Is this call one of those that are to fail? */
static bool take_failure(atomic_int *failures)
{
	int left = *failures;

	while (left > 0) {
		if (atomic_compare_exchange_weak(failures, &left, left - 1)) {
			return true;
		}
	}
	return false;
}

static int driver_start(void *object, struct ocre_diag *diag)
{
	struct object *o = object;
	int rc = OCRE_OK;

	come_in(o);
	assert_false(o->alive);
	if (take_failure(&o->config->fail_start)) {
		rc = ocre_diag_set(diag, OCRE_E_LINK, OCRE_NO_OFFSET, "told to fail");
	} else {
		o->memory = ocre_mem_alloc(o->guest->mem, 1000);
		if (o->memory == NULL) {
			rc = ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory");
		}
	}
	if (rc == OCRE_OK) {
		o->at = o->script;
		o->begun = false;
		o->parked = false;
		o->stop = false;
		o->host_calls = 0;
		o->alive = true;
		o->config->lives++;
	}
	go_out(o);
	return rc;
}

static void driver_end(void *object)
{
	struct object *o = object;

	come_in(o);
	assert_true(o->alive);
	o->alive = false;
	o->config->lives--;
	ocre_mem_free(o->guest->mem, o->memory, 1000);
	ocre_mem_uncharge(o->guest->mem, o->mapped);
	o->memory = NULL;
	o->mapped = 0;
	go_out(o);
}

static uint64_t port_now(struct object *o)
{
	const struct ocre_port *port = o->guest->port;
	uint64_t ns = 0;

	port->ops->clock_now(port->ctx, OCRE_CLOCK_MONOTONIC, &ns);
	return ns;
}

static enum ocre_slice park(struct object *o, uint64_t ms, uint8_t events)
{
	if (!o->parked) {
		o->park.deadline_ns = ms == UINT64_MAX ? UINT64_MAX : port_now(o) + ms * MS;
		o->host_calls++;
	}
	o->park.events = events;
	o->parked = true;
	return OCRE_SLICE_PARKED;
}

static bool is_over(const struct object *o, uint64_t now)
{
	return o->parked && now >= o->park.deadline_ns;
}

/* Take one event; false when there is none. */
static bool take_one(struct object *o, uint32_t types)
{
	struct ocre_event event;

	if (o->guest->ops->take(o->guest, types, &event) != OCRE_OK) {
		return false;
	}
	o->config->events++;
	o->config->stops += event.type == OCRE_EVENT_STOP;
	o->guest->ops->release(o->guest, event.message);
	return true;
}

static void burn(uint64_t ns)
{
	struct timespec ts;
	uint64_t begin;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	begin = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
	do {
		clock_gettime(CLOCK_MONOTONIC, &ts);
		now = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
	} while (now - begin < ns);
}

static void done(struct object *o)
{
	o->begun = false;
	o->parked = false;
	o->park.fd_count = 0;
	o->park.events = 0;
}

static void write_some(struct object *o, uint64_t n)
{
	char line[300];

	while (n > 0) {
		size_t size = n < sizeof(line) ? (size_t)n : sizeof(line);

		memset(line, 'y', size);
		if (n == size) {
			line[size - 1] = '\n';
		}
		o->guest->ops->output(o->guest, OCRE_STREAM_STDOUT, line, size);
		n -= size;
	}
	o->host_calls++;
}

/* A tick was taken; those that were missed because it was so late do not come. */
static void note_late(struct object *o)
{
	uint64_t late = port_now(o) - o->tick_ns;
	uint32_t n = o->config->late_next++;

	if (n < o->config->late_room) {
		o->config->late[n] = late;
	}
	o->config->late_count++;
	o->tick_ns += o->period_ns + late / o->period_ns * o->period_ns;
}

/* One letter. True when the slice is over, with `result`. */
static bool step(struct object *o, uint64_t *budget, struct ocre_slice_info *info,
		 enum ocre_slice *result)
{
	char letter;
	char *end;
	uint64_t n;
	uint64_t use;

	while (*o->at == ' ') {
		o->at++;
	}
	letter = *o->at;
	n = strtoull(o->at + (letter != '\0'), &end, 10);
	if (end == o->at + 1) {
		n = UINT64_MAX;
	}
	if (!o->begun) {
		o->begun = true;
		o->left = n;
	}
	switch (letter) {
	case 'r':
	case 'b':
		use = o->left < *budget ? o->left : *budget;
		if (letter == 'b') {
			use = use < 1000 ? use : 1000;
			burn(use * 10);
		}
		*budget -= use;
		if (o->left != UINT64_MAX) {
			o->left -= use;
		}
		*result = OCRE_SLICE_BUDGET;
		if (o->left > 0) {
			return *budget == 0;
		}
		break;
	case 'p':
	case 'P':
		if (o->stop && (o->guest->callbacks & 1u << OCRE_EVENT_STOP) != 0) {
			take_one(o, 1u << OCRE_EVENT_STOP);
			o->stop = false;
		}
		if (!is_over(o, port_now(o))) {
			*result = park(o, n, 0);
			return true;
		}
		break;
	case 'w':
		if (!take_one(o, ~(o->guest->callbacks & ~o->guest->dispatchers)) &&
		    !is_over(o, port_now(o))) {
			*result = park(o, n, OCRE_PARK_EVENTS);
			return true;
		}
		break;
	case 'c':
		while (take_one(o, o->guest->callbacks & ~o->guest->dispatchers)) {
		}
		if (!is_over(o, port_now(o))) {
			*result = park(o, n, OCRE_PARK_CALLBACKS);
			return true;
		}
		break;
	case 'f': {
		struct ocre_port_ready ready;
		char byte;

		o->park.fd_count = 1;
		o->park.fds[0].fd = (int32_t)n;
		o->park.fds[0].events = OCRE_PARK_READ;
		o->guest->port->ops->ready(o->guest->port->ctx, o->park.fds, 1, &ready);
		if (ready.events == 0) {
			*result = park(o, UINT64_MAX, 0);
			return true;
		}
		o->guest->port->ops->read(o->guest->port->ctx, (int32_t)n, &byte, 1);
		break;
	}
	case 'h':
		o->host_calls++;
		break;
	case 'k':
		o->guest->ops->kick(o->guest);
		break;
	case 'd':
		o->guest->dispatchers |= 1u << n;
		break;
	case 'e':
		o->guest->callbacks |= 1u << n;
		break;
	case 'l':
		while (o->left > 0) {
			if (!take_one(o, 1u << OCRE_EVENT_TIMER)) {
				*result = park(o, UINT64_MAX, OCRE_PARK_EVENTS);
				return true;
			}
			o->left--;
			note_late(o);
		}
		break;
	case 'T':
		o->period_ns = n * MS;
		o->tick_ns = port_now(o) + o->period_ns;
		/* Without memory for it a guest would see -ENOMEM, and end. */
		if (o->guest->ops->timer_set(o->guest, 0, 7, o->tick_ns, o->period_ns) != OCRE_OK) {
			info->end->end = OCRE_END_EXIT;
			info->end->code = 1;
			*result = OCRE_SLICE_END;
			return true;
		}
		break;
	case 'm':
		if (!ocre_mem_charge(o->guest->mem, (size_t)n)) {
			info->end->end = OCRE_END_EXIT;
			info->end->code = 1;
			*result = OCRE_SLICE_END;
			return true;
		}
		o->mapped += (size_t)n;
		break;
	case 'o':
		write_some(o, n);
		break;
	case 'E':
		o->guest->ops->output(o->guest, OCRE_STREAM_STDOUT, "a\x1b[2Jb\tc\0d\n", 10);
		break;
	case '!':
		o->config->hook(o->config->hook_ctx);
		break;
	case 't':
		info->end->end = OCRE_END_TRAP;
		strcpy(info->end->text, "unreachable executed");
		*result = OCRE_SLICE_END;
		return true;
	case 'L':
		done(o);
		o->at = o->script;
		if (*budget > 0) {
			--*budget;
		}
		*result = OCRE_SLICE_BUDGET;
		return *budget == 0;
	case 'x':
	default:
		info->end->end = OCRE_END_EXIT;
		info->end->code = letter == 'x' ? (int32_t)n : 0;
		*result = OCRE_SLICE_END;
		return true;
	}
	done(o);
	o->at = end;
	*result = OCRE_SLICE_BUDGET;
	return false;
}

static enum ocre_slice driver_run(void *object, uint64_t budget, struct ocre_slice_info *info)
{
	struct object *o = object;
	uint64_t left = budget;
	enum ocre_slice result;

	come_in(o);
	assert_true(o->alive);
	while (!step(o, &left, info, &result)) {
	}
	info->used = budget - left;
	info->host_calls = o->host_calls;
	info->park = &o->park;
	go_out(o);
	return result;
}

static int driver_signal(void *object, enum ocre_signal signal)
{
	struct object *o = object;

	come_in(o);
	assert_int_equal(signal, OCRE_SIGNAL_STOP);
	o->stop = true;
	o->guest->ops->wake(o->guest);
	go_out(o);
	return OCRE_OK;
}

static size_t driver_guest_memory(void *object)
{
	struct object *o = object;
	size_t size;

	come_in(o);
	size = o->memory != NULL ? 1000 : 0;
	go_out(o);
	return size;
}

static const char *const aliases[] = {"script", NULL};

const struct ocre_driver fake_driver = {
	.name = "fake",
	.aliases = aliases,
	.open = driver_open,
	.close = driver_close,
	.load = driver_load,
	.unload = driver_unload,
	.create = driver_create,
	.destroy = driver_destroy,
	.start = driver_start,
	.end = driver_end,
	.run = driver_run,
	.signal = driver_signal,
	.guest_memory = driver_guest_memory,
};

/* ---- the driver whose lives have threads ---- */

struct life {
	struct object o; /* first: it is made like one */
	const struct ocre_driver_env *env;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool has_thread;
	bool deaf;
	bool paused;
	bool stop;
	bool kill;
	bool over; /* without a thread: `exited` was called */
};

static int thread_create(void *driver, void *loaded, struct ocre_guest *guest,
			 const struct ocre_driver_options *options, void **out,
			 struct ocre_diag *diag)
{
	struct driver *d = driver;
	const struct image *image = loaded;
	struct life *l = ocre_mem_alloc(guest->mem, sizeof(*l));

	(void)options;
	if (l == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory");
	}
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->changed, NULL);
	l->env = d->env;
	l->o.config = d->config;
	l->o.script = image->script;
	l->o.guest = guest;
	d->config->objects++;
	*out = l;
	return OCRE_OK;
}

static void thread_destroy(void *object)
{
	struct life *l = object;

	come_in(&l->o);
	assert_false(l->o.alive);
	l->o.config->objects--;
	pthread_mutex_destroy(&l->lock);
	pthread_cond_destroy(&l->changed);
	ocre_mem_free(l->o.guest->mem, l, sizeof(*l));
}

static void say_exited(struct life *l, int32_t code)
{
	struct ocre_end_info end = {.end = OCRE_END_EXIT, .code = code};

	l->env->exited(l->o.guest, &end);
}

/* For so long, or until a signal ends it: the code, or -1. Time stands still while it is paused. */
static int run_for(struct life *l, uint64_t ms)
{
	struct timespec at;
	uint64_t left = ms;

	while (!l->kill && (!l->stop || l->deaf) && left > 0) {
		clock_gettime(CLOCK_REALTIME, &at);
		at.tv_nsec += 1000000;
		if (at.tv_nsec >= 1000000000) {
			at.tv_nsec -= 1000000000;
			at.tv_sec++;
		}
		pthread_cond_timedwait(&l->changed, &l->lock, &at);
		left -= left != UINT64_MAX && !l->paused;
	}
	if (l->kill) {
		return 9;
	}
	return l->stop && !l->deaf ? 16 : -1;
}

static void *thread_main(void *arg)
{
	struct life *l = arg;
	const char *at = l->o.script;
	int code = -1;

	pthread_mutex_lock(&l->lock);
	while (code < 0) {
		char letter = *at;
		char *end;
		uint64_t n = strtoull(at + (letter != '\0'), &end, 10);

		if (letter == 'p' || letter == 'P') {
			code = run_for(l, letter == 'P' ? UINT64_MAX : n);
		} else if (letter == 's') {
			l->deaf = true;
		} else if (letter != ' ') {
			code = letter == 'x' ? (int)n : 0;
		}
		at = end;
	}
	pthread_mutex_unlock(&l->lock);
	say_exited(l, code);
	return NULL;
}

static int thread_start(void *object, struct ocre_diag *diag)
{
	struct life *l = object;

	come_in(&l->o);
	assert_false(l->o.alive);
	if (take_failure(&l->o.config->fail_start)) {
		go_out(&l->o);
		return ocre_diag_set(diag, OCRE_E_LINK, OCRE_NO_OFFSET, "told to fail");
	}
	l->o.alive = true;
	l->o.config->lives++;
	l->deaf = l->o.script[0] == 's';
	l->paused = false;
	l->stop = false;
	l->kill = false;
	l->over = false;
	if (l->o.script[0] == 'i') {
		l->over = true;
		say_exited(l, atoi(l->o.script + 1));
	} else if (l->env->port->threads != NULL) {
		l->has_thread = true;
		assert_int_equal(pthread_create(&l->thread, NULL, thread_main, l), 0);
	}
	go_out(&l->o);
	return OCRE_OK;
}

static void thread_end(void *object)
{
	struct life *l = object;

	come_in(&l->o);
	assert_true(l->o.alive);
	if (l->has_thread) {
		pthread_join(l->thread, NULL);
		l->has_thread = false;
	}
	l->o.alive = false;
	l->o.config->lives--;
	go_out(&l->o);
}

static int thread_signal(void *object, enum ocre_signal signal)
{
	struct life *l = object;
	struct fake_config *config = l->o.config;

	come_in(&l->o);
	assert_true(l->o.alive);
	config->signals[signal]++;
	if (config->signal_ms > 0) {
		usleep((useconds_t)config->signal_ms * 1000);
	}
	if ((config->unsupported & 1u << signal) != 0) {
		go_out(&l->o);
		return OCRE_E_UNSUPPORTED;
	}
	pthread_mutex_lock(&l->lock);
	if (signal == OCRE_SIGNAL_PAUSE || signal == OCRE_SIGNAL_UNPAUSE) {
		assert_int_equal(l->paused, signal == OCRE_SIGNAL_UNPAUSE);
		l->paused = signal == OCRE_SIGNAL_PAUSE;
	} else if (signal == OCRE_SIGNAL_KILL) {
		l->kill = true;
	} else {
		l->stop = true;
	}
	pthread_cond_signal(&l->changed);
	pthread_mutex_unlock(&l->lock);
	if (!l->has_thread && !l->over && (l->kill || (l->stop && !l->deaf))) {
		l->over = true;
		say_exited(l, l->kill ? 9 : 16);
	}
	go_out(&l->o);
	return OCRE_OK;
}

const struct ocre_driver fake_thread_driver = {
	.name = "fake/thread",
	.open = driver_open,
	.close = driver_close,
	.load = driver_load,
	.unload = driver_unload,
	.create = thread_create,
	.destroy = thread_destroy,
	.start = thread_start,
	.end = thread_end,
	.signal = thread_signal,
};

/* ---- the port ---- */

static int fake_clock(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	struct fake_port *port = ctx;

	(void)clock;
	*ns = port->now_ns;
	port->now_ns += 1000; /* so that what never waits takes time too */
	return 0;
}

static int fake_wait(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		     uint64_t deadline_ns, uint8_t *ready)
{
	struct fake_port *port = ctx;
	const struct ocre_port *posix = &port->posix.port;

	port->waits++;
	if (count > 0 && posix->ops->wait(posix->ctx, fds, count, 0, ready) == 1) {
		return 1;
	}
	if (port->woken || deadline_ns == UINT64_MAX) {
		/* Nothing will ever happen by itself: a test that waits for it is wrong. */
		assert_true(port->woken);
		port->woken = false;
		return 0;
	}
	if (deadline_ns > port->now_ns) {
		port->now_ns = deadline_ns;
	}
	return 0;
}

static void fake_wake(void *ctx)
{
	struct fake_port *port = ctx;

	port->woken = true;
}

void fake_port_init(struct fake_port *port)
{
	memset(port, 0, sizeof(*port));
	assert_int_equal(ocre_port_posix_init(&port->posix, 0), 0);
	port->ops = *port->posix.port.ops;
	port->ops.clock_now = fake_clock;
	port->ops.wait = fake_wait;
	port->ops.wake = fake_wake;
	port->port.ops = &port->ops;
	port->port.ctx = port;
	port->now_ns = 1000 * MS;
}

void fake_port_deinit(struct fake_port *port)
{
	ocre_port_posix_deinit(&port->posix);
}

/* ---- memory ---- */

void *fake_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct fake_memory *memory = ctx;

	if (new_size > old_size) {
		long call = ++memory->calls;

		if (memory->fail_at != 0 &&
		    (memory->fail_once ? call == memory->fail_at : call >= memory->fail_at)) {
			return NULL;
		}
		if (memory->fail_each != 0 && call % memory->fail_each == 0) {
			return NULL;
		}
	}
	memory->used += (long)new_size - (long)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	return realloc(ptr, new_size);
}

/* ---- a context ---- */

void fake_init(struct fake *fake, bool threads)
{
	memset(fake, 0, sizeof(*fake));
	fake->threads = threads;
	if (threads) {
		assert_int_equal(ocre_port_posix_init(&fake->posix, 0), 0);
		fake->port = &fake->posix.port;
	} else {
		fake_port_init(&fake->none);
		fake->port = &fake->none.port;
	}
	fake->drivers[0].driver = fake_scripts.driver;
	fake->drivers[0].config = &fake->config;
	fake->open.port = fake->port;
	fake->open.drivers = fake->drivers;
	fake->drivers[1].driver = &fake_thread_driver;
	fake->drivers[1].config = &fake->config;
	fake->open.driver_count = 2;
	fake->open.resize = fake_resize;
	fake->open.resize_ctx = &fake->memory;
	fake->open.executors = 2;
}

void fake_open(struct fake *fake)
{
	struct ocre_diag diag = {0};

	assert_int_equal(ocre_context_open(&fake->open, &fake->context, &diag), OCRE_OK);
}

void fake_close(struct fake *fake)
{
	ocre_context_close(fake->context);
	fake->context = NULL;
	assert_int_equal(fake->memory.used, 0);
	assert_int_equal(fake->config.lives, 0);
	assert_int_equal(fake->config.objects, 0);
	assert_int_equal(fake->config.loaded, 0);
}

void fake_deinit(struct fake *fake)
{
	if (fake->context != NULL) {
		fake_close(fake);
	}
	if (fake->threads) {
		ocre_port_posix_deinit(&fake->posix);
	} else {
		fake_port_deinit(&fake->none);
	}
}

struct ocre_container_config fake_script(const char *id, const char *script)
{
	static const char *const grants[] = {"ocre:api", NULL};
	struct ocre_container_config config = {.id = id, .image = "script", .grants = grants};

	config.bytes.data = (const uint8_t *)script;
	config.bytes.size = strlen(script) + 1;
	return config;
}

struct ocre_container *fake_create(struct fake *fake, const char *id, const char *script)
{
	struct ocre_container_config config = fake_script(id, script);
	struct ocre_container *container = NULL;
	struct ocre_diag diag = {0};
	int rc = ocre_container_create(fake->context, &config, &container, &diag);

	if (rc != OCRE_OK) {
		print_error("%s\n", diag.text);
	}
	assert_int_equal(rc, OCRE_OK);
	return container;
}

enum ocre_state fake_state(struct ocre_container *container)
{
	struct ocre_container_info info;

	assert_int_equal(ocre_container_get_info(container, &info), OCRE_OK);
	return info.state;
}

uint64_t fake_now(struct fake *fake)
{
	uint64_t ns = 0;

	fake->port->ops->clock_now(fake->port->ctx, OCRE_CLOCK_MONOTONIC, &ns);
	return ns;
}

/* Whether a container runs that has not had its first slice. */
static bool any_waits_for_its_turn(struct fake *fake)
{
	struct ocre_container *all[64];
	uint32_t n = ocre_container_list(fake->context, all, 64);
	struct ocre_container_info info;
	struct ocre_container_stats stats;

	for (uint32_t i = 0; i < n && i < 64; i++) {
		if (ocre_container_get_info(all[i], &info) == OCRE_OK &&
		    ocre_container_get_stats(all[i], &stats) == OCRE_OK &&
		    info.state == OCRE_STATE_RUNNING && stats.slices == 0 &&
		    strcmp(info.driver, fake_thread_driver.name) != 0) {
			return true;
		}
	}
	return false;
}

void fake_run_for(struct fake *fake, uint64_t ms)
{
	uint64_t until = fake_now(fake) + ms * MS;

	if (fake->threads) {
		usleep((useconds_t)ms * 1000);
		/* On a busy machine it is some time before executors run at all. */
		for (int i = 0; i < 300 && any_waits_for_its_turn(fake); i++) {
			usleep(1000);
		}
		return;
	}
	while (fake->none.now_ns < until) {
		uint64_t next = ocre_core_poll(fake->context, 100000);

		if (next <= fake->none.now_ns) {
			fake->none.now_ns += MS / 10; /* what the slices took */
		} else {
			fake->none.now_ns = next < until ? next : until;
		}
	}
	ocre_core_poll(fake->context, 100000);
}
