/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - mcu-demo: containers from flash on a microcontroller without an operating system, and a
 * shell on its serial line. A publisher and a subscriber that talk, an LED of a simulated board
 * that blinks, a guest that behaves badly, and one that keeps a file where there is flash that can
 * be written. Begin with `help`.
 */
#include <string.h>

#include <ocre/core.h>
#include <ocre/driver_wasm.h>
#include <ocre/port_files.h>
#include <ocre/providers.h>
#include <ocre/shell.h>

#include "machines.h"
#include "storage.h"

/* From ocre_flash_guest(). */
extern const struct ocre_flash_image publisher, subscriber, blinky, rogue, counter;

static const char board_text[] = "gpio 0/13 name=led0\n"
				 "gpio 0/2 name=button\n"
				 "sensor room channel=ambient_temp value=21.5\n";

#define FLASH_IMAGES 5
#define CONSOLE_TURN 128

/* Of guests that do not say in their ocre.config how much they need. */
#define GUEST_STACK (4u * 1024)

/* What the files of one container may take in flash. */
#define FILES_QUOTA (16u * 1024)

struct firmware {
	const struct ocre_machine *machine;
	struct ocre_pool pool;
	struct ocre_port_bare bare;
	struct ocre_mem mem; /* of the board and the shell */
	struct ocre_sim *sim;
	struct ocre_provider_choice providers[5];
	struct ocre_wasm_config wasm;
	struct ocre_shell_image images[FLASH_IMAGES + STORAGE_IMAGES];
	struct ocre_shell shell;
	struct ocre_shell_input input;
	struct storage storage;
	struct ocre_files files; /* of containers, in that storage */
	struct ocre_ymodem ymodem;
	bool receiving;
	bool asking; /* the prompt is there, and what is typed */
};

static void print(void *ctx, const char *text)
{
	const struct firmware *f = ctx;
	const char *end;

	/* A terminal wants CR LF. */
	while ((end = strchr(text, '\n')) != NULL) {
		f->machine->write(text, (size_t)(end - text));
		f->machine->write("\r\n", 2);
		text = end + 1;
	}
	f->machine->write(text, strlen(text));
}

static void prompt(struct firmware *f)
{
	f->input.line[f->input.size] = '\0';
	print(f, "> ");
	print(f, f->input.line);
	f->asking = true;
}

/* Above the prompt. Not into a transfer: `ps` and `logs` have it, too. */
static void log_line(void *ctx, int level, const char *text)
{
	struct firmware *f = ctx;

	if (level > 2 || f->receiving) {
		return;
	}
	print(f, f->asking ? "\r\033[Kocre: " : "ocre: ");
	print(f, text);
	print(f, "\n");
	if (f->asking) {
		prompt(f);
	}
}

static void die(struct firmware *f, const char *what, const struct ocre_diag *diag)
{
	print(f, what);
	print(f, ": ");
	print(f, diag->text);
	print(f, "\n");
	f->machine->halt(1);
}

static void device(struct ocre_shell *shell)
{
	struct firmware *f = shell->user;
	size_t size;
	size_t peak = f->machine->stack_peak(&size);

	ocre_shell_print(shell, "RAM ");
	ocre_shell_print_number(shell, f->pool.used);
	ocre_shell_print(shell, " of ");
	ocre_shell_print_number(shell, f->pool.size);
	ocre_shell_print(shell, ", at most ");
	ocre_shell_print_number(shell, f->pool.peak);
	ocre_shell_print(shell, "; native stack at most ");
	ocre_shell_print_number(shell, peak);
	ocre_shell_print(shell, " of ");
	ocre_shell_print_number(shell, size);
	ocre_shell_print(shell, "\n");
}

/* What each may do is in its section ocre.config: who fills the flash decides. */
static void add_image(struct firmware *f, const char *name, const struct ocre_flash_image *image)
{
	struct ocre_shell_image *to = &f->images[f->shell.image_count++];

	to->name = name;
	to->bytes = image->bytes;
	to->code = image->code;
	to->own_grants = true;
}

static void add_provider(struct firmware *f, const struct ocre_host_provider *provider,
			 const void *config)
{
	struct ocre_provider_choice *to = &f->providers[f->wasm.provider_count++];

	to->provider = provider;
	to->config = config;
}

