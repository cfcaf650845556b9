/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - one line, one command. */
#include <string.h>

#include <ocre/config_section.h>

#include "internal.h"

#define WORDS	   12
#define CONTAINERS 32 /* that `ps` and `stats` list */

enum {
	DONE,
	FAILED,
	USAGE,
};

static int fail(struct ocre_shell *shell, const char *what, const char *why)
{
	ocre__shell_text(shell, what, strlen(what));
	ocre_shell_print(shell, ": ");
	ocre__shell_text(shell, why, strlen(why));
	ocre_shell_print(shell, "\n");
	return FAILED;
}

static int status(struct ocre_shell *shell, const char *what, int rc)
{
	return rc == OCRE_OK ? DONE : fail(shell, what, ocre_status_text(rc));
}

static struct ocre_container *find(struct ocre_shell *shell, const char *id)
{
	struct ocre_container *container = ocre_container_find(shell->context, id);

	if (container == NULL) {
		fail(shell, id, "no such container; `ocre ps` lists them");
	}
	return container;
}

/* ---- looking ---- */

static const char *state_of(const struct ocre_container_info *info)
{
	if (info->unresponsive) {
		return "UNRESPONSIVE";
	}
	return info->restarting ? "RESTARTING" : ocre_state_name(info->state);
}

static void ps_line(struct ocre_shell *shell, struct ocre_container *container)
{
	struct ocre_container_info info;

	if (ocre_container_get_info(container, &info) != OCRE_OK) {
		return;
	}
	ocre__shell_column(shell, info.id, 16);
	ocre__shell_column(shell, info.image, 16);
	ocre__shell_column(shell, state_of(&info), 13);
	switch (info.end.end) {
	case OCRE_END_NONE:
		break;
	case OCRE_END_EXIT:
		ocre_shell_print(shell, "status ");
		ocre_shell_print_number(shell, (uint32_t)info.end.code);
		break;
	default: {
		const char *line_end = strchr(info.end.text, '\n');
		size_t size = line_end != NULL ? (size_t)(line_end - info.end.text)
					       : strlen(info.end.text);

		ocre__shell_text(shell, size > 0 ? info.end.text : "killed", size > 0 ? size : 6);
		break;
	}
	}
	ocre_shell_print(shell, "\n");
}

static int cmd_ps(struct ocre_shell *shell, char **words, uint32_t count)
{
	struct ocre_container *all[CONTAINERS];
	uint32_t n = ocre_container_list(shell->context, all, CONTAINERS);
	uint32_t i;

	(void)words;
	(void)count;
	ocre_shell_print(shell, "CONTAINER       IMAGE           STATE        END\n");
	for (i = 0; i < n && i < CONTAINERS; i++) {
		ps_line(shell, all[i]);
	}
	if (n > CONTAINERS) {
		ocre_shell_print(shell, "... and more\n");
	}
	return DONE;
}

static int cmd_images(struct ocre_shell *shell, char **words, uint32_t count)
{
	uint32_t i;

	(void)words;
	(void)count;
	ocre_shell_print(shell, "IMAGE           SIZE    PREPARED\n");
	for (i = 0; i < shell->image_count; i++) {
		ocre__shell_column(shell, shell->images[i].name, 16);
		ocre__shell_number_column(shell, shell->images[i].bytes.size, 8);
		ocre_shell_print_number(shell, shell->images[i].code.size);
		ocre_shell_print(shell, "\n");
	}
	return DONE;
}

