/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c - the text that describes a simulated board; its grammar is in docs/board.md. */
#include "sim.h"

#include <string.h>

struct word {
	const char *at;
	size_t size;
	bool quoted;
};

struct parser {
	struct ocre_sim *sim;
	struct ocre_diag *diag;
	const char *text;
	size_t size;
	size_t at;
	size_t line_end;
	uint32_t line;
	struct word word; /* what next() found last */
};

/* One word for the diagnostic: as much as fits, and nothing that does not print. */
#define SHOWN 24

struct shown {
	char text[SHOWN + 4];
};

static const char *show(const struct parser *p, struct shown *out)
{
	size_t size = p->word.size < SHOWN ? p->word.size : SHOWN;

	for (size_t i = 0; i < size; i++) {
		char c = p->word.at[i];

		out->text[i] = c;
		if (c < ' ' || c > '~') {
			out->text[i] = '?';
		}
	}
	out->text[size] = '\0';
	if (size < p->word.size) {
		memcpy(&out->text[size], "...", 4);
	}
	return out->text;
}

static int fail_with(const struct parser *p, int status, const char *what, const char *hint)
{
	struct shown shown;

	return ocre_diag_set(p->diag, status, (uint32_t)(p->word.at - p->text),
			     "line %u: %s: \"%s\": %s", p->line, what, show(p, &shown), hint);
}

