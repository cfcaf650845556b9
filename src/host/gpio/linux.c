/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.c - the lines of GPIO chips as a board without sensors, by libgpiod (its first API). The
 * kernel tells edges by descriptors; one thread waits for all that are watched. It tells them under
 * the lock, so that none comes after pin_watch has ended it.
 */
#define _GNU_SOURCE
#include <ocre/board.h>

#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define CONSUMER "ocre"

struct line {
	struct gpiod_line *line;
	uint32_t port;
	uint32_t pin;
	char *name; /* or NULL */
	size_t name_size;
	enum ocre_pin_direction direction;
	/* Under the lock. */
	bool claimed;
	bool requested; /* from the kernel */
	ocre_pin_edge_fn edge;
	void *edge_arg;
	uint32_t watch; /* which watch of this line it is; they are counted */
};

struct ocre_gpiod {
	struct ocre_board board;
	struct ocre_mem *mem;
	struct gpiod_chip **chips;
	uint32_t chip_count; /* open */
	uint32_t chip_room;
	struct line *lines;
	uint32_t line_count;
	pthread_mutex_t lock;
	/* What the thread waits for: room for each line and the pipe, used by it alone. */
	struct pollfd *polled;
	struct seen {
		uint32_t line;
		uint32_t watch;
	} * seen;
	pthread_t thread;
	bool running;
	bool stop;    /* under the lock */
	int wakes[2]; /* a pipe: what is waited for has changed */
};

static int status_of(int error)
{
	switch (error) {
	case ENOMEM:
		return OCRE_E_NOMEM;
	case EBUSY:
		return OCRE_E_BUSY;
	case EPERM:
	case EACCES:
		return OCRE_E_ACCESS;
	case ENOENT:
	case ENODEV:
		return OCRE_E_NOTFOUND;
	case ENXIO: /* what the kernel says of edges where a chip has no interrupts */
	case EINVAL:
	case ENOTSUP:
		return OCRE_E_UNSUPPORTED;
	default:
		return OCRE_E_IO;
	}
}

/* ---- the thread that waits for edges ---- */

static void wake(struct ocre_gpiod *g)
{
	char byte = 0;

	/* When the pipe is full it wakes anyway. */
	while (write(g->wakes[1], &byte, 1) < 0 && errno == EINTR) {
	}
}

/* What to wait for now; 0 when there is nothing any more. */
static nfds_t collect(struct ocre_gpiod *g)
{
	nfds_t count = 1;

	pthread_mutex_lock(&g->lock);
	g->polled[0].fd = g->wakes[0];
	g->polled[0].events = POLLIN;
	for (uint32_t i = 0; i < g->line_count && !g->stop; i++) {
		if (g->lines[i].edge == NULL) {
			continue;
		}
		g->polled[count].fd = gpiod_line_event_get_fd(g->lines[i].line);
		g->polled[count].events = POLLIN;
		g->seen[count].line = i;
		g->seen[count].watch = g->lines[i].watch;
		count++;
	}
	if (g->stop) {
		count = 0;
	}
	pthread_mutex_unlock(&g->lock);
	return count;
}

/* Something is to be read from this one, if it is still the same watch. */
static void tell(struct ocre_gpiod *g, const struct seen *seen)
{
	struct line *line = &g->lines[seen->line];
	struct gpiod_line_event event;

	pthread_mutex_lock(&g->lock);
	if (line->edge != NULL && line->watch == seen->watch) {
		if (gpiod_line_event_read(line->line, &event) == 0) {
			line->edge(line->edge_arg,
				   event.event_type == GPIOD_LINE_EVENT_RISING_EDGE);
		} else {
			line->edge = NULL; /* the chip is gone: not to be asked again and again */
		}
	}
	pthread_mutex_unlock(&g->lock);
}

static void *wait_for_edges(void *arg)
{
	struct ocre_gpiod *g = (struct ocre_gpiod *)arg;
	nfds_t count;

	while ((count = collect(g)) != 0) {
		char drained[64];

		if (poll(g->polled, count, -1) < 0) {
			continue;
		}
		if (g->polled[0].revents != 0) {
			while (read(g->wakes[0], drained, sizeof(drained)) > 0) {
			}
		}
		for (nfds_t i = 1; i < count; i++) {
			if (g->polled[i].revents != 0) {
				tell(g, &g->seen[i]);
			}
		}
	}
	return NULL;
}