static int cmd_stats(struct ocre_shell *shell, char **words, uint32_t count)
{
	struct ocre_container *all[CONTAINERS];
	uint32_t n = ocre_container_list(shell->context, all, CONTAINERS);
	struct ocre_container_stats stats;
	struct ocre_container_info info;
	uint32_t i;

	(void)words;
	(void)count;
	ocre_shell_print(shell, "CONTAINER       MEMORY  PEAK    BUDGET      CPU s   EVENTS\n");
	for (i = 0; i < n && i < CONTAINERS; i++) {
		if (ocre_container_get_info(all[i], &info) != OCRE_OK ||
		    ocre_container_get_stats(all[i], &stats) != OCRE_OK) {
			continue;
		}
		ocre__shell_column(shell, info.id, 16);
		ocre__shell_number_column(shell, stats.memory, 8);
		ocre__shell_number_column(shell, stats.memory_peak, 8);
		ocre__shell_number_column(shell, stats.budget, 12);
		ocre__shell_time(shell, stats.cpu_ns);
		ocre_shell_print(shell, "   ");
		ocre_shell_print_number(shell, stats.events);
		ocre_shell_print(shell, "\n");
	}
	if (shell->device != NULL) {
		shell->device(shell);
	}
	return DONE;
}

static int cmd_logs(struct ocre_shell *shell, char **words, uint32_t count)
{
	struct ocre_container *container = find(shell, words[1]);
	struct ocre_log_entry entry = {.number = 0};

	(void)count;
	if (container == NULL) {
		return FAILED;
	}
	while (ocre_container_read_log(container, entry.number, 0, &entry) == OCRE_OK) {
		ocre__shell_time(shell, entry.time_ns);
		ocre_shell_print(shell, entry.stream == 0   ? " ! "
					: entry.stream == 2 ? " 2 "
							    : "   ");
		ocre__shell_text(shell, entry.text, entry.size);
		if (entry.size == 0 || entry.text[entry.size - 1] != '\n') {
			ocre_shell_print(shell, "\n");
		}
	}
	return DONE;
}

/* ---- doing ---- */

static int start(struct ocre_shell *shell, struct ocre_container *container, const char *id)
{
	struct ocre_diag diag = {0};
	int rc = ocre_core_start(container, &diag);

	return rc == OCRE_OK ? DONE : fail(shell, id, diag.text);
}

/*
 * The image's name, or name-2 and so on when there is a container of that name. Containers have
 * small letters only.
 */
static void choose_id(struct ocre_shell *shell, const char *name, char *id, size_t size)
{
	size_t n;
	uint32_t number = 1;

	for (n = 0; name[n] != '\0' && n + 4 < size; n++) {
		bool large = name[n] >= 'A' && name[n] <= 'Z';

		id[n] = (char)(name[n] + (large ? 'a' - 'A' : 0));
	}
	id[n] = '\0';
	while (ocre_container_find(shell->context, id) != NULL && number < 99) {
		number++;
		id[n] = '-';
		if (number >= 10) {
			id[n + 1] = (char)('0' + number / 10);
			id[n + 2] = (char)('0' + number % 10);
			id[n + 3] = '\0';
		} else {
			id[n + 1] = (char)('0' + number);
			id[n + 2] = '\0';
		}
	}
}

/* Make a container and start it. What the line says goes before what the image says. */
static int create(struct ocre_shell *shell, const struct ocre_shell_image *image, const char *id,
		  const char *const *args)
{
	struct ocre_bytes text = ocre_config_section_find(image->bytes);
	struct ocre_config_section section;
	struct ocre_container *container;
	struct ocre_container_config config;
	struct ocre_diag diag = {0};
	int rc;

	memset(&config, 0, sizeof(config));
	config.id = id;
	config.image = image->name;
	config.bytes = image->bytes;
	config.code = image->code;
	config.args = args;
	config.grants = image->grants;
	/* The console is the shell's; what guests write is read by `logs`. */
	config.stdio_set = true;
	config.stdio[0] = config.stdio[1] = config.stdio[2] = -1;
	rc = ocre_config_section_apply(text, image->own_grants, shell->mem, &config, &section,
				       &diag);
	config.stack_size = config.stack_size == 0 ? shell->stack_size : config.stack_size;
	if (rc == OCRE_OK) {
		rc = ocre_container_create(shell->context, &config, &container, &diag);
	}
	ocre_config_section_free(&section);
	if (rc != OCRE_OK) {
		return fail(shell, image->name, diag.text);
	}
	if (start(shell, container, id) != DONE) {
		ocre_container_remove(container);
		return FAILED;
	}
	ocre_shell_print(shell, id);
	ocre_shell_print(shell, "\n");
	return DONE;
}