static int fail(const struct parser *p, const char *what, const char *hint)
{
	return fail_with(p, OCRE_E_ARGUMENT, what, hint);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * The next word of the line: 1, 0 at its end (then the word is empty), or an error. A word ends at
 * a blank; a part in quotation marks, at the start or after a `=`, may contain blanks.
 */
static int next(struct parser *p)
{
	bool in_quotes = false;
	size_t start;

	while (p->at < p->line_end && blank(p->text[p->at])) {
		p->at++;
	}
	start = p->at;
	p->word.at = p->text + start;
	p->word.size = 0;
	if (p->at == p->line_end || p->text[p->at] == '#') {
		p->at = p->line_end;
		return 0;
	}
	while (p->at < p->line_end && (in_quotes || !blank(p->text[p->at]))) {
		if (p->text[p->at] == '"') {
			in_quotes = !in_quotes;
		}
		p->at++;
	}
	p->word.size = p->at - start;
	if (in_quotes) {
		return fail(p, "no closing quotation mark", "close it in the same line");
	}
	return 1;
}

/* Without the quotation marks around it. No other may be in it, and it is no more than a name. */
static int unquote(struct parser *p)
{
	struct word *word = &p->word;

	if (word->size >= 2 && word->at[0] == '"' && word->at[word->size - 1] == '"') {
		word->at++;
		word->size -= 2;
	}
	for (size_t i = 0; i < word->size; i++) {
		if (word->at[i] == '"' || (unsigned char)word->at[i] < ' ' || word->at[i] == 127) {
			return fail(p, "not a name", "quotation marks go around the whole of it");
		}
	}
	if (word->size == 0) {
		return fail(p, "a name is empty", "write one");
	}
	if (word->size > OCRE_SIM_MAX_NAME) {
		return fail_with(p, OCRE_E_LIMIT, "a name is too long", "124 bytes at most");
	}
	return OCRE_OK;
}

/* Is it KEY=...? Then the word is what comes after it. */
static bool key(struct parser *p, const char *name)
{
	size_t size = strlen(name);

	if (p->word.size <= size || memcmp(p->word.at, name, size) != 0 ||
	    p->word.at[size] != '=') {
		return false;
	}
	p->word.at += size + 1;
	p->word.size -= size + 1;
	return true;
}

static bool is(const struct parser *p, const char *name)
{
	return p->word.size == strlen(name) && memcmp(p->word.at, name, p->word.size) == 0;
}

static char *copy_name(struct parser *p, size_t *size)
{
	char *name;

	*size = p->word.size + 1;
	name = (char *)ocre_mem_alloc(p->sim->mem, *size);
	if (name != NULL) {
		memcpy(name, p->word.at, p->word.size); /* the rest is zero */
	}
	return name;
}

static int no_memory(struct parser *p)
{
	return ocre_diag_set(p->diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
			     "line %u: no memory for the simulated board", p->line);
}

/* Room for one more in an array whose `count` is *room; zeroed. */
static void *grow(struct ocre_mem *mem, void *array, uint32_t count, uint32_t *room, size_t size)
{
	uint32_t more = *room == 0 ? 8 : *room * 2;
	char *got;

	if (count < *room) {
		return array;
	}
	got = (char *)ocre_mem_resize(mem, array, *room * size, more * size);
	if (got == NULL) {
		return NULL;
	}
	memset(got + *room * size, 0, (more - *room) * size);
	*room = more;
	return got;
}

/* ---- PORT/PIN ---- */

static bool number(const char *text, size_t size, uint32_t *out)
{
	uint64_t value = 0;
	size_t digits = ocre_decimal(text, size, OCRE_SIM_MAX_NUMBER, &value);

	*out = (uint32_t)value;
	return digits > 0 && digits == size;
}

static int place(struct parser *p, uint32_t *port, uint32_t *pin)
{
	const char *slash;
	size_t before;
	int rc = next(p);

	if (rc < 0) {
		return rc;
	}
	if (rc == 0) {
		return fail(p, "no pin", "write PORT/PIN, as in 0/13");
	}
	slash = (const char *)memchr(p->word.at, '/', p->word.size);
	before = slash == NULL ? 0 : (size_t)(slash - p->word.at);
	if (slash == NULL || !number(p->word.at, before, port) ||
	    !number(slash + 1, p->word.size - before - 1, pin)) {
		return fail(p, "not a pin", "write PORT/PIN, each 0 to 65535, as in 0/13");
	}
	return OCRE_OK;
}

static int known_place(struct parser *p, uint32_t *index)
{
	uint32_t port = 0;
	uint32_t pin = 0;
	int rc = place(p, &port, &pin);

	if (rc != OCRE_OK) {
		return rc;
	}
	*index = ocre__sim_pin(p->sim, port, pin);
	return *index != NO_PIN ? OCRE_OK
				: fail(p, "no such pin", "a gpio line before this one makes it");
}

/* ---- the lines ---- */

static int gpio_option(struct parser *p, struct sim_pin *pin, bool *level)
{
	int rc;

	if (key(p, "name")) {
		if (pin->name != NULL) {
			return fail(p, "a second name", "a pin has one");
		}
		rc = unquote(p);
		if (rc != OCRE_OK) {
			return rc;
		}
		if (ocre__sim_pin_named(p->sim, p->word.at, p->word.size) != NO_PIN) {
			return fail(p, "the name of another pin", "each name is given once");
		}
		pin->name = copy_name(p, &pin->name_size);
		return pin->name != NULL ? OCRE_OK : no_memory(p);
	}
	if (key(p, "level")) {
		if (*level) {
			return fail(p, "a second level", "a pin has one");
		}
		if (!is(p, "0") && !is(p, "1")) {
			return fail(p, "not a level", "0 or 1");
		}
		pin->outside = p->word.at[0] == '1';
		*level = true;
		return OCRE_OK;
	}
	return fail(p, "not known here", "a pin has name=NAME and level=0 or level=1");
}

static int gpio_line(struct parser *p)
{
	struct ocre_sim *sim = p->sim;
	struct sim_pin *pins;
	struct sim_pin *pin;
	bool level = false;
	uint32_t port_number = 0;
	uint32_t pin_number = 0;
	int rc = place(p, &port_number, &pin_number);

	if (rc != OCRE_OK) {
		return rc;
	}
	if (ocre__sim_pin(sim, port_number, pin_number) != NO_PIN) {
		return fail(p, "the same pin again", "each is described once");
	}
	if (sim->pin_count == OCRE_SIM_MAX_PINS) {
		return fail_with(p, OCRE_E_LIMIT, "too many pins", "1024 at most");
	}
	pins = (struct sim_pin *)grow(sim->mem, sim->pins, sim->pin_count, &sim->pin_room,
				      sizeof(*pins));
	if (pins == NULL) {
		return no_memory(p);
	}
	sim->pins = pins;
	pin = &pins[sim->pin_count++];
	pin->port = port_number;
	pin->pin = pin_number;
	pin->source = NO_PIN;
	pin->first_sink = NO_PIN;
	pin->next_sink = NO_PIN;
	pin->outside = true; /* the pull-up */
	for (rc = next(p); rc > 0; rc = next(p)) {
		rc = gpio_option(p, pin, &level);
		if (rc != OCRE_OK) {
			return rc;
		}
	}
	return rc;
}

static int line_end(struct parser *p)
{
	int rc = next(p);

	return rc > 0 ? fail(p, "too much", "the line ends before it") : rc;
}

static int wire_line(struct parser *p)
{
	struct sim_pin *pins;
	uint32_t from;
	uint32_t to;
	int rc = known_place(p, &from);

	if (rc != OCRE_OK) {
		return rc;
	}
	rc = known_place(p, &to);
	if (rc != OCRE_OK) {
		return rc;
	}
	pins = p->sim->pins;
	if (from == to) {
		return fail(p, "a wire to itself", "write wire FROM TO");
	}
	if (pins[to].source != NO_PIN) {
		return fail(p, "a second wire to this pin", "one pin drives it");
	}
	pins[to].source = from;
	pins[to].next_sink = pins[from].first_sink;
	pins[from].first_sink = to;
	return line_end(p);
}

static int add_channel(struct parser *p, struct sim_sensor *sensor)
{
	struct ocre_mem *mem = p->sim->mem;
	int32_t type = ocre_sensor_channel_find(p->word.at, p->word.size);
	uint32_t count = sensor->count;
	uint16_t *channels;
	double *values;

	if (type < 0) {
		return fail(p, "not a channel", "a name as ambient_temp, or 0 to 65535");
	}
	for (uint32_t i = 0; i < count; i++) {
		if (sensor->channels[i] == type) {
			return fail(p, "the same channel again", "a sensor has each once");
		}
	}
	if (count == OCRE_SIM_MAX_CHANNELS) {
		return fail_with(p, OCRE_E_LIMIT, "too many channels", "64 for a sensor at most");
	}
	/* Both have room for `count`, whichever fails. */
	values = (double *)ocre_mem_alloc_array(mem, count + 1, sizeof(*values));
	if (values == NULL) {
		return no_memory(p);
	}
	channels = (uint16_t *)ocre_mem_resize(mem, sensor->channels, count * sizeof(*channels),
					       (count + 1) * sizeof(*channels));
	if (channels == NULL) {
		ocre_mem_free(mem, values, (count + 1) * sizeof(*values));
		return no_memory(p);
	}
	if (count > 0) {
		memcpy(values, sensor->values, count * sizeof(*values));
	}
	ocre_mem_free(mem, sensor->values, count * sizeof(*values));
	channels[count] = (uint16_t)type;
	sensor->channels = channels;
	sensor->values = values;
	sensor->count = count + 1;
	return OCRE_OK;
}

/* channel=TYPE [value=NUMBER] ... */
static int sensor_options(struct parser *p, struct sim_sensor *sensor)
{
	bool valued = true; /* the channel before has its value; there is none at first */
	int rc;

	for (rc = next(p); rc > 0; rc = next(p)) {
		if (key(p, "channel")) {
			rc = add_channel(p, sensor);
			if (rc != OCRE_OK) {
				return rc;
			}
			valued = false;
		} else if (key(p, "value")) {
			if (valued) {
				return fail(p, "a value of nothing",
					    "write channel=TYPE before it");
			}
			if (!ocre_board_number(p->word.at, p->word.size,
					       &sensor->values[sensor->count - 1])) {
				return fail(p, "not a number", "digits, as in -12.5");
			}
			valued = true;
		} else {
			return fail(p, "not known here", "a sensor has channel=TYPE value=NUMBER");
		}
	}
	if (rc == 0 && sensor->count == 0) {
		return fail(p, "a sensor without a channel", "write channel=TYPE value=NUMBER");
	}
	return rc;
}

static int sensor_line(struct parser *p)
{
	struct ocre_sim *sim = p->sim;
	struct sim_sensor *sensors;
	struct sim_sensor *sensor;
	int rc = next(p);

	if (rc < 0) {
		return rc;
	}
	rc = unquote(p);
	if (rc != OCRE_OK) {
		return rc;
	}
	if (ocre__sim_sensor_named(sim, p->word.at, p->word.size) != NO_PIN) {
		return fail(p, "the same sensor again", "each name is given once");
	}
	if (sim->sensor_count == OCRE_SIM_MAX_SENSORS) {
		return fail_with(p, OCRE_E_LIMIT, "too many sensors", "256 at most");
	}
	sensors = (struct sim_sensor *)grow(sim->mem, sim->sensors, sim->sensor_count,
					    &sim->sensor_room, sizeof(*sensors));
	if (sensors == NULL) {
		return no_memory(p);
	}
	sim->sensors = sensors;
	sensor = &sensors[sim->sensor_count];
	sensor->name = copy_name(p, &sensor->name_size);
	if (sensor->name == NULL) {
		return no_memory(p);
	}
	sim->sensor_count++;
	return sensor_options(p, sensor);
}

static int one_line(struct parser *p)
{
	int rc = next(p);

	if (rc <= 0) {
		return rc;
	}
	if (is(p, "gpio")) {
		return gpio_line(p);
	}
	if (is(p, "wire")) {
		return wire_line(p);
	}
	if (is(p, "sensor")) {
		return sensor_line(p);
	}
	return fail(p, "not known", "a line begins with gpio, wire, sensor or #");
}

int ocre__sim_describe(struct ocre_sim *sim, struct ocre_bytes text, struct ocre_diag *diag)
{
	struct parser p = {.sim = sim, .diag = diag, .text = (const char *)text.data};
	size_t start = 0;

	p.size = text.size;
	while (start < p.size) {
		const char *end = (const char *)memchr(p.text + start, '\n', p.size - start);
		size_t line_size = end == NULL ? p.size - start : (size_t)(end - p.text) - start;
		int rc;

		p.line++;
		p.at = start;
		p.line_end = start + line_size;
		start = p.line_end + 1;
		if (line_size > 0 && p.text[p.line_end - 1] == '\r') {
			p.line_end--;
		}
		rc = one_line(&p);
		if (rc != OCRE_OK) {
			return rc;
		}
	}
	return OCRE_OK;
}