static void open_context(struct firmware *f)
{
	const struct ocre_driver_choice driver = {.driver = &ocre_driver_wasm, .config = &f->wasm};
	const struct ocre_context_config config = {
		.resize = ocre_pool_resize,
		.resize_ctx = &f->pool,
		.port = &f->bare.port,
		.drivers = &driver,
		.driver_count = 1,
		.memory_limit = f->pool.size, /* so that none takes more of it than it needs */
		.workdir = f->storage.hardware != NULL ? "/" : NULL,
		.honest_exit_codes = true,
		.log = log_line,
		.log_ctx = f,
	};
	struct ocre_diag diag = {0};

	if (ocre_sim_create(
		    &f->mem, &f->bare.port,
		    (struct ocre_bytes){(const uint8_t *)board_text, sizeof(board_text) - 1},
		    &f->sim, &diag) != OCRE_OK) {
		die(f, "the board", &diag);
	}
	f->shell.board = ocre_sim_board(f->sim);
	add_provider(f, &ocre_provider_wasi, NULL);
	add_provider(f, &ocre_provider_event, NULL);
	add_provider(f, &ocre_provider_messaging, NULL);
	add_provider(f, &ocre_provider_gpio, f->shell.board);
	add_provider(f, &ocre_provider_sensor, f->shell.board);
	f->wasm.providers = f->providers;
	if (ocre_context_open(&config, &f->shell.context, &diag) != OCRE_OK) {
		die(f, "the context", &diag);
	}
}

/* ---- images over the console ---- */

static int no_storage(struct ocre_shell *shell)
{
	ocre_shell_print(shell, "this machine has no flash that can be written\n");
	return 1;
}

/* Containers run from where the images are: none may be there when images come and go. */
static bool nobody_uses(struct firmware *f)
{
	struct ocre_container *containers[32];
	uint32_t n = ocre_container_list(f->shell.context, containers, 32);
	struct ocre_container_info info;
	uint32_t i, k;

	for (i = 0; i < n && i < 32; i++) {
		for (k = 0; k < f->storage.count; k++) {
			if (ocre_container_get_info(containers[i], &info) == OCRE_OK &&
			    strcmp(info.image, f->storage.names[k]) == 0) {
				ocre_shell_print(&f->shell, info.id);
				ocre_shell_print(
					&f->shell,
					": `kill` and `rm` it first: its image is in the store\n");
				return false;
			}
		}
	}
	return true;
}

static void list_storage(struct firmware *f)
{
	storage_release(&f->storage);
	f->shell.image_count = storage_list(&f->storage);
}

static void say_of_image(void *ctx, const char *name, const char *text)
{
	print(ctx, name);
	print(ctx, ": ");
	print(ctx, text);
	print(ctx, "\n");
}

static int cmd_receive(struct ocre_shell *shell, char **words, uint32_t count)
{
	struct firmware *f = shell->user;

	(void)words;
	(void)count;
	if (f->storage.hardware == NULL) {
		return no_storage(shell);
	}
	if (!nobody_uses(f)) {
		return 1;
	}
	ocre_shell_print(shell, "send a module by YMODEM now; Ctrl-C gives up\n");
	storage_release(&f->storage);
	f->shell.image_count = FLASH_IMAGES;
	f->receiving = true;
	ocre_ymodem_start(&f->ymodem, f->machine->now());
	return 0;
}

static int cmd_rmi(struct ocre_shell *shell, char **words, uint32_t count)
{
	struct firmware *f = shell->user;
	int rc;

	(void)count;
	if (f->storage.hardware == NULL) {
		return no_storage(shell);
	}
	if (!nobody_uses(f)) {
		return 1;
	}
	rc = ocre_image_store_remove(&f->storage.store, OCRE_STORE_IMAGE, words[1]);
	if (rc != OCRE_OK) {
		say_of_image(f, words[1],
			     rc == OCRE_E_NOTFOUND ? "no such image in the store"
						   : ocre_status_text(rc));
		return 1;
	}
	list_storage(f);
	return 0;
}

static int cmd_reset(struct ocre_shell *shell, char **words, uint32_t count)
{
	struct firmware *f = shell->user;

	(void)words;
	(void)count;
	if (f->machine->reset == NULL) {
		ocre_shell_print(shell, "this machine cannot\n");
		return 1;
	}
	f->machine->reset();
	return 0;
}

/* Ends the program, which only an emulator can take. */
static int cmd_halt(struct ocre_shell *shell, char **words, uint32_t count)
{
	struct firmware *f = shell->user;

	(void)words;
	(void)count;
	f->machine->halt(0);
	return 0;
}

