/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - `ocre run`: the command line, and the container from its file to its end. */
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum {
	OPT_DIR,
	OPT_ENV,
	OPT_NET,
	OPT_MEMORY,
	OPT_STACK,
	OPT_TIMEOUT,
	OPT_BUDGET,
	OPT_CODE,
	OPT_ENTRY,
	OPT_INVOKE,
	OPT_STRICT,
	OPT_STATS,
};

static const struct ocre__option options[] = {
	[OPT_DIR] = {"dir", "HOST[:GUEST][:ro]",
		     "let the guest use the directory HOST, under the name\n"
		     "GUEST (the same when not given); :ro makes it read-only;\n"
		     "may be repeated"},
	[OPT_ENV] = {"env", "NAME[=VALUE]",
		     "set an environment variable of the guest; without =VALUE\n"
		     "the value it has here, if any; may be repeated"},
	[OPT_NET] = {"net", NULL,
		     "let the guest use the network as this program can; without\n"
		     "it what the guest tries is refused (ENOTCAPABLE)"},
	[OPT_MEMORY] = {"memory", "SIZE",
			"most that the container may cost, all included: linear\n"
			"memory, guest stack, tables, prepared code, open files"},
	[OPT_STACK] = {"stack", "SIZE",
		       "guest stack (1M, or an eighth of --memory if that is less)"},
	[OPT_TIMEOUT] = {"timeout", "DURATION", "stop the guest after this time"},
	[OPT_BUDGET] = {"budget", "N", "stop the guest after N units of work (instructions)"},
	[OPT_CODE] = {"code", "FILE.ocode",
		      "run code that ocre prepare stored; who can write that file\n"
		      "can do all that ocre can, and must not while it is in use"},
	[OPT_ENTRY] = {"entry", "NAME", "call this export instead of looking for an entry"},
	[OPT_INVOKE] = {"invoke", "FUNC",
			"call this export with the arguments that follow the file,\n"
			"each read as the type of its parameter, and print what it\n"
			"returns, one value a line"},
	[OPT_STRICT] = {"strict", NULL,
			"refuse a module with imports that are not provided;\n"
			"otherwise calling one is a trap"},
	[OPT_STATS] = {"stats", NULL, "say on stderr what the run cost"},
	{NULL, NULL, NULL},
};

static const char details[] =
	"SIZE is a number with B, K, M, G (powers of 1024; KiB, MiB, GiB are the same, kB, MB,\n"
	"GB powers of 1000), DURATION one with ms, s, m or h.\n"
	"\n"
	"Options end at the file: what follows belongs to the guest. Without --entry the first\n"
	"export of _start, main, __main_argc_argv, _main, on_init and run is called.\n"
	"\n"
	"Arguments, environment, entry and limits that are not given here are taken from the\n"
	"module's section ocre.config, if it has one; what it may do is not.\n"
	"\n"
	"Exit status: the guest's; 134 when it trapped, 137 when a limit stopped it (memory,\n"
	"budget, timeout), 1 for another error, 2 for a wrong command line.\n"
	"\n"
	"Examples:\n"
	"  ocre run hello.wasm\n"
	"  ocre run --dir data:/data:ro --env LANG=C --memory 16M --timeout 2s tool.wasm -v /data\n"
	"  ocre run --invoke add sum.wasm 40 2\n";

/* ---- the command line ---- */

/* "HOST[:GUEST][:ro|:rw]"; `text` is cut into pieces. */
static bool parse_dir(char *text, struct ocre_cli_dir *out)
{
	size_t length = strlen(text);
	char *colon;

	out->read_only = false;
	if (length > 3 &&
	    (strcmp(text + length - 3, ":ro") == 0 || strcmp(text + length - 3, ":rw") == 0)) {
		out->read_only = text[length - 1] == 'o';
		text[length - 3] = '\0';
	}
	out->host = text;
	out->guest = text;
	colon = strrchr(text, ':');
	if (colon != NULL) {
		*colon = '\0';
		out->guest = colon + 1;
	}
	return out->host[0] != '\0' && out->guest[0] != '\0';
}

static int wrong(const char *option, const char *what, const char *value)
{
	return ocre__usage(&ocre__cmd_run, "--%s: not %s: %s", option, what, value);
}

/* What --env gives; the list and its texts are freed at the end. */
struct env {
	char **list;
	uint32_t count;
};