static int cmd_run(struct ocre_shell *shell, char **words, uint32_t count)
{
	const struct ocre_shell_image *image = NULL;
	const char *args[WORDS];
	char id[40];
	uint32_t i;

	for (i = 0; i < shell->image_count && image == NULL; i++) {
		if (strcmp(shell->images[i].name, words[1]) == 0) {
			image = &shell->images[i];
		}
	}
	if (image == NULL) {
		return fail(shell, words[1], "no such image; `ocre images` lists them");
	}
	for (i = 2; i < count; i++) {
		args[i - 2] = words[i];
	}
	args[count - 2] = NULL;
	choose_id(shell, image->name, id, sizeof(id));
	return create(shell, image, id, count > 2 ? args : NULL);
}

static int cmd_start(struct ocre_shell *shell, char **words, uint32_t count)
{
	struct ocre_container *container = find(shell, words[1]);

	(void)count;
	return container == NULL ? FAILED : start(shell, container, words[1]);
}

/* Those that need a container and nothing else. */
static int simple(struct ocre_shell *shell, const char *id, int (*fn)(struct ocre_container *))
{
	struct ocre_container *container = find(shell, id);
	struct ocre_container_info info;
	int rc;

	if (container == NULL) {
		return FAILED;
	}
	rc = fn(container);
	if (rc == OCRE_E_STATE && ocre_container_get_info(container, &info) == OCRE_OK) {
		ocre_shell_print(shell, id);
		ocre_shell_print(shell, ": not possible while it is ");
		ocre_shell_print(shell, state_of(&info));
		ocre_shell_print(shell, "\n");
		return FAILED;
	}
	return status(shell, id, rc);
}

#define SIMPLE(name, call)                                                                         \
	static int cmd_##name(struct ocre_shell *shell, char **words, uint32_t count)              \
	{                                                                                          \
		(void)count;                                                                       \
		return simple(shell, words[1], call);                                              \
	}
SIMPLE(stop, ocre_core_stop)
SIMPLE(kill, ocre_core_kill)
SIMPLE(pause, ocre_core_pause)
SIMPLE(unpause, ocre_core_unpause)
SIMPLE(rm, ocre_container_remove)
#undef SIMPLE

/* ---- pins and sensors ---- */

/* "7" or "7/3" of a pin or a number below 2^32. */
static const char *number(const char *text, uint32_t *out)
{
	uint64_t value = 0;
	size_t digits = ocre_decimal(text, SIZE_MAX, UINT32_MAX, &value);

	*out = (uint32_t)value;
	return digits > 0 ? text + digits : NULL;
}

static bool is_pin(const struct ocre_pin_info *pin, const char *text)
{
	uint32_t port, n;
	const char *rest;

	if (pin->name != NULL && strcmp(pin->name, text) == 0) {
		return true;
	}
	rest = number(text, &port);
	if (rest == NULL || *rest != '/') {
		return false;
	}
	rest = number(rest + 1, &n);
	return rest != NULL && *rest == '\0' && port == pin->port && n == pin->pin;
}

static int list_pins(struct ocre_shell *shell, const struct ocre_sim *sim, const char *only)
{
	const struct ocre_board *board = shell->board;
	uint32_t count = board->ops->pin_count(board->ctx);
	bool any = false;
	uint32_t i;

	for (i = 0; i < count; i++) {
		struct ocre_pin_info pin;
		struct ocre_sim_pin now;

		board->ops->pin_info(board->ctx, i, &pin);
		if (only != NULL && !is_pin(&pin, only)) {
			continue;
		}
		any = true;
		ocre_shell_print_number(shell, pin.port);
		ocre_shell_print(shell, "/");
		ocre__shell_number_column(shell, pin.pin, 6);
		ocre__shell_column(shell, pin.name != NULL ? pin.name : "-", 12);
		if (sim != NULL && ocre_sim_pin_get((struct ocre_sim *)(uintptr_t)sim, pin.port,
						    pin.pin, &now) == OCRE_OK) {
			ocre__shell_column(shell,
					   now.use == OCRE_SIM_OUTPUT  ? "output"
					   : now.use == OCRE_SIM_INPUT ? "input"
								       : "unused",
					   8);
			ocre_shell_print(shell, now.level ? "1" : "0");
		}
		ocre_shell_print(shell, "\n");
	}
	return any || only == NULL ? DONE
				   : fail(shell, only, "no such pin; `ocre gpio` lists them");
}