static const struct ocre_shell_command more[] = {
	{"receive", "", "take an image from the console (YMODEM)", 0, 0, cmd_receive},
	{"rmi", "IMAGE", "remove an image that was received", 1, 1, cmd_rmi},
	{"reset", "", "start the device again", 0, 0, cmd_reset},
	{"halt", "", "end the emulator", 0, 0, cmd_halt},
};

static void send_raw(void *ctx, const void *data, size_t size)
{
	((struct firmware *)ctx)->machine->write(data, size);
}

static void receive(struct firmware *f)
{
	uint8_t data[32];
	size_t size = f->machine->read(data, sizeof(data));

	ocre_ymodem_take(&f->ymodem, data, size, f->machine->now());
	ocre_ymodem_tick(&f->ymodem, f->machine->now());
	if (f->ymodem.state == OCRE_YMODEM_RUNS) {
		return;
	}
	f->receiving = false;
	list_storage(f);
	print(f, "\n");
	print(f, f->ymodem.state == OCRE_YMODEM_DONE ? f->storage.name : f->ymodem.diag.text);
	print(f, f->ymodem.state == OCRE_YMODEM_DONE ? " is in the store\n" : "\n");
	prompt(f);
}

static void open_storage(struct firmware *f)
{
	struct ocre_diag diag = {0};

	if (f->machine->flash == NULL) {
		return;
	}
	f->storage.list = f->images;
	f->storage.own_count = FLASH_IMAGES;
	f->storage.say = say_of_image;
	f->storage.say_ctx = f;
	if (!storage_open(&f->storage, f->machine->flash, &f->mem, &diag)) {
		print(f, "the store: ");
		print(f, diag.text);
		print(f, "\n");
		f->storage.hardware = NULL;
		return;
	}
	f->ymodem.sink = &f->storage.sink;
	f->ymodem.send = send_raw;
	f->ymodem.send_ctx = f;
	list_storage(f);
	ocre_port_files_init(&f->files, &f->bare,
			     &(struct ocre_files_config){
				     .store = &f->storage.store,
				     .mem = &f->mem,
				     .quota = FILES_QUOTA,
			     });
}

/* ---- the console ---- */

/* Of what comes, a part each turn: containers run however much comes. True: there may be more. */
static bool console(struct firmware *f)
{
	uint32_t left = CONSOLE_TURN;
	char byte;

	while (!f->receiving && left > 0 && f->machine->read(&byte, 1) == 1) {
		left--;
		if (ocre_shell_take(&f->shell, &f->input, byte)) {
			f->asking = false;
			ocre_shell_line(&f->shell, f->input.line);
			if (!f->receiving) {
				prompt(f);
			}
		}
	}
	while (f->receiving && left > 0 && f->machine->readable()) {
		left--;
		receive(f);
	}
	return left == 0;
}

int main(void)
{
	static struct firmware firmware;
	struct firmware *f = &firmware;
	size_t size;
	void *memory;

	f->machine = ocre_machine_start();
	memory = f->machine->memory(&size);
	ocre_pool_init(&f->pool, memory, size);
	ocre_port_bare_init(&f->bare, f->machine);
	ocre_mem_init(&f->mem, ocre_pool_resize, &f->pool, SIZE_MAX);
	f->shell.mem = &f->mem;
	f->shell.print = print;
	f->shell.print_ctx = f;
	f->shell.device = device;
	f->shell.user = f;
	f->shell.more = more;
	f->shell.more_count = sizeof(more) / sizeof(more[0]);
	f->shell.images = f->images;
	f->shell.stack_size = GUEST_STACK;
	add_image(f, "publisher", &publisher);
	add_image(f, "subscriber", &subscriber);
	add_image(f, "blinky", &blinky);
	add_image(f, "rogue", &rogue);
	add_image(f, "counter", &counter);
	open_storage(f);
	open_context(f);

	print(f, "Ocre on ");
	print(f, f->machine->name);
	print(f, ". `help` lists the commands.\n");
	prompt(f);
	for (;;) {
		uint64_t next = ocre_core_poll(f->shell.context, 20000);

		if (console(f)) {
			continue;
		}
		if (f->receiving) {
			receive(f);
			next = next < f->ymodem.deadline_ns ? next : f->ymodem.deadline_ns;
		}
		f->bare.port.ops->wait(f->bare.port.ctx, NULL, 0, next, NULL);
	}
	return 0;
}