static int add_env(struct env *env, char *text)
{
	size_t name = strcspn(text, "=");
	const char *value;
	size_t size;
	char *pair;

	if (name == 0) {
		return wrong("env", "NAME=VALUE or NAME", text);
	}
	if (text[name] == '=') {
		env->list[env->count++] = strdup(text);
		return OCRE__EXIT_OK;
	}
	value = getenv(text);
	if (value == NULL) {
		return OCRE__EXIT_OK; /* what is not set here is not set there */
	}
	size = name + 1 + strlen(value) + 1;
	pair = malloc(size);
	if (pair != NULL) {
		snprintf(pair, size, "%s=%s", text, value);
	}
	env->list[env->count++] = pair;
	return OCRE__EXIT_OK;
}

static int read_option(struct ocre__run_config *config, struct env *env, int option, char *value)
{
	switch (option) {
	case OPT_DIR:
		return parse_dir(value, &config->dirs[config->dir_count++])
			       ? OCRE__EXIT_OK
			       : ocre__usage(&ocre__cmd_run, "--dir: not HOST[:GUEST][:ro]");
	case OPT_ENV:
		return add_env(env, value);
	case OPT_MEMORY:
		return ocre__parse_size(value, &config->memory)
			       ? OCRE__EXIT_OK
			       : wrong("memory", "a size such as 64K or 16M", value);
	case OPT_STACK:
		return ocre__parse_size(value, &config->stack) &&
				       config->stack >= OCRE__STACK_MIN &&
				       config->stack <= OCRE__STACK_MAX
			       ? OCRE__EXIT_OK
			       : wrong("stack", "a size from 1K to 2G", value);
	case OPT_TIMEOUT:
		return ocre__parse_duration(value, &config->timeout_ns)
			       ? OCRE__EXIT_OK
			       : wrong("timeout", "a duration such as 500ms, 2s or 1m", value);
	case OPT_BUDGET:
		return ocre__parse_u64(value, &config->budget)
			       ? OCRE__EXIT_OK
			       : wrong("budget", "a number of units", value);
	case OPT_CODE:
		config->code = value;
		break;
	case OPT_ENTRY:
		config->entry = value;
		break;
	case OPT_INVOKE:
		config->invoke = value;
		break;
	case OPT_NET:
		config->net = true;
		break;
	case OPT_STRICT:
		config->strict = true;
		break;
	case OPT_STATS:
		config->stats = true;
		break;
	}
	return OCRE__EXIT_OK;
}

/* Fill `config`. -1 when there is something to run, else the exit status. */
static int read_command_line(struct ocre__run_config *config, struct env *env, int argc,
			     char **argv)
{
	struct ocre__options parser;
	int option;
	int rc;

	ocre__options_init(&parser, &ocre__cmd_run, argc, argv);
	while ((option = ocre__options_next(&parser)) != OCRE__OPT_END) {
		if (option == OCRE__OPT_HELP) {
			ocre__print_help(&ocre__cmd_run);
			return OCRE__EXIT_OK;
		}
		if (option == OCRE__OPT_ERROR) {
			return OCRE__EXIT_USAGE;
		}
		rc = read_option(config, env, option, parser.value);
		if (rc != OCRE__EXIT_OK) {
			return rc;
		}
	}
	if (parser.next == argc) {
		return ocre__usage(&ocre__cmd_run, "a FILE is needed");
	}
	if (config->entry != NULL && config->invoke != NULL) {
		return ocre__usage(&ocre__cmd_run, "--entry and --invoke exclude each other");
	}
	config->file = argv[parser.next];
	config->args = (const char *const *)argv + parser.next + 1;
	config->arg_count = (uint32_t)(argc - parser.next - 1);
	return -1;
}

/* ---- the container ---- */

/* All that a container holds, in the order in which it is made. */
struct container {
	const struct ocre_cli_setup *setup;
	const struct ocre__run_config *config;
	struct ocre_mem mem;
	struct ocre_mem own_mem; /* not the guest's */
	struct ocre_config_section section;
	struct ocre_port_file file;
	struct ocre_port_file code; /* prepared, or no bytes */
	struct ocre_module *module;
	struct ocre_store *store;
	struct ocre_instance *instance;
	void **objects; /* one for each of setup->hosts */
	uint32_t object_count;
	struct ocre_host_import *imports;
	uint32_t import_count;
};

