/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.c - OCRE_BOARD=FILE is a simulated board, described in that file; OCRE_BOARD=linux, or
 * linux:CHIP,CHIP..., is the machine's own: its sensors, and the GPIO chips that are named.
 */
#include <string.h>

#include <ocre/platform/log.h>

#include "board.h"

LOG_MODULE_DECLARE(ocre_core);

#define MOST_CHIPS 16u
#define MOST_BYTES (1024u * 1024u) /* of a description */

/* ---- simulated ---- */

/* So that an LED is seen to blink though the program does not look. */
static void tell(void *arg, const struct ocre_sim_pin *pin)
{
	(void)arg;
	if (pin->use == OCRE_SIM_OUTPUT) {
		LOG_INF("board: pin %u/%u %s is %d", (unsigned int)pin->port,
			(unsigned int)pin->pin, pin->name != NULL ? pin->name : "", pin->level);
	}
}

static int open_sim(struct ocre__board *b, const char *path, const struct ocre_port *port,
		    struct ocre_diag *diag)
{
	struct ocre_port_file file = {0};
	struct ocre_diag inner = {0};
	int rc = port->ops->file_load(port->ctx, path, false, MOST_BYTES, &file);

	if (rc != 0) {
		return ocre_diag_set(diag, rc == -OCRE_ERRNO_NOENT ? OCRE_E_NOTFOUND : OCRE_E_IO,
				     OCRE_NO_OFFSET,
				     "OCRE_BOARD=%s: %s; name a description of a board "
				     "(docs/board.md), or linux:CHIP",
				     path,
				     rc == -OCRE_ERRNO_NOENT  ? "there is no such file"
				     : rc == -OCRE_ERRNO_FBIG ? "it has more than 1 MiB"
							      : "it cannot be read");
	}
	rc = ocre_sim_create(&b->mem, port, file.bytes, &b->sim, &inner);
	port->ops->file_unload(port->ctx, &file);
	if (rc < 0) {
		return ocre_diag_set(diag, rc, inner.offset, "OCRE_BOARD=%s: %s", path, inner.text);
	}
	ocre_sim_on_change(b->sim, tell, NULL);
	b->board = ocre_sim_board(b->sim);
	return OCRE_OK;
}

/* ---- of Linux ---- */

#ifdef OCRE_WITH_LINUX_BOARDS
/* `chips` has the names, a comma between two; it is changed. */
static int open_chips(struct ocre__board *b, char *chips, struct ocre_diag *diag)
{
	const char *list[MOST_CHIPS];
	struct ocre_gpiod_config config = {.chips = list};

	while (chips != NULL) {
		char *comma = strchr(chips, ',');

		if (comma != NULL) {
			*comma++ = '\0';
		}
		if (config.chip_count == MOST_CHIPS) {
			return ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET,
					     "more than %u GPIO chips", MOST_CHIPS);
		}
		list[config.chip_count++] = chips;
		chips = comma;
	}
	return ocre_gpiod_create(&b->mem, &config, &b->gpiod, diag);
}

static int open_linux(struct ocre__board *b, const char *chips, struct ocre_diag *diag)
{
	uint32_t count = 0;
	int rc = ocre_iio_create(&b->mem, NULL, &b->iio, diag);

	if (rc == OCRE_OK && chips != NULL) {
		size_t size = strlen(chips) + 1;
		char *copy = ocre_mem_alloc(&b->mem, size);

		if (copy == NULL) {
			return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
		}
		memcpy(copy, chips, size);
		rc = open_chips(b, copy, diag);
		ocre_mem_free(&b->mem, copy, size);
	}
	if (rc < 0) {
		return rc;
	}
	if (b->gpiod != NULL) {
		b->parts[count++] = ocre_gpiod_board(b->gpiod);
	}
	b->parts[count++] = ocre_iio_board(b->iio);
	ocre_boards_init(&b->both, b->parts, count);
	b->board = &b->both.board;
	return OCRE_OK;
}

static void close_linux(struct ocre__board *b)
{
	if (b->gpiod != NULL) {
		ocre_gpiod_destroy(b->gpiod);
	}
	if (b->iio != NULL) {
		ocre_iio_destroy(b->iio);
	}
}
#else
static int open_linux(struct ocre__board *b, const char *chips, struct ocre_diag *diag)
{
	(void)b;
	(void)chips;
	return ocre_diag_set(diag, OCRE_E_UNSUPPORTED, OCRE_NO_OFFSET,
			     "this library was built without the boards of Linux");
}

static void close_linux(struct ocre__board *b)
{
	(void)b;
}
#endif

/* ---- either ---- */

int ocre__board_open(struct ocre__board *b, const char *what, const struct ocre_port *port,
		     struct ocre_diag *diag)
{
	static const char word[] = "linux";
	size_t size = sizeof(word) - 1;
	struct ocre_diag inner = {0};
	int rc;

	if (strncmp(what, word, size) != 0 || (what[size] != '\0' && what[size] != ':')) {
		return open_sim(b, what, port, diag);
	}
	rc = open_linux(b, what[size] == ':' ? what + size + 1 : NULL, &inner);
	if (rc < 0) {
		ocre__board_close(b);
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "OCRE_BOARD=%s: %s", what,
				     inner.text);
	}
	return OCRE_OK;
}

void ocre__board_close(struct ocre__board *b)
{
	close_linux(b);
	ocre_sim_destroy(b->sim);
	b->gpiod = NULL;
	b->iio = NULL;
	b->sim = NULL;
	b->board = NULL;
}
