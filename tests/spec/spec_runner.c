/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spec_runner.c - runs one script of the WebAssembly specification's test suite on the engine. It
 * reads the plain command file that wast.py makes of a script (described there), and says on
 * stdout what failed, in the form SCRIPT:LINE: WHAT, and a last line with the numbers.
 */
#define _DEFAULT_SOURCE
#include "spec.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_TOKENS    64
#define MAX_VALUES    24
#define BUDGET_LIMIT  UINT64_C(1000000000000)
#define STALLED_LIMIT 1000000u
#define STACK_SIZE    (256u * 1024u)

struct options {
	bool strict_wording;
	bool fail_alloc;
	bool reserve;
	bool stored;
	bool trace;
	uint64_t slice; /* 0: all at once */
	size_t cache;
	uint32_t stack;
};

/* A module of the script. They all live until its end, as references to them may. */
struct loaded {
	struct loaded *next;
	char *name; /* its bytes; NULL when it has none */
	size_t name_size;
	struct ocre_module *module;
	struct ocre_instance *instance; /* NULL when it could not be instantiated */
	uint8_t *bytes;
	struct ocre_bytes image; /* of its prepared code, or no data */
};

struct script {
	const struct options *options;
	const char *folder; /* of the command file, with the slash */
	const char *name;   /* of the script, for messages */
	unsigned long line;

	struct spec_heap heap;
	struct ocre_mem mem;
	struct ocre_store *store;
	struct loaded *modules; /* newest first */
	struct loaded *current;

	struct ocre_instance_import *imports;
	uint32_t import_count;

	uint64_t used; /* budget */
	unsigned long passed;
	unsigned long failed;
	unsigned long skipped;
	unsigned long worded; /* refusals in the specification's words, of ... */
	unsigned long wordings;
};

/* A call or the read of a global. */
struct action {
	bool is_get;
	struct ocre_instance *instance;
	char *field;
	size_t field_size;
	uint32_t arg_count;
	struct spec_value args[MAX_VALUES];
};

struct outcome {
	enum ocre_run run;
	uint32_t count;
	const uint8_t *types;
	uint8_t global_type;
	union ocre_value values[MAX_VALUES];
};

static void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void fail(struct script *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "spec_runner: ");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(2);
}

static void fail(struct script *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("%s:%lu: ", s->name, s->line);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	s->failed++;
}

static void *checked(void *ptr)
{
	if (ptr == NULL) {
		die("out of memory");
	}
	return ptr;
}

bool spec_has_feature(const char *name)
{
	const char *list = ocre_engine_features();
	size_t length = strlen(name);

	while (*list != '\0') {
		size_t word = strcspn(list, ", ");

		if (word == length && memcmp(list, name, length) == 0) {
			return true;
		}
		list += word;
		list += strspn(list, ", ");
	}
	return false;
}

/* ---- reading ---- */

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long end;

	if (file == NULL) {
		die("%s: cannot be opened", path);
	}
	if (fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0) {
		die("%s: cannot be read", path);
	}
	rewind(file);
	/* Exactly as large as the file, so that a sanitizer sees every read beyond its end. */
	*size = (size_t)end;
	data = checked(malloc(*size == 0 ? 1 : *size));
	if (fread(data, 1, *size, file) != *size) {
		die("%s: cannot be read", path);
	}
	fclose(file);
	return data;
}

static uint8_t *read_module(struct script *s, const char *file, struct ocre_bytes *bytes)
{
	size_t length = strlen(s->folder) + strlen(file) + 1;
	char *path = checked(malloc(length));
	uint8_t *data;

	snprintf(path, length, "%s%s", s->folder, file);
	data = read_file(path, &bytes->size);
	bytes->data = data;
	free(path);
	return data;
}

