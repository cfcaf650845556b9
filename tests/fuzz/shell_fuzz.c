/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shell_fuzz.c - any bytes at a device's console. They are typed at the shell, and after the
 * command `receive` they are a sender of YMODEM, until that is over. Nothing that is printed can
 * command a terminal; what fails says so; a file that was begun ends or is given up, once; and
 * afterwards no memory is held. Guests are a driver's fakes that sleep, and write the line's words
 * to their log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ocre/port_none.h>
#include <ocre/shell.h>
#include <ocre/ymodem.h>

#include "harness.h"

#define MS UINT64_C(1000000)

/* ---- a port: nothing but time ---- */

static uint64_t clock_ns;

static int clock_now(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	(void)ctx;
	(void)clock;
	*ns = clock_ns;
	return 0;
}

static int wait_until(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		      uint64_t deadline_ns, uint8_t *ready)
{
	(void)ctx;
	(void)fds;
	(void)count;
	(void)ready;
	REQUIRE(deadline_ns != UINT64_MAX); /* nobody would end it */
	clock_ns = deadline_ns > clock_ns ? deadline_ns : clock_ns;
	return 0;
}

static void wake(void *ctx)
{
	(void)ctx;
}

/* ---- a driver: guests that sleep for ever; their log has what their id is, and worse ---- */

struct object {
	struct ocre_guest *guest;
	struct ocre_park park;
};

static int driver_open(const struct ocre_driver_env *env, void **driver, struct ocre_diag *diag)
{
	(void)diag;
	*driver = (void *)(uintptr_t)env;
	return OCRE_OK;
}

static void driver_close(void *driver)
{
	(void)driver;
}

static int load(void *driver, const struct ocre_driver_image *image, void **loaded,
		struct ocre_diag *diag)
{
	(void)driver;
	if (image->bytes.size == 1) {
		return ocre_diag_set(diag, OCRE_E_INVALID, 0, "%s", "no module\n\x1b[2J");
	}
	*loaded = driver;
	return OCRE_OK;
}

static void unload(void *driver, void *loaded)
{
	(void)driver;
	(void)loaded;
}

static int create(void *driver, void *loaded, struct ocre_guest *guest,
		  const struct ocre_driver_options *options, void **out, struct ocre_diag *diag)
{
	struct object *o = ocre_mem_alloc(guest->mem, sizeof(*o));

	(void)driver;
	(void)loaded;
	(void)options;
	(void)diag;
	REQUIRE(o != NULL);
	o->guest = guest;
	*out = o;
	return OCRE_OK;
}

static void destroy(void *object)
{
	struct object *o = object;

	ocre_mem_free(o->guest->mem, o, sizeof(*o));
}

static int start(void *object, struct ocre_diag *diag)
{
	struct object *o = object;

	(void)diag;
	o->guest->ops->output(o->guest, OCRE_STREAM_STDOUT, o->guest->id, strlen(o->guest->id));
	o->guest->ops->output(o->guest, OCRE_STREAM_STDOUT, "\x1b[2J\0\x7f\x9b\n", 8);
	return OCRE_OK;
}

static void end(void *object)
{
	(void)object;
}

static enum ocre_slice run(void *object, uint64_t budget, struct ocre_slice_info *info)
{
	struct object *o = object;

	(void)budget;
	memset(&o->park, 0, sizeof(o->park));
	o->park.deadline_ns = clock_ns + 1000 * MS;
	info->park = &o->park;
	info->used = 1;
	return OCRE_SLICE_PARKED;
}

static const struct ocre_driver fake = {
	.name = "fake",
	.open = driver_open,
	.close = driver_close,
	.load = load,
	.unload = unload,
	.create = create,
	.destroy = destroy,
	.start = start,
	.end = end,
	.run = run,
};

/* ---- the device ---- */

#define IMAGE(name, text)                                                                          \
	{                                                                                          \
		name, {(const uint8_t *)(text), sizeof(text) - 1}, {NULL, 0}, NULL, true           \
	}

static const struct ocre_shell_image images[] = {
	IMAGE("a", "a guest"),
	IMAGE("an-image-with-a-name-that-is-longer-than-most-of-the-others-64", "one more"),
	IMAGE("bad", "?"),
};

static const char board[] = "gpio 0/13 name=led0\ngpio 0/2 name=button\n"
			    "sensor room channel=ambient_temp value=21.5\n";

struct device {
	struct ocre_shell shell;
	struct ocre_shell_input input;
	struct ocre_ymodem ymodem;
	struct ocre_ymodem_sink sink;
	bool receiving;
	uint32_t printed; /* bytes */
	uint32_t size;	  /* of the file, as announced */
	uint32_t got;
	bool begun;
};

static void print(void *ctx, const char *text)
{
	struct device *d = ctx;

	for (; *text != '\0'; text++) {
		REQUIRE((unsigned char)*text >= ' ' || strchr("\n\t\b", *text) != NULL);
		REQUIRE(*text != 0x7f);
		d->printed++;
	}
}

static int receive(struct ocre_shell *shell, char **words, uint32_t count)
{
	struct device *d = shell->user;

	(void)words;
	(void)count;
	d->receiving = true;
	ocre_ymodem_start(&d->ymodem, clock_ns);
	return 0;
}