/* With all signals blocked, which are the application's. Under the lock. */
static int start_thread(struct ocre_gpiod *g)
{
	sigset_t all;
	sigset_t before;
	int error;

	if (g->running) {
		return OCRE_OK;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&g->thread, NULL, wait_for_edges, g);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	g->running = error == 0;
	return g->running ? OCRE_OK : OCRE_E_NOMEM;
}

/* ---- lines; all under the lock ---- */

static void give_up(struct ocre_gpiod *g, struct line *line)
{
	if (line->edge != NULL) {
		line->edge = NULL;
		wake(g);
	}
	if (line->requested) {
		gpiod_line_release(line->line);
		line->requested = false;
	}
}

/* Anew, as the kind says. Inputs have a pull-up where the chip can. */
static int request(struct line *line, int kind)
{
	struct gpiod_line_request_config config = {.consumer = CONSUMER, .request_type = kind};
	int rc;

	if (kind != GPIOD_LINE_REQUEST_DIRECTION_OUTPUT) {
		config.flags = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
	}
	rc = gpiod_line_request(line->line, &config, 0);
	if (rc != 0 && config.flags != 0 && status_of(errno) == OCRE_E_UNSUPPORTED) {
		config.flags = 0;
		rc = gpiod_line_request(line->line, &config, 0);
	}
	line->requested = rc == 0;
	return rc == 0 ? OCRE_OK : status_of(errno);
}

/* ---- as a board ---- */

static uint32_t pin_count(void *ctx)
{
	return ((const struct ocre_gpiod *)ctx)->line_count;
}

static void pin_info(void *ctx, uint32_t index, struct ocre_pin_info *out)
{
	const struct line *line = &((const struct ocre_gpiod *)ctx)->lines[index];

	out->port = line->port;
	out->pin = line->pin;
	out->name = line->name;
}

static int pin_claim(void *ctx, uint32_t index)
{
	struct ocre_gpiod *g = (struct ocre_gpiod *)ctx;
	bool claimed;

	pthread_mutex_lock(&g->lock);
	claimed = g->lines[index].claimed;
	g->lines[index].claimed = true;
	pthread_mutex_unlock(&g->lock);
	return claimed ? OCRE_E_BUSY : OCRE_OK;
}

static void pin_release(void *ctx, uint32_t index)
{
	struct ocre_gpiod *g = (struct ocre_gpiod *)ctx;

	pthread_mutex_lock(&g->lock);
	give_up(g, &g->lines[index]);
	g->lines[index].claimed = false;
	pthread_mutex_unlock(&g->lock);
}

static int pin_configure(void *ctx, uint32_t index, enum ocre_pin_direction direction)
{
	struct ocre_gpiod *g = (struct ocre_gpiod *)ctx;
	struct line *line = &g->lines[index];
	int rc;

	pthread_mutex_lock(&g->lock);
	give_up(g, line);
	rc = request(line, direction == OCRE_PIN_OUTPUT ? GPIOD_LINE_REQUEST_DIRECTION_OUTPUT
							: GPIOD_LINE_REQUEST_DIRECTION_INPUT);
	line->direction = direction;
	pthread_mutex_unlock(&g->lock);
	return rc;
}

/* Only the owner changes what these look at, and one call at a time. */
static int pin_set(void *ctx, uint32_t index, bool level)
{
	const struct line *line = &((const struct ocre_gpiod *)ctx)->lines[index];

	if (!line->requested || line->direction != OCRE_PIN_OUTPUT) {
		return OCRE_E_STATE;
	}
	return gpiod_line_set_value(line->line, level ? 1 : 0) == 0 ? OCRE_OK : OCRE_E_IO;
}

static int pin_get(void *ctx, uint32_t index)
{
	const struct line *line = &((const struct ocre_gpiod *)ctx)->lines[index];
	int value;

	if (!line->requested) {
		return OCRE_E_STATE;
	}
	value = gpiod_line_get_value(line->line);
	if (value < 0) {
		return OCRE_E_IO;
	}
	return value != 0 ? 1 : 0;
}