/* "-" is nothing, "x6162" is "ab". The result has a NUL behind it. */
static char *unhex(struct script *s, const char *token, size_t *size)
{
	size_t digits;
	char *out;

	*size = 0;
	if (strcmp(token, "-") == 0) {
		return NULL;
	}
	digits = strlen(token) - 1;
	if (token[0] != 'x' || digits % 2 != 0) {
		die("%s:%lu: bad text \"%s\" in the command file", s->name, s->line, token);
	}
	out = checked(calloc(1, digits / 2 + 1));
	for (size_t i = 0; i < digits / 2; i++) {
		char pair[3] = {token[1 + 2 * i], token[2 + 2 * i], '\0'};

		out[i] = (char)strtoul(pair, NULL, 16);
	}
	*size = digits / 2;
	return out;
}

/* ---- running ---- */

static void wait_for(const struct ocre_park *park)
{
	struct timespec now;
	struct timespec pause = {0, 1000000};

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (park->deadline_ns != UINT64_MAX) {
		uint64_t at = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
		uint64_t left = park->deadline_ns > at ? park->deadline_ns - at : 0;

		if (left < 1000000) {
			pause.tv_nsec = (long)left;
		}
	}
	nanosleep(&pause, NULL);
}

/*
 * Run what was begun to its end, in slices when that was asked for. What is left of a slice is
 * added to the next, so that a block that costs more than a slice is entered in the end.
 */
static enum ocre_run run(struct script *s, struct ocre_instance *instance)
{
	uint64_t slice = s->options->slice != 0 ? s->options->slice : BUDGET_LIMIT;
	uint64_t left = 0;
	uint64_t used = 0;
	unsigned int stalled = 0;

	for (;;) {
		uint64_t before = left + slice;
		enum ocre_run result;

		left = before;
		result = ocre_instance_run(instance, &left);
		if (left > before) {
			fail(s, "run() gave budget back: %" PRIu64 " of %" PRIu64, left, before);
			return result;
		}
		used += before - left;
		s->used += before - left;
		switch (result) {
		case OCRE_RUN_BUDGET:
			stalled = left == before ? stalled + 1 : 0;
			if (used >= BUDGET_LIMIT || stalled > STALLED_LIMIT) {
				return result;
			}
			break;
		case OCRE_RUN_PARKED:
			wait_for(ocre_instance_park(instance));
			break;
		default:
			return result;
		}
	}
}

/* A sentence about how a run ended. */
static const char *ending(struct ocre_instance *instance, enum ocre_run run)
{
	switch (run) {
	case OCRE_RUN_DONE:
		return "returned";
	case OCRE_RUN_EXIT:
		return "exited";
	case OCRE_RUN_TRAP:
		return ocre_instance_trap(instance)->message;
	case OCRE_RUN_BUDGET:
		return "does not end";
	default:
		return "parked";
	}
}

static bool find_export(const struct ocre_module *module, const char *name, size_t size,
			struct ocre_extern_info *out)
{
	for (uint32_t i = 0; ocre_module_export(module, i, out); i++) {
		if (out->name.size == size &&
		    (size == 0 || memcmp(out->name.data, name, size) == 0)) {
			return true;
		}
	}
	return false;
}

static bool do_get(struct script *s, const struct action *a, struct outcome *out)
{
	int rc = ocre_instance_global_get(a->instance, a->field, &out->global_type, out->values);

	if (rc != OCRE_OK) {
		fail(s, "global \"%s\": %s", a->field, ocre_status_text(rc));
		return false;
	}
	out->run = OCRE_RUN_DONE;
	out->count = 1;
	out->types = &out->global_type;
	return true;
}

static bool find_func(struct script *s, const struct action *a, struct ocre_extern_info *info)
{
	uint32_t index = 0;

	if (!find_export(ocre_instance_module(a->instance), a->field, a->field_size, info) ||
	    info->kind != OCRE_EXTERN_FUNC) {
		fail(s, "no function \"%s\" is exported", a->field);
		return false;
	}
	/* The other way to find it must agree; it cannot be told names with a NUL in them. */
	if (strlen(a->field) == a->field_size &&
	    (ocre_instance_find_func(a->instance, a->field, &index, NULL) != OCRE_OK ||
	     index != info->index)) {
		fail(s, "find_func does not find \"%s\"", a->field);
		return false;
	}
	return true;
}

