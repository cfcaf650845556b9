/* SPDX-License-Identifier: Apache-2.0 */
/* config_section.c - finds the custom section `ocre.config` and reads its lines. */
#include <string.h>

#include <ocre/config_section.h>

/* ---- the section ---- */

/* An unsigned LEB128 of at most 32 bits (5.2.2); false at the end of the bytes. */
static bool read_u32(const uint8_t **at, const uint8_t *end, uint32_t *out)
{
	uint32_t value = 0;
	uint32_t shift;

	for (shift = 0; shift < 35; shift += 7) {
		uint8_t byte;

		if (*at == end) {
			return false;
		}
		byte = *(*at)++;
		if (shift == 28 && byte > 0x0f) {
			return false;
		}
		value |= (uint32_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*out = value;
			return true;
		}
	}
	return false;
}

struct ocre_bytes ocre_config_section_find(struct ocre_bytes module)
{
	static const char name[] = "ocre.config";
	const struct ocre_bytes nothing = {NULL, 0};
	const uint8_t *at = module.data;
	const uint8_t *end = at + module.size;

	if (module.size < 8 || memcmp(at, "\0asm", 4) != 0) {
		return nothing;
	}
	at += 8;
	while (at < end) {
		uint8_t id = *at++;
		uint32_t size, name_size;
		const uint8_t *section_end;

		if (!read_u32(&at, end, &size) || size > (size_t)(end - at)) {
			return nothing;
		}
		section_end = at + size;
		if (id == 0 && read_u32(&at, section_end, &name_size) &&
		    name_size <= (size_t)(section_end - at) && name_size == sizeof(name) - 1 &&
		    memcmp(at, name, name_size) == 0) {
			at += name_size;
			return (struct ocre_bytes){at, (size_t)(section_end - at)};
		}
		at = section_end;
	}
	return nothing;
}

/* ---- its lines ---- */

struct reader {
	struct ocre_container_config config; /* what becomes of it */
	bool with_grants;
	const char **lists;
	uint32_t list_at;
	uint32_t line;
	const char *error;
};

static void refuse(struct reader *r, const char *error)
{
	if (r->error == NULL) {
		r->error = error;
	}
}

/* Digits, and K or M behind them where `sizes` says so. */
static uint64_t read_number(struct reader *r, const char *text, uint64_t most, bool sizes)
{
	uint64_t value = 0;
	size_t digits = ocre_decimal(text, SIZE_MAX, UINT64_MAX, &value);

	if (digits == 0) {
		refuse(r, *text >= '0' && *text <= '9' ? "the number is too large"
						       : "a number is missing");
		return 0;
	}
	text += digits;
	if (sizes && (*text == 'K' || *text == 'M')) {
		uint64_t unit = *text++ == 'K' ? 1024 : 1024 * 1024;

		value = value > most / unit ? UINT64_MAX : value * unit;
	}
	if (*text != '\0') {
		refuse(r, sizes ? "a size is digits, and K or M" : "a number is digits");
	} else if (value > most) {
		refuse(r, "the number is too large");
	}
	return r->error == NULL ? value : 0;
}

static void read_restart(struct reader *r, const char *text)
{
	struct ocre_container_config *config = &r->config;
	bool mine = config->restart == OCRE_RESTART_NO;

	if (strcmp(text, "no") == 0) {
		return;
	}
	if (strcmp(text, "always") == 0) {
		config->restart = mine ? OCRE_RESTART_ALWAYS : config->restart;
	} else if (strcmp(text, "unless-stopped") == 0) {
		config->restart = mine ? OCRE_RESTART_UNLESS_STOPPED : config->restart;
	} else if (strncmp(text, "on-failure", 10) == 0 && (text[10] == '\0' || text[10] == ':')) {
		uint32_t most = text[10] == ':'
					? (uint32_t)read_number(r, text + 11, UINT32_MAX, false)
					: 0;

		if (mine) {
			config->restart = OCRE_RESTART_ON_FAILURE;
			config->restart_max = most;
		}
	} else {
		refuse(r, "restart is no, on-failure[:N], always or unless-stopped");
	}
}

static void read_priority(struct reader *r, const char *text)
{
	bool below = *text == '-';
	int32_t value = (int32_t)read_number(r, text + below, 100, false);

	if (r->config.priority == 0) {
		r->config.priority = below ? -value : value;
	}
}

struct limit {
	const char *word;
	size_t offset; /* of the field: uint32_t */
	uint32_t most;
	bool size;
};

#define FIELD(word, field, most, size)                                                             \
	{                                                                                          \
		word, offsetof(struct ocre_container_config, field), most, size                    \
	}

static const struct limit limits[] = {
	FIELD("stack", stack_size, UINT32_MAX, true),
	FIELD("heap", heap_size, UINT32_MAX, true),
	FIELD("log", log_bytes, UINT32_MAX, true),
	FIELD("cpu-weight", cpu_weight, 10000, false),
	FIELD("cpu-percent", cpu_percent, 100, false),
	FIELD("files", max_fds, UINT32_MAX, false),
	FIELD("timers", max_timers, UINT32_MAX, false),
	FIELD("subscriptions", max_subscriptions, UINT32_MAX, false),
	FIELD("events", max_events, UINT32_MAX, false),
	FIELD("watchdog", watchdog_ms, UINT32_MAX, false),
	FIELD("restart-delay", restart_delay_ms, UINT32_MAX, false),
	FIELD("grace", stop_grace_ms, UINT32_MAX, false),
};