static const struct ocre_shell_command more[] = {{"receive", "", "", 0, 0, receive}};

static void answer(void *ctx, const void *data, size_t size)
{
	(void)ctx;
	REQUIRE(size > 0 && memchr(data, 0, size) == NULL);
}

static int on_begin(void *ctx, const char *name, uint32_t size, struct ocre_diag *diag)
{
	struct device *d = ctx;

	REQUIRE(!d->begun && strlen(name) <= OCRE_YMODEM_NAME && strchr(name, '/') == NULL);
	if (size > 5000) {
		return ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET, "%s: too large", name);
	}
	d->begun = true;
	d->size = size;
	d->got = 0;
	return OCRE_OK;
}

static int on_add(void *ctx, const void *data, size_t size, struct ocre_diag *diag)
{
	struct device *d = ctx;
	uint8_t last;

	(void)diag;
	REQUIRE(d->begun && size > 0 && size <= d->size - d->got);
	memcpy(&last, (const uint8_t *)data + size - 1, 1);
	d->got += (uint32_t)size;
	return last == 'F' ? OCRE_E_IO : OCRE_OK;
}

static int on_end(void *ctx, struct ocre_diag *diag)
{
	struct device *d = ctx;

	(void)diag;
	REQUIRE(d->begun && d->got == d->size);
	d->begun = false;
	return d->size % 2 == 0 ? OCRE_OK : OCRE_E_INVALID;
}

static void on_abort(void *ctx)
{
	struct device *d = ctx;

	REQUIRE(d->begun);
	d->begun = false;
}

static void type(struct device *d, char byte)
{
	uint32_t before;
	int rc;

	if (!ocre_shell_take(&d->shell, &d->input, byte)) {
		return;
	}
	REQUIRE(strlen(d->input.line) < OCRE_SHELL_LINE);
	before = d->printed;
	rc = ocre_shell_line(&d->shell, d->input.line);
	REQUIRE(rc >= 0 && rc <= 2);
	REQUIRE(rc == 0 || d->printed > before);
}

static void transfer(struct device *d, uint8_t byte)
{
	REQUIRE(ocre_ymodem_take(&d->ymodem, &byte, 1, clock_ns) == 1);
	clock_ns += byte == 0xfe ? 2000 * MS : MS;
	ocre_ymodem_tick(&d->ymodem, clock_ns);
	d->receiving = d->ymodem.state == OCRE_YMODEM_RUNS;
	REQUIRE(d->receiving || !d->begun);
	REQUIRE(d->ymodem.state != OCRE_YMODEM_FAILED || d->ymodem.diag.text[0] != '\0');
}

/* The sender is gone: a transfer ends by itself. */
static void hang_up(struct device *d)
{
	for (int i = 0; i < 100 && d->ymodem.state == OCRE_YMODEM_RUNS && d->receiving; i++) {
		clock_ns += 1000 * MS;
		ocre_ymodem_tick(&d->ymodem, clock_ns);
	}
	REQUIRE(!d->receiving || d->ymodem.state != OCRE_YMODEM_RUNS);
	REQUIRE(!d->begun);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct device device;
	struct device *d = &device;
	struct ocre_port_ops ops = ocre_port_none_ops;
	const struct ocre_port port = {.ops = &ops};
	const struct ocre_driver_choice driver = {&fake, NULL};
	const struct ocre_context_config config = {
		.resize = heap_resize,
		.port = &port,
		.drivers = &driver,
		.driver_count = 1,
		.max_containers = 4,
	};
	struct ocre_mem mem;
	struct ocre_sim *sim;

	ops.clock_now = clock_now;
	ops.wait = wait_until;
	ops.wake = wake;
	clock_ns = 1000 * MS;
	memset(d, 0, sizeof(*d));
	ocre_mem_init(&mem, heap_resize, NULL, SIZE_MAX);
	REQUIRE(ocre_sim_create(&mem, &port,
				(struct ocre_bytes){(const uint8_t *)board, sizeof(board) - 1},
				&sim, NULL) == OCRE_OK);
	d->shell.mem = &mem;
	d->shell.board = ocre_sim_board(sim);
	d->shell.images = images;
	d->shell.image_count = sizeof(images) / sizeof(images[0]);
	d->shell.print = print;
	d->shell.print_ctx = d;
	d->shell.more = more;
	d->shell.more_count = 1;
	d->shell.user = d;
	d->sink = (struct ocre_ymodem_sink){on_begin, on_add, on_end, on_abort, d};
	d->ymodem.sink = &d->sink;
	d->ymodem.send = answer;
	REQUIRE(ocre_context_open(&config, &d->shell.context, NULL) == OCRE_OK);
	for (size_t i = 0; i < size; i++) {
		if (d->receiving) {
			transfer(d, data[i]);
		} else {
			type(d, (char)data[i]);
		}
	}
	if (d->receiving) {
		hang_up(d);
	}
	ocre_context_close(d->shell.context);
	ocre_sim_destroy(sim);
	REQUIRE(mem.used == 0);
	return 0;
}

#ifdef OCRE_NO_FUZZER
#include "replay.h"
#endif