/* False when it could not even be begun, which is reported. */
static bool perform(struct script *s, const struct action *a, struct outcome *out)
{
	union ocre_value args[MAX_VALUES];
	struct ocre_extern_info info;
	int rc;

	memset(out, 0, sizeof(*out));
	if (a->instance == NULL) {
		fail(s, "the module of this action is not there");
		return false;
	}
	if (a->is_get) {
		return do_get(s, a, out);
	}
	if (!find_func(s, a, &info)) {
		return false;
	}
	if (info.func.param_count != a->arg_count || info.func.result_count > MAX_VALUES) {
		fail(s, "\"%s\" has %" PRIu32 " parameters, the script gives %" PRIu32, a->field,
		     info.func.param_count, a->arg_count);
		return false;
	}
	memset(args, 0xee, sizeof(args));
	for (uint32_t i = 0; i < a->arg_count; i++) {
		if (a->args[i].type != info.func.params[i]) {
			fail(s, "\"%s\": parameter %" PRIu32 " has another type", a->field, i);
			return false;
		}
		args[i] = a->args[i].value;
	}
	rc = ocre_instance_call(a->instance, info.index, args);
	if (rc != OCRE_OK) {
		fail(s, "\"%s\" cannot be called: %s", a->field, ocre_status_text(rc));
		return false;
	}
	out->run = run(s, a->instance);
	if (out->run == OCRE_RUN_DONE) {
		out->count = info.func.result_count;
		out->types = info.func.results;
		ocre_instance_results(a->instance, out->values, out->count);
	}
	return true;
}

/* After anything but DONE the instance holds what was suspended or has trapped. */
static void settle(const struct action *a, const struct outcome *o)
{
	if (o->run != OCRE_RUN_DONE) {
		ocre_instance_abandon(a->instance);
	}
}

static void parse_values(struct script *s, char **tokens, uint32_t count, struct spec_value *out)
{
	if (count > MAX_VALUES) {
		die("%s:%lu: more than %d values", s->name, s->line, MAX_VALUES);
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!spec_value_parse(tokens[i], &out[i])) {
			die("%s:%lu: bad value \"%s\"", s->name, s->line, tokens[i]);
		}
	}
}

static struct loaded *find_module(struct script *s, const char *token)
{
	size_t size;
	char *name = unhex(s, token, &size);
	struct loaded *m = s->modules;

	if (name == NULL) {
		return s->current;
	}
	while (m != NULL &&
	       (m->name == NULL || m->name_size != size || memcmp(m->name, name, size) != 0)) {
		m = m->next;
	}
	free(name);
	return m;
}

/* invoke|get MODULE FIELD ARG_COUNT ARG... ; returns the number of tokens that it took. */
static uint32_t parse_action(struct script *s, char **tokens, uint32_t count, struct action *a)
{
	const struct loaded *m;

	if (count < 4) {
		die("%s:%lu: an action lacks something", s->name, s->line);
	}
	a->is_get = strcmp(tokens[0], "get") == 0;
	m = find_module(s, tokens[1]);
	a->instance = m == NULL ? NULL : m->instance;
	a->field = unhex(s, tokens[2], &a->field_size);
	a->arg_count = (uint32_t)strtoul(tokens[3], NULL, 10);
	if (a->arg_count > count - 4) {
		die("%s:%lu: an action lacks arguments", s->name, s->line);
	}
	parse_values(s, tokens + 4, a->arg_count, a->args);
	return 4 + a->arg_count;
}

/* ---- commands ---- */