/* An error on the way to an instance; out of counted memory is a limit that was reached. */
static int fail(const struct container *c, int rc, const struct ocre_diag *diag)
{
	char size[OCRE__UNIT_TEXT];

	if (rc == OCRE_E_NOMEM && c->config->memory != SIZE_MAX) {
		return ocre__fail(OCRE__EXIT_LIMIT, "%s: memory limit of %s reached before it ran",
				  c->config->file, ocre__format_size(c->config->memory, size));
	}
	return ocre__fail_diag(c->config->file, rc, diag);
}

/* The name of a file without its directories. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static int create_hosts(struct container *c)
{
	const struct ocre_cli_setup *setup = c->setup;
	const struct ocre__run_config *config = c->config;
	struct ocre_cli_guest guest = {
		.mem = &c->mem,
		.env = config->env,
		.env_count = config->env_count,
		.dirs = config->dirs,
		.dir_count = config->dir_count,
		.net = config->net,
		.max_fds = config->max_fds,
	};
	struct ocre_diag diag = {0};
	const char **args;
	uint32_t modules = 0;
	int rc = OCRE_OK;

	for (uint32_t n = 0; n < setup->host_count; n++) {
		modules += setup->hosts[n].module_count;
	}
	args = calloc((size_t)config->arg_count + 1, sizeof(*args));
	c->objects = calloc((size_t)setup->host_count + 1, sizeof(*c->objects));
	c->imports = calloc((size_t)modules + 1, sizeof(*c->imports));
	if (args == NULL || c->objects == NULL || c->imports == NULL) {
		free(args);
		return fail(c, OCRE_E_NOMEM, &diag);
	}
	args[0] = base_name(config->file);
	if (config->invoke == NULL) { /* those of --invoke are the function's */
		for (uint32_t n = 0; n < config->arg_count; n++) {
			args[n + 1] = config->args[n];
		}
	}
	guest.args = args;
	guest.arg_count = 1 + (config->invoke == NULL ? config->arg_count : 0);
	for (uint32_t n = 0; n < setup->host_count && rc == OCRE_OK; n++) {
		const struct ocre_cli_host *host = &setup->hosts[n];

		rc = host->create(setup->port, &guest, &c->objects[n], &diag);
		if (rc < 0) {
			break;
		}
		c->object_count++;
		for (uint32_t m = 0; m < host->module_count; m++) {
			c->imports[c->import_count++] =
				(struct ocre_host_import){host->modules[m], c->objects[n]};
		}
	}
	free(args);
	if (rc < 0 && rc != OCRE_E_NOMEM) { /* a directory, say: not the file's fault */
		return ocre__fail(OCRE__EXIT_ERROR, "%s",
				  diag.text[0] != '\0' ? diag.text : ocre_status_text(rc));
	}
	return rc < 0 ? fail(c, rc, &diag) : OCRE__EXIT_OK;
}

static uint64_t now_ns(void *ctx)
{
	return ocre__now((const struct ocre_cli_setup *)ctx);
}

/* A store, and in it the instance. On failure there is neither. */
static int instantiate(struct container *c, const struct ocre_memory_ops *memory_ops,
		       struct ocre_diag *diag)
{
	const struct ocre_store_options store_options = {
		.memory_ops = memory_ops,
		.now_ns = now_ns,
		.ctx = (void *)(uintptr_t)c->setup,
	};
	const struct ocre_instance_options options = {
		.hosts = c->imports,
		.host_count = c->import_count,
		.stack_size = (uint32_t)c->config->stack,
		.strict = c->config->strict,
		.supply = true,
	};
	int rc = ocre_store_create(&c->mem, &store_options, &c->store);

	if (rc == OCRE_OK) {
		rc = ocre_instance_create(c->store, c->module, &options, &c->instance, diag);
	}
	if (rc < 0) {
		ocre_store_destroy(c->store);
		c->store = NULL;
	}
	return rc;
}

/*
 * A guest without a limit of its own gets 4 GiB of address space reserved. Where there is less
 * (ulimit -v), plain allocations do.
 */