static int pin_watch(void *ctx, uint32_t index, ocre_pin_edge_fn edge, void *arg)
{
	struct ocre_gpiod *g = (struct ocre_gpiod *)ctx;
	struct line *line = &g->lines[index];
	int rc = OCRE_OK;

	pthread_mutex_lock(&g->lock);
	if (!line->requested || line->direction != OCRE_PIN_INPUT) {
		rc = edge == NULL ? OCRE_OK : OCRE_E_STATE;
		goto unlock;
	}
	give_up(g, line);
	if (edge == NULL) {
		rc = request(line, GPIOD_LINE_REQUEST_DIRECTION_INPUT);
		goto unlock;
	}
	rc = start_thread(g);
	if (rc == OCRE_OK) {
		rc = request(line, GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES);
	}
	if (rc != OCRE_OK) {
		request(line, GPIOD_LINE_REQUEST_DIRECTION_INPUT); /* can be read at least */
		goto unlock;
	}
	line->edge = edge;
	line->edge_arg = arg;
	line->watch++;
	wake(g);

unlock:
	pthread_mutex_unlock(&g->lock);
	return rc;
}

static uint32_t no_sensors(void *ctx)
{
	(void)ctx;
	return 0;
}

/* No index is below a count of 0, so that nothing else of sensors is ever called. */
static const struct ocre_board_ops gpiod_ops = {
	.pin_count = pin_count,
	.pin_info = pin_info,
	.pin_claim = pin_claim,
	.pin_release = pin_release,
	.pin_configure = pin_configure,
	.pin_set = pin_set,
	.pin_get = pin_get,
	.pin_watch = pin_watch,
	.sensor_count = no_sensors,
};

/* ---- made and unmade ---- */

static int no_memory(struct ocre_diag *diag)
{
	return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for GPIO chips");
}

static int open_chips(struct ocre_gpiod *g, const struct ocre_gpiod_config *config,
		      struct ocre_diag *diag)
{
	uint32_t count = config->chip_count;

	g->chips = (struct gpiod_chip **)ocre_mem_alloc_array(g->mem, count, sizeof(*g->chips));
	if (g->chips == NULL && count > 0) {
		return no_memory(diag);
	}
	g->chip_room = count;
	for (uint32_t i = 0; i < count; i++) {
		int rc;

		g->chips[i] = gpiod_chip_open_lookup(config->chips[i]);
		if (g->chips[i] != NULL) {
			g->chip_count++;
			g->line_count += gpiod_chip_num_lines(g->chips[i]);
			continue;
		}
		rc = status_of(errno);
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "GPIO chip \"%s\": %s%s",
				     config->chips[i], ocre_status_text(rc),
				     rc == OCRE_E_ACCESS ? ": may this user use /dev/gpiochip*?"
							 : "");
	}
	return OCRE_OK;
}

/* The name for a line, or NULL. Those of the configuration go before those of the kernel. */
static const char *name_of(const struct ocre_gpiod_config *config, const struct line *line)
{
	const char *kernel = gpiod_line_name(line->line);

	for (uint32_t i = 0; i < config->name_count; i++) {
		const struct ocre_gpiod_name *name = &config->names[i];

		if (name->port == line->port && name->pin == line->pin) {
			return name->name;
		}
		if (kernel != NULL && strcmp(kernel, name->name) == 0) {
			kernel = NULL; /* it means another line now */
		}
	}
	return kernel == NULL || kernel[0] == '\0' ? NULL : kernel;
}

static int add_line(struct ocre_gpiod *g, const struct ocre_gpiod_config *config, struct line *line,
		    struct ocre_diag *diag)
{
	struct gpiod_chip *chip = g->chips[line->port - config->first_port];
	const char *name;

	line->line = gpiod_chip_get_line(chip, line->pin);
	if (line->line == NULL) {
		int rc = status_of(errno);

		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "GPIO chip \"%s\", line %u: %s",
				     config->chips[line->port - config->first_port], line->pin,
				     ocre_status_text(rc));
	}
	name = name_of(config, line);
	if (name != NULL) {
		line->name_size = strlen(name) + 1;
		line->name = (char *)ocre_mem_alloc(g->mem, line->name_size);
		if (line->name == NULL) {
			return no_memory(diag);
		}
		memcpy(line->name, name, line->name_size);
	}
	return OCRE_OK;
}

static int add_lines(struct ocre_gpiod *g, const struct ocre_gpiod_config *config,
		     struct ocre_diag *diag)
{
	uint32_t n = 0;