static int cmd_gpio(struct ocre_shell *shell, char **words, uint32_t count)
{
	struct ocre_sim *sim = shell->board != NULL ? ocre_sim_of(shell->board) : NULL;
	const struct ocre_board *board = shell->board;
	uint32_t i;

	if (board == NULL || board->ops->pin_count(board->ctx) == 0) {
		return fail(shell, "gpio", "this device has no pins");
	}
	if (count <= 2) {
		return list_pins(shell, sim, count == 2 ? words[1] : NULL);
	}
	if (sim == NULL) {
		return fail(shell, words[1], "only pins of a simulated board can be set from here");
	}
	if (strcmp(words[2], "0") != 0 && strcmp(words[2], "1") != 0) {
		return fail(shell, words[2], "a level is 0 or 1");
	}
	for (i = 0; i < board->ops->pin_count(board->ctx); i++) {
		struct ocre_pin_info pin;

		board->ops->pin_info(board->ctx, i, &pin);
		if (is_pin(&pin, words[1])) {
			return status(shell, words[1],
				      ocre_sim_pin_set(sim, pin.port, pin.pin, words[2][0] == '1'));
		}
	}
	return fail(shell, words[1], "no such pin; `ocre gpio` lists them");
}

static int cmd_sensor(struct ocre_shell *shell, char **words, uint32_t count)
{
	const struct ocre_board *board = shell->board;
	uint32_t i, k;

	(void)words;
	(void)count;
	if (board == NULL || board->ops->sensor_count(board->ctx) == 0) {
		return fail(shell, "sensor", "this device has no sensors");
	}
	for (i = 0; i < board->ops->sensor_count(board->ctx); i++) {
		struct ocre_sensor_info sensor;

		board->ops->sensor_info(board->ctx, i, &sensor);
		for (k = 0; k < sensor.channel_count; k++) {
			double value;

			ocre__shell_column(shell, sensor.name, 16);
			ocre_shell_print(shell, "channel ");
			ocre__shell_number_column(shell, sensor.channels[k], 4);
			if (board->ops->sensor_read(board->ctx, i, k, &value) == 0) {
				ocre__shell_real(shell, value);
			} else {
				ocre_shell_print(shell, "cannot be read");
			}
			ocre_shell_print(shell, "\n");
		}
	}
	return DONE;
}

/* ---- all of them ---- */

static int cmd_help(struct ocre_shell *shell, char **words, uint32_t count);