/*
 * The rule of the specification's own runner, and the other way round for expectations that name an
 * index. In which function it was, as the engine appends it in brackets, does not count.
 */
static bool same_words(const char *want, const char *got)
{
	const char *where = strstr(got, " (function ");
	size_t a = strlen(want);
	size_t b = where != NULL ? (size_t)(where - got) : strlen(got);

	return b != 0 && strncmp(want, got, a < b ? a : b) == 0;
}

/*
 * Save the code of the module and load it again with that: first from nobody that is trusted, then
 * to be run from where it is.
 */
static bool load_stored(struct script *s, struct loaded *m, struct ocre_bytes bytes,
			struct ocre_module_options *options, struct ocre_diag *diag)
{
	int rc = spec_image_make(m->module, &m->image, diag);

	ocre_module_unload(m->module);
	m->module = NULL;
	options->stored_code = m->image;
	for (int trusted = 0; trusted <= 1 && rc == OCRE_OK; trusted++) {
		ocre_module_unload(m->module);
		m->module = NULL;
		options->stored_code_trusted = trusted;
		rc = ocre_module_load(&s->mem, bytes, options, &m->module, diag);
	}
	if (rc != OCRE_OK) {
		fail(s, "stored code: %s", diag->text);
	}
	return rc == OCRE_OK;
}

static void unload(struct script *s, struct loaded *m)
{
	if (m->image.data != NULL && m->module != NULL && ocre_module_code_size(m->module) != 0) {
		fail(s, "a module with stored code has other code too");
	}
	ocre_module_unload(m->module);
	spec_image_free(&m->image);
	free(m->bytes);
}

static bool load(struct script *s, struct loaded *m, const char *file, struct ocre_diag *diag)
{
	struct ocre_module_options options = {.code_cache = s->options->cache};
	struct ocre_bytes bytes;
	size_t used = s->mem.used;
	int rc;

	m->bytes = read_module(s, file, &bytes);
	rc = ocre_module_load(&s->mem, bytes, &options, &m->module, diag);
	if (rc == OCRE_OK) {
		return !s->options->stored || load_stored(s, m, bytes, &options, diag);
	}
	if (m->module != NULL || s->mem.used != used) {
		fail(s, "a module that was refused left something behind");
	} else if (diag->status != rc || diag->text[0] == '\0') {
		fail(s, "a module was refused with status %d and without words", rc);
	} else if (diag->offset != OCRE_NO_OFFSET && diag->offset > bytes.size) {
		fail(s, "offset %" PRIu32 " is not in the module", diag->offset);
	}
	return false;
}

static bool instantiate(struct script *s, struct loaded *m, struct ocre_diag *diag)
{
	struct ocre_host_import host = {&spec_test_module, NULL};
	struct ocre_instance_options options = {
		.hosts = &host,
		.host_count = 1,
		.instances = s->imports,
		.instance_count = s->import_count,
		.stack_size = s->options->stack,
		.strict = true,
	};

	return ocre_instance_create(s->store, m->module, &options, &m->instance, diag) == OCRE_OK;
}

static struct loaded *new_module(struct script *s)
{
	struct loaded *m = checked(calloc(1, sizeof(*m)));

	m->next = s->modules;
	s->modules = m;
	return m;
}

static void cmd_module(struct script *s, char **tokens)
{
	struct loaded *m = new_module(s);
	struct ocre_diag diag = {0};
	enum ocre_run result;

	m->name = unhex(s, tokens[0], &m->name_size);
	s->current = m;
	if (!load(s, m, tokens[1], &diag)) {
		fail(s, "%s: refused: %s (offset %" PRIu32 ")", tokens[1], diag.text, diag.offset);
		return;
	}
	if (!instantiate(s, m, &diag)) {
		fail(s, "%s: not instantiated: %s", tokens[1], diag.text);
		return;
	}
	if (ocre_instance_start(m->instance) == OCRE_OK) {
		result = run(s, m->instance);
		if (result != OCRE_RUN_DONE) {
			fail(s, "%s: start function: %s", tokens[1], ending(m->instance, result));
			ocre_instance_abandon(m->instance);
			return;
		}
	}
	s->passed++;
}