static int create_instance(struct container *c)
{
	struct ocre_diag diag = {0};
	const struct ocre_module_options module_options = {
		.stored_code = c->code.bytes,
		.stored_code_trusted = true,
	};
	int rc = ocre_module_load(&c->mem, c->file.bytes, &module_options, &c->module, &diag);

	if (rc == OCRE_E_STALE) {
		return ocre__fail(OCRE__EXIT_ERROR, "%s: %s: make it with ocre prepare %s %s",
				  c->config->code, diag.text, c->config->file, c->config->code);
	}
	if (rc == OCRE_OK) {
		rc = instantiate(c, c->setup->memory_ops, &diag);
		if (rc == OCRE_E_NOMEM && c->setup->memory_ops != NULL) {
			diag = (struct ocre_diag){0};
			rc = instantiate(c, NULL, &diag);
		}
	}
	return rc < 0 ? fail(c, rc, &diag) : OCRE__EXIT_OK;
}

static int run_instance(struct container *c)
{
	struct ocre__loop loop;
	int status;

	c->setup->catch_signals(c->setup->port); /* until here the default action does */
	ocre__loop_init(&loop, c->setup, c->instance, c->config);
	status = ocre__entry_run(&loop, c->config);
	if (c->config->stats) {
		ocre__report_stats(&loop, &c->mem);
	}
	return status;
}

static void destroy(struct container *c)
{
	ocre_store_destroy(c->store);
	ocre_module_unload(c->module);
	while (c->object_count > 0) {
		c->object_count--;
		c->setup->hosts[c->object_count].destroy(c->objects[c->object_count]);
	}
	free(c->imports);
	free(c->objects);
	ocre_config_section_free(&c->section);
	ocre__file_free(c->setup, &c->code);
	ocre__file_free(c->setup, &c->file);
}

/* An empty file is no image either, and must not count as none. */
static int load_code(struct container *c)
{
	int status = ocre__file_map(c->setup, c->config->code, &c->code);

	if (status == OCRE__EXIT_OK && c->code.bytes.size == 0) {
		return ocre__fail(OCRE__EXIT_ERROR, "%s: the file is empty", c->config->code);
	}
	return status;
}

static int run_container(const struct ocre_cli_setup *setup, struct ocre__run_config *config)
{
	struct container c = {.setup = setup, .config = config};
	int status = ocre__file_read(setup, config->file, &c.file);

	if (status != OCRE__EXIT_OK) {
		return status;
	}
	ocre_mem_init(&c.own_mem, ocre_port_posix_resize, NULL, SIZE_MAX);
	status = ocre__configure(config, c.file.bytes, &c.own_mem, &c.section);
	ocre_mem_init(&c.mem, ocre_port_posix_resize, NULL,
		      config->memory < SIZE_MAX ? (size_t)config->memory : SIZE_MAX);
	if (status == OCRE__EXIT_OK && config->code != NULL) {
		status = load_code(&c);
	}
	if (status == OCRE__EXIT_OK) {
		status = create_hosts(&c);
	}
	if (status == OCRE__EXIT_OK) {
		status = create_instance(&c);
	}
	if (status == OCRE__EXIT_OK) {
		status = run_instance(&c);
	}
	destroy(&c);
	return status;
}

static int run(const struct ocre_cli_setup *setup, int argc, char **argv)
{
	struct ocre__run_config config = {
		.memory = SIZE_MAX,
		.timeout_ns = UINT64_MAX,
		.budget = UINT64_MAX,
	};
	struct env env = {0};
	int status = OCRE__EXIT_ERROR;

	/* No more of each than there are arguments. */
	config.dirs = calloc((size_t)argc, sizeof(*config.dirs));
	env.list = calloc((size_t)argc, sizeof(*env.list));
	if (config.dirs != NULL && env.list != NULL) {
		status = read_command_line(&config, &env, argc, argv);
	} else {
		ocre__fail(status, "%s", ocre_status_text(OCRE_E_NOMEM));
	}
	for (uint32_t n = 0; n < env.count; n++) {
		if (env.list[n] == NULL) {
			status = ocre__fail(OCRE__EXIT_ERROR, "%s", ocre_status_text(OCRE_E_NOMEM));
		}
	}
	if (status == -1) {
		config.env = (const char *const *)env.list;
		config.env_count = env.count;
		status = run_container(setup, &config);
	}
	for (uint32_t n = 0; n < env.count; n++) {
		free(env.list[n]);
	}
	free(env.list);
	free(config.dirs);
	return status;
}

const struct ocre__command ocre__cmd_run = {
	.name = "run",
	.args = "[OPTION...] FILE.wasm [ARGUMENT...]",
	.summary = "Run a WebAssembly program as a container",
	.options = options,
	.details = details,
	.run = run,
};