static bool read_limit(struct reader *r, const char *word, const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const struct limit *l = &limits[i];

		if (strcmp(word, l->word) == 0) {
			uint32_t value = (uint32_t)read_number(r, text, l->most, l->size);
			uint32_t *field = (void *)((uint8_t *)&r->config + l->offset);

			if (*field == 0) {
				*field = value;
			}
			return true;
		}
	}
	return false;
}

static void read_word(struct reader *r, const char *word, const char *text)
{
	struct ocre_container_config *config = &r->config;

	if (strcmp(word, "memory") == 0) {
		size_t value = (size_t)read_number(r, text, SIZE_MAX, true);

		config->memory_limit = config->memory_limit == 0 ? value : config->memory_limit;
	} else if (strcmp(word, "budget") == 0) {
		uint64_t value = read_number(r, text, UINT64_MAX, false);

		config->budget = config->budget == 0 ? value : config->budget;
	} else if (strcmp(word, "priority") == 0) {
		read_priority(r, text);
	} else if (strcmp(word, "restart") == 0) {
		read_restart(r, text);
	} else if (strcmp(word, "entry") == 0) {
		config->entry = config->entry == NULL ? text : config->entry;
	} else if (strcmp(word, "env") == 0 && strchr(text, '=') == NULL) {
		refuse(r, "env is NAME=VALUE");
	} else if (!read_limit(r, word, text) && strcmp(word, "arg") != 0 &&
		   strcmp(word, "env") != 0 && strcmp(word, "grant") != 0) {
		refuse(r, "there is no such word");
	}
}

/* Cut the lines: NUL instead of newlines and of the blank behind the word. Returns how many. */
static uint32_t cut(char *text)
{
	uint32_t lines = 1;

	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			*text = '\0';
			lines++;
		}
	}
	return lines;
}

/* What follows the word, which is then NUL-terminated. */
static char *divide(char *line)
{
	char *blank = strchr(line, ' ');

	if (blank == NULL) {
		return line + strlen(line);
	}
	*blank = '\0';
	return blank + 1;
}

/* All texts of the lines with this word, as a list; `lines` is divided. */
static const char *const *make_list(struct reader *r, const char *lines, uint32_t count,
				    const char *word)
{
	const char **list = &r->lists[r->list_at];
	bool any = false;
	uint32_t i;

	for (i = 0; i < count; i++) {
		const char *text = lines + strlen(lines) + 1;

		if (*lines != '\0' && strcmp(lines, word) == 0) {
			r->lists[r->list_at++] = text;
			any = true;
		}
		lines = *lines == '\0' ? lines + 1 : text + strlen(text) + 1;
	}
	if (!any) {
		return NULL;
	}
	r->lists[r->list_at++] = NULL;
	return list;
}

static void read_lines(struct reader *r, char *text, uint32_t count)
{
	char *line = text;

	for (r->line = 1; r->line <= count && r->error == NULL; r->line++) {
		char *next = line + strlen(line) + 1;

		/* An empty line is one NUL; the others become two strings. */
		if (*line != '\0') {
			char *rest = divide(line);

			if (*rest == '\0') {
				refuse(r, "there is nothing behind the word");
			} else {
				read_word(r, line, rest);
			}
		}
		line = next;
	}
	if (r->error != NULL) {
		r->line--;
		return;
	}
	if (r->config.args == NULL) {
		r->config.args = make_list(r, text, count, "arg");
	}
	if (r->config.env == NULL) {
		r->config.env = make_list(r, text, count, "env");
	}
	if (r->config.grants == NULL && r->with_grants) {
		r->config.grants = make_list(r, text, count, "grant");
	}
}

int ocre_config_section_apply(struct ocre_bytes text, bool with_grants, struct ocre_mem *mem,
			      struct ocre_container_config *config,
			      struct ocre_config_section *section, struct ocre_diag *diag)
{
	struct reader r = {.config = *config, .with_grants = with_grants};
	uint32_t count;
	size_t list_size;
	char *copy;

	memset(section, 0, sizeof(*section));
	if (text.size == 0) {
		return OCRE_OK;
	}
	if (text.size > OCRE_CONFIG_SECTION_MAX || memchr(text.data, 0, text.size) != NULL) {
		return ocre_diag_set(diag, OCRE_E_INVALID, OCRE_NO_OFFSET,
				     "section ocre.config: more than %u bytes, or no text",
				     OCRE_CONFIG_SECTION_MAX);
	}
	/* Every line may be in a list, and three lists end. */
	count = 1;
	for (size_t i = 0; i < text.size; i++) {
		count += text.data[i] == '\n';
	}
	list_size = ((size_t)count + 3) * sizeof(char *);
	section->mem = mem;
	section->size = list_size + text.size + 1;
	section->block = ocre_mem_alloc(mem, section->size);
	if (section->block == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "no memory for the section ocre.config");
	}
	r.lists = section->block;
	copy = (char *)section->block + list_size;
	memcpy(copy, text.data, text.size);
	read_lines(&r, copy, cut(copy));
	if (r.error != NULL) {
		ocre_config_section_free(section);
		return ocre_diag_set(diag, OCRE_E_INVALID, OCRE_NO_OFFSET,
				     "section ocre.config, line %u: %s", r.line, r.error);
	}
	*config = r.config;
	return OCRE_OK;
}

void ocre_config_section_free(struct ocre_config_section *section)
{
	if (section->block != NULL) {
		ocre_mem_free(section->mem, section->block, section->size);
	}
	memset(section, 0, sizeof(*section));
}