static void cmd_register(struct script *s, char **tokens)
{
	const struct loaded *m = find_module(s, tokens[0]);
	size_t size;
	char *as = unhex(s, tokens[1], &size);
	uint32_t i = 0;

	if (m == NULL || m->instance == NULL) {
		fail(s, "the module to be registered is not there");
		free(as);
		return;
	}
	while (i < s->import_count && strcmp(s->imports[i].name, as) != 0) {
		i++;
	}
	if (i == s->import_count) {
		s->import_count++;
		s->imports = checked(
			realloc(s->imports, s->import_count * sizeof(struct ocre_instance_import)));
		s->imports[i].name = as;
	} else {
		free(as);
	}
	s->imports[i].instance = m->instance;
}

static bool compare(struct script *s, const struct spec_value *want, uint32_t count,
		    const struct outcome *o)
{
	char text[64];

	if (count != o->count) {
		fail(s, "%" PRIu32 " results instead of %" PRIu32, o->count, count);
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		char wanted[64];

		if (want[i].type == o->types[i] && spec_value_match(&want[i], &o->values[i])) {
			continue;
		}
		spec_value_print(o->types[i], &o->values[i], text, sizeof(text));
		spec_value_print(want[i].type, &want[i].value, wanted, sizeof(wanted));
		fail(s, "result %" PRIu32 " is %s, expected %s%s", i, text, wanted,
		     want[i].any || want[i].nan[0] != SPEC_EXACT ? " (or a pattern)" : "");
		return false;
	}
	return true;
}

/* `check` is whether results are compared; a bare action only has to return. */
static void cmd_return(struct script *s, char **tokens, uint32_t count, bool check)
{
	struct action a = {0};
	struct outcome o;
	struct spec_value want[MAX_VALUES];
	uint32_t taken = parse_action(s, tokens, count, &a);

	parse_values(s, tokens + taken, count - taken, want);
	if (perform(s, &a, &o)) {
		if (o.run != OCRE_RUN_DONE) {
			fail(s, "\"%s\": %s", a.field, ending(a.instance, o.run));
		} else if (!check || compare(s, want, count - taken, &o)) {
			s->passed++;
		}
		settle(&a, &o);
	}
	free(a.field);
}

static bool trapped_right(struct script *s, struct ocre_instance *instance, const char *want,
			  enum ocre_trap kind)
{
	const struct ocre_trap_info *trap = ocre_instance_trap(instance);

	if (kind != OCRE_TRAP_NONE && trap->kind != kind) {
		fail(s, "trap \"%s\", expected %s", trap->message, ocre_trap_text(kind));
		return false;
	}
	if (!same_words(want, ocre_trap_text(trap->kind)) || trap->message[0] == '\0') {
		fail(s, "trap \"%s\", expected \"%s\"", trap->message, want);
		return false;
	}
	return true;
}

/* `kind` is OCRE_TRAP_NONE where the words alone decide. */
static void cmd_trap(struct script *s, const char *text, char **tokens, uint32_t count,
		     enum ocre_trap kind)
{
	struct action a = {0};
	struct outcome o;
	size_t size;
	char *want = unhex(s, text, &size);

	parse_action(s, tokens, count, &a);
	if (perform(s, &a, &o)) {
		if (o.run != OCRE_RUN_TRAP) {
			fail(s, "\"%s\": %s, expected a trap", a.field, ending(a.instance, o.run));
		} else if (trapped_right(s, a.instance, want != NULL ? want : ocre_trap_text(kind),
					 kind)) {
			s->passed++;
		}
		settle(&a, &o);
	}
	free(a.field);
	free(want);
}