	g->lines = (struct line *)ocre_mem_alloc_array(g->mem, g->line_count, sizeof(*g->lines));
	g->polled = (struct pollfd *)ocre_mem_alloc_array(g->mem, (size_t)g->line_count + 1,
							  sizeof(*g->polled));
	g->seen = (struct seen *)ocre_mem_alloc_array(g->mem, (size_t)g->line_count + 1,
						      sizeof(*g->seen));
	if ((g->lines == NULL && g->line_count > 0) || g->polled == NULL || g->seen == NULL) {
		return no_memory(diag);
	}
	for (uint32_t c = 0; c < g->chip_count; c++) {
		uint32_t count = gpiod_chip_num_lines(g->chips[c]);

		for (uint32_t i = 0; i < count; i++) {
			int rc;

			g->lines[n].port = config->first_port + c;
			g->lines[n].pin = i;
			rc = add_line(g, config, &g->lines[n++], diag);
			if (rc != OCRE_OK) {
				return rc;
			}
		}
	}
	return OCRE_OK;
}

/* Each name of the configuration has its line. */
static int check_names(const struct ocre_gpiod *g, const struct ocre_gpiod_config *config,
		       struct ocre_diag *diag)
{
	for (uint32_t i = 0; i < config->name_count; i++) {
		const struct ocre_gpiod_name *name = &config->names[i];
		uint32_t port = name->port - config->first_port;

		if (name->port < config->first_port || port >= g->chip_count ||
		    name->pin >= gpiod_chip_num_lines(g->chips[port])) {
			return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
					     "GPIO name \"%s\": no chip has %u/%u", name->name,
					     name->port, name->pin);
		}
	}
	return OCRE_OK;
}

int ocre_gpiod_create(struct ocre_mem *mem, const struct ocre_gpiod_config *config,
		      struct ocre_gpiod **out, struct ocre_diag *diag)
{
	struct ocre_gpiod *g = (struct ocre_gpiod *)ocre_mem_alloc(mem, sizeof(*g));
	int rc;

	if (g == NULL) {
		return no_memory(diag);
	}
	g->mem = mem;
	g->board.ops = &gpiod_ops;
	g->board.ctx = g;
	g->wakes[0] = -1;
	g->wakes[1] = -1;
	pthread_mutex_init(&g->lock, NULL);
	rc = open_chips(g, config, diag);
	if (rc == OCRE_OK) {
		rc = check_names(g, config, diag);
	}
	if (rc == OCRE_OK) {
		rc = add_lines(g, config, diag);
	}
	if (rc == OCRE_OK && pipe2(g->wakes, O_CLOEXEC | O_NONBLOCK) != 0) {
		rc = ocre_diag_set(diag, OCRE_E_IO, OCRE_NO_OFFSET,
				   "GPIO chips: no descriptor is left for a pipe");
	}
	if (rc != OCRE_OK) {
		ocre_gpiod_destroy(g);
		return rc;
	}
	*out = g;
	return OCRE_OK;
}

void ocre_gpiod_destroy(struct ocre_gpiod *g)
{
	struct ocre_mem *mem;

	if (g == NULL) {
		return;
	}
	mem = g->mem;
	if (g->running) {
		pthread_mutex_lock(&g->lock);
		g->stop = true;
		pthread_mutex_unlock(&g->lock);
		wake(g);
		pthread_join(g->thread, NULL);
	}
	for (uint32_t i = 0; g->lines != NULL && i < g->line_count; i++) {
		ocre_mem_free(mem, g->lines[i].name, g->lines[i].name_size);
	}
	for (uint32_t i = 0; i < g->chip_count; i++) {
		gpiod_chip_close(g->chips[i]);
	}
	for (int i = 0; i < 2; i++) {
		if (g->wakes[i] >= 0) {
			close(g->wakes[i]);
		}
	}
	pthread_mutex_destroy(&g->lock);
	ocre_mem_free(mem, g->chips, g->chip_room * sizeof(struct gpiod_chip *));
	ocre_mem_free(mem, g->lines, g->line_count * sizeof(*g->lines));
	ocre_mem_free(mem, g->polled, ((size_t)g->line_count + 1) * sizeof(*g->polled));
	ocre_mem_free(mem, g->seen, ((size_t)g->line_count + 1) * sizeof(*g->seen));
	ocre_mem_free(mem, g, sizeof(*g));
}

const struct ocre_board *ocre_gpiod_board(const struct ocre_gpiod *g)
{
	return &g->board;
}