static const struct ocre_shell_command commands[] = {
	{"ps", "", "containers", 0, 0, cmd_ps},
	{"images", "", "images that containers can be made from", 0, 0, cmd_images},
	{"run", "IMAGE [ARG...]", "create a container and start it", 1, WORDS - 2, cmd_run},
	{"start", "CONTAINER", "start it again", 1, 1, cmd_start},
	{"stop", "CONTAINER", "ask it to end, kill it after its grace", 1, 1, cmd_stop},
	{"kill", "CONTAINER", "end it at once", 1, 1, cmd_kill},
	{"pause", "CONTAINER", "hold it where it stands", 1, 1, cmd_pause},
	{"unpause", "CONTAINER", "let it go on", 1, 1, cmd_unpause},
	{"rm", "CONTAINER", "remove one that has ended", 1, 1, cmd_rm},
	{"logs", "CONTAINER", "what it wrote last", 1, 1, cmd_logs},
	{"stats", "", "memory, budget and time of containers", 0, 0, cmd_stats},
	{"gpio", "[PIN [0|1]]", "pins; press a button of a simulated board", 0, 2, cmd_gpio},
	{"sensor", "", "what sensors measure", 0, 0, cmd_sensor},
	{"help", "", "this list", 0, 0, cmd_help},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help_line(struct ocre_shell *shell, const struct ocre_shell_command *c)
{
	ocre__shell_column(shell, c->name, 8);
	ocre__shell_column(shell, c->arguments, 16);
	ocre_shell_print(shell, c->help);
	ocre_shell_print(shell, "\n");
}

static int cmd_help(struct ocre_shell *shell, char **words, uint32_t count)
{
	size_t i;

	(void)words;
	(void)count;
	for (i = 0; i < COMMANDS; i++) {
		help_line(shell, &commands[i]);
	}
	for (i = 0; i < shell->more_count; i++) {
		help_line(shell, &shell->more[i]);
	}
	return DONE;
}

/* In the order of the tables. */
static const struct ocre_shell_command *command_at(const struct ocre_shell *shell, uint32_t index)
{
	if (index < COMMANDS) {
		return &commands[index];
	}
	return index - COMMANDS < shell->more_count ? &shell->more[index - COMMANDS] : NULL;
}

static const struct ocre_shell_command *find_command(const struct ocre_shell *shell,
						     const char *name)
{
	const struct ocre_shell_command *c;
	uint32_t i;

	for (i = 0; (c = command_at(shell, i)) != NULL; i++) {
		if (strcmp(c->name, name) == 0) {
			break;
		}
	}
	return c;
}

/* There are few: look for the next name again and again. */
const struct ocre_shell_command *ocre_shell_command(const struct ocre_shell *shell, uint32_t index)
{
	const struct ocre_shell_command *last = NULL;
	const struct ocre_shell_command *c;
	uint32_t i;

	do {
		const struct ocre_shell_command *next = NULL;

		for (i = 0; (c = command_at(shell, i)) != NULL; i++) {
			if ((last == NULL || strcmp(c->name, last->name) > 0) &&
			    (next == NULL || strcmp(c->name, next->name) < 0)) {
				next = c;
			}
		}
		last = next;
	} while (last != NULL && index-- > 0);
	return last;
}

/* Divide a line into words, in place. Returns how many, or WORDS + 1 when there are too many. */
static uint32_t split(char *line, char **words)
{
	uint32_t count = 0;
	char *to;

	for (;;) {
		bool quoted = false;

		while (*line == ' ' || *line == '\t') {
			line++;
		}
		if (*line == '\0') {
			return count;
		}
		if (count == WORDS) {
			return WORDS + 1;
		}
		words[count++] = line;
		for (to = line; *line != '\0' && (quoted || (*line != ' ' && *line != '\t'));
		     line++) {
			if (*line == '"') {
				quoted = !quoted;
			} else {
				*to++ = *line;
			}
		}
		if (*line != '\0') {
			line++;
		}
		*to = '\0';
	}
}

int ocre_shell_words(struct ocre_shell *shell, char **words, uint32_t count)
{
	const struct ocre_shell_command *c;

	if (count > 0 && strcmp(words[0], "ocre") == 0) {
		words++;
		count--;
	}
	if (count == 0) {
		return DONE;
	}
	c = find_command(shell, words[0]);
	if (c == NULL) {
		fail(shell, words[0], "no such command; `ocre help` lists them");
		return USAGE;
	}
	if (count - 1 < c->least || count - 1 > c->most) {
		ocre_shell_print(shell, "usage: ocre ");
		ocre_shell_print(shell, c->name);
		ocre_shell_print(shell, *c->arguments != '\0' ? " " : "");
		ocre_shell_print(shell, c->arguments);
		ocre_shell_print(shell, "\n");
		return USAGE;
	}
	return c->fn(shell, words, count);
}

int ocre_shell_line(struct ocre_shell *shell, char *line)
{
	char *words[WORDS];
	uint32_t count = split(line, words);

	if (count > WORDS) {
		fail(shell, words[0], "too many words");
		return USAGE;
	}
	return ocre_shell_words(shell, words, count);
}