/* A refusal is right; are its words the specification's too? */
static void refused(struct script *s, const char *want, const struct ocre_diag *diag)
{
	s->wordings++;
	if (same_words(want, diag->text)) {
		s->worded++;
	} else if (s->options->strict_wording) {
		fail(s, "refused with \"%s\", expected \"%s\"", diag->text, want);
		return;
	}
	s->passed++;
}

static void cmd_refuse(struct script *s, const char *text, const char *file)
{
	struct loaded m = {0};
	struct ocre_diag diag = {0};
	unsigned long failed = s->failed;
	size_t size;
	char *want = unhex(s, text, &size);

	if (load(s, &m, file, &diag)) {
		fail(s, "%s: accepted, expected \"%s\"", file, want);
	} else if (diag.status != OCRE_E_MALFORMED && diag.status != OCRE_E_INVALID &&
		   diag.status != OCRE_E_LIMIT && diag.status != OCRE_E_UNSUPPORTED) {
		fail(s, "%s: refused with \"%s\", expected \"%s\"", file, diag.text, want);
	} else if (s->failed == failed) {
		refused(s, want, &diag);
	}
	unload(s, &m);
	free(want);
}

static void cmd_unlinkable(struct script *s, const char *text, const char *file)
{
	struct loaded *m = new_module(s);
	struct ocre_diag diag = {0};
	size_t size;
	char *want = unhex(s, text, &size);

	if (!load(s, m, file, &diag)) {
		fail(s, "%s: refused: %s (offset %" PRIu32 ")", file, diag.text, diag.offset);
	} else if (instantiate(s, m, &diag)) {
		fail(s, "%s: instantiated, expected \"%s\"", file, want);
	} else if (diag.status != OCRE_E_LINK) {
		fail(s, "%s: status %d (\"%s\") instead of a link error", file, diag.status,
		     diag.text);
	} else {
		refused(s, want, &diag);
	}
	free(want);
}

static void cmd_uninstantiable(struct script *s, const char *text, const char *file)
{
	struct loaded *m = new_module(s);
	struct ocre_diag diag = {0};
	size_t size;
	char *want = unhex(s, text, &size);

	if (!load(s, m, file, &diag)) {
		fail(s, "%s: refused: %s (offset %" PRIu32 ")", file, diag.text, diag.offset);
	} else if (!instantiate(s, m, &diag)) {
		if (diag.status == OCRE_E_LINK && same_words(want, diag.text)) {
			s->passed++;
		} else {
			fail(s, "%s: status %d, \"%s\", expected \"%s\"", file, diag.status,
			     diag.text, want);
		}
	} else if (ocre_instance_start(m->instance) != OCRE_OK) {
		fail(s, "%s: instantiated, expected \"%s\"", file, want);
	} else {
		enum ocre_run result = run(s, m->instance);

		if (result != OCRE_RUN_TRAP) {
			fail(s, "%s: %s, expected \"%s\"", file, ending(m->instance, result), want);
		} else if (trapped_right(s, m->instance, want, OCRE_TRAP_NONE)) {
			s->passed++;
		}
		ocre_instance_abandon(m->instance);
	}
	free(want);
}

static void cmd_walk(struct script *s, const char *file)
{
	struct ocre_bytes bytes;
	uint8_t *data = read_module(s, file, &bytes);
	char text[200];
	const char *what = spec_walk(bytes, text, sizeof(text));

	if (what == NULL) {
		s->passed++;
	} else {
		fail(s, "%s: %s", file, what);
	}
	free(data);
}

/* VERB LINE TEXT OBJECT... */
static void command(struct script *s, char **t, uint32_t count)
{
	static const char *const file_verbs[] = {"invalid", "malformed", "unlinkable",
						 "uninstantiable"};
	bool has_file = strcmp(t[0], "module") == 0;

	for (size_t i = 0; i < sizeof(file_verbs) / sizeof(file_verbs[0]); i++) {
		has_file = has_file || strcmp(t[0], file_verbs[i]) == 0;
	}
	if (s->options->fail_alloc) {
		if (has_file) {
			cmd_walk(s, t[count - 1]);
		}
	} else if (strcmp(t[0], "module") == 0) {
		cmd_module(s, t + 3);
	} else if (strcmp(t[0], "register") == 0) {
		cmd_register(s, t + 3);
	} else if (strcmp(t[0], "action") == 0) {
		cmd_return(s, t + 3, count - 3, false);
	} else if (strcmp(t[0], "return") == 0) {
		cmd_return(s, t + 3, count - 3, true);
	} else if (strcmp(t[0], "trap") == 0) {
		cmd_trap(s, t[2], t + 3, count - 3, OCRE_TRAP_NONE);
	} else if (strcmp(t[0], "exhaustion") == 0) {
		cmd_trap(s, t[2], t + 3, count - 3, OCRE_TRAP_STACK);
	} else if (strcmp(t[0], "exception") == 0) {
		cmd_trap(s, t[2], t + 3, count - 3, OCRE_TRAP_EXCEPTION);
	} else if (strcmp(t[0], "invalid") == 0 || strcmp(t[0], "malformed") == 0) {
		cmd_refuse(s, t[2], t[3]);
	} else if (strcmp(t[0], "unlinkable") == 0) {
		cmd_unlinkable(s, t[2], t[3]);
	} else if (strcmp(t[0], "uninstantiable") == 0) {
		cmd_uninstantiable(s, t[2], t[3]);
	} else if (strcmp(t[0], "skip") == 0) {
		s->skipped++;
	} else {
		die("%s:%lu: unknown command \"%s\"", s->name, s->line, t[0]);
	}
}

static void traced_command(struct script *s, char **t, uint32_t count)
{
	uint64_t used = s->used;

	command(s, t, count);
	if (s->options->trace) {
		printf("%s:%lu: %s, budget %" PRIu64 "\n", s->name, s->line, t[0], s->used - used);
	}
}

static void read_commands(struct script *s, char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		bool last = text[length] == '\0';
		char *t[MAX_TOKENS];
		uint32_t count = 0;

		text[length] = '\0';
		for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) {
			if (count == MAX_TOKENS) {
				die("%s: a command has more than %d words", s->name, MAX_TOKENS);
			}
			t[count++] = word;
		}
		if (count == 2 && strcmp(t[0], "script") == 0) {
			s->name = t[1];
		} else if (count >= 4) {
			s->line = strtoul(t[1], NULL, 10);
			traced_command(s, t, count);
		} else if (count != 0) {
			die("%s: the command \"%s\" lacks something", s->name, t[0]);
		}
		text += last ? length : length + 1;
	}
}

/* ---- the whole script ---- */

static void begin(struct script *s)
{
	struct ocre_store_options options = {
		.memory_ops = s->options->reserve ? spec_heap_reserve() : NULL,
	};
	int rc;

	ocre_mem_init(&s->mem, spec_heap_resize, &s->heap, SIZE_MAX);
	rc = ocre_store_create(&s->mem, &options, &s->store);
	if (rc != OCRE_OK) {
		die("no store: %s", ocre_status_text(rc));
	}
	s->imports = checked(calloc(1, sizeof(*s->imports)));
	s->imports[0].name = "spectest";
	s->import_count = 1;
	rc = spec_test_externs(s->store, &s->imports[0].instance);
	if (rc != OCRE_OK) {
		die("no module spectest: %s", ocre_status_text(rc));
	}
}

static void finish(struct script *s)
{
	ocre_store_destroy(s->store);
	while (s->modules != NULL) {
		struct loaded *m = s->modules;

		s->modules = m->next;
		unload(s, m);
		free(m->name);
		free(m);
	}
	for (uint32_t i = 1; i < s->import_count; i++) {
		free((void *)(uintptr_t)s->imports[i].name);
	}
	free(s->imports);
	if (s->heap.broken != NULL) {
		fail(s, "allocator: %s", s->heap.broken);
	}
	if (s->mem.used != 0 || s->heap.blocks != 0) {
		fail(s, "%zu bytes in %zu blocks are left after everything was destroyed",
		     s->mem.used, s->heap.blocks);
	}
}

static int run_script(const char *path, const struct options *options)
{
	struct script s = {.options = options, .name = path};
	const char *slash = strrchr(path, '/');
	size_t folder_size = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	char *folder = checked(calloc(1, folder_size + 1));
	size_t size;
	uint8_t *data = read_file(path, &size);
	char *text = checked(calloc(1, size + 1));

	memcpy(folder, path, folder_size);
	memcpy(text, data, size);
	free(data);
	s.folder = folder;
	if (!options->fail_alloc) {
		begin(&s);
	}
	read_commands(&s, text);
	if (!options->fail_alloc) {
		finish(&s);
	}
	printf("result passed=%lu failed=%lu skipped=%lu worded=%lu wordings=%lu budget=%" PRIu64
	       "\n",
	       s.passed, s.failed, s.skipped, s.worded, s.wordings, s.used);
	free(text);
	free(folder);
	return s.failed == 0 ? 0 : 1;
}

static uint64_t number(const char *option, const char *text)
{
	char *end = NULL;
	uint64_t n = text == NULL ? 0 : strtoull(text, &end, 10);

	if (text == NULL || end == text || *end != '\0' || n == 0) {
		die("%s needs a number above 0", option);
	}
	return n;
}

static const char usage[] =
	"usage: spec_runner [options] FILE.cmd\n"
	"       spec_runner --features\n"
	"\n"
	"  --strict-wording  refusals must be in the specification's words\n"
	"  --slice N         run in slices of N units of budget\n"
	"  --cache N         bytes of prepared code that a module may hold\n"
	"  --stack N         bytes of guest stack (default 262144)\n"
	"  --stored          run prepared code from an image in read-only memory\n"
	"  --reserve         reserve address space for memories instead of allocating them\n"
	"  --trace           print the budget that each command used\n"
	"  --fail-alloc      only load, instantiate and run each module while allocations fail\n"
	"  --features        print what this build of the engine supports\n";

int main(int argc, char **argv)
{
	struct options options = {.stack = STACK_SIZE};
	const char *file = NULL;

	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];

		if (strcmp(a, "--features") == 0) {
			puts(ocre_engine_features());
			return 0;
		}
		if (strcmp(a, "--help") == 0) {
			fputs(usage, stdout);
			return 0;
		}
		if (strcmp(a, "--strict-wording") == 0) {
			options.strict_wording = true;
		} else if (strcmp(a, "--fail-alloc") == 0) {
			options.fail_alloc = true;
		} else if (strcmp(a, "--reserve") == 0) {
			options.reserve = true;
		} else if (strcmp(a, "--stored") == 0) {
			options.stored = true;
		} else if (strcmp(a, "--trace") == 0) {
			options.trace = true;
		} else if (strcmp(a, "--slice") == 0) {
			options.slice = number(a, argv[++i]);
		} else if (strcmp(a, "--cache") == 0) {
			options.cache = (size_t)number(a, argv[++i]);
		} else if (strcmp(a, "--stack") == 0) {
			options.stack = (uint32_t)number(a, argv[++i]);
		} else if (a[0] != '-' && file == NULL) {
			file = a;
		} else {
			die("unknown option or second file \"%s\"; see --help", a);
		}
	}
	if (file == NULL) {
		fputs(usage, stderr);
		return 2;
	}
	/* Lines come out at once, so that a crash does not swallow what was said before it. */
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	return run_script(file, &options);
}
