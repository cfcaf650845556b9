/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entry.c - which functions of a module `ocre run` calls: the start function, `_initialize` of a
 * reactor, and then an entry function, or the one that --invoke names.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"

/* Entry functions, in the order in which they are looked for. */
struct entry {
	const char *name;
	bool is_main; /* its result is the exit status, as in C */
	int32_t arg;  /* of its first parameter */
};
static const struct entry entries[] = {
	{"_start", false, 0}, {"main", true, 0},     {"__main_argc_argv", true, 0},
	{"_main", true, 0},   {"on_init", false, 8}, {"run", false, 0},
};
#define ENTRY_COUNT (sizeof(entries) / sizeof(entries[0]))

/* Run the call of `func`; *status is the exit status when this was the end of the guest. */
static bool call(struct ocre__loop *loop, const struct ocre__run_config *config, uint32_t func,
		 const union ocre_value *args, int *status)
{
	enum ocre__stop stop;
	int rc = ocre_instance_call(loop->instance, func, args);

	if (rc < 0) {
		*status = ocre__fail(OCRE__EXIT_ERROR, "%s: cannot call function %u: %s",
				     config->file, (unsigned int)func, ocre_status_text(rc));
		return false;
	}
	stop = ocre__loop_run(loop);
	*status = ocre__report_stop(loop, config, stop);
	return stop == OCRE__STOP_DONE;
}

/* The start function (specification, 4.5.4) and `_initialize`, each when there is one. */
static bool begin(struct ocre__loop *loop, const struct ocre__run_config *config, bool initialize,
		  int *status)
{
	struct ocre_func_type type;
	uint32_t func;
	int rc = ocre_instance_start(loop->instance);

	if (rc == OCRE_OK) {
		enum ocre__stop stop = ocre__loop_run(loop);

		*status = ocre__report_stop(loop, config, stop);
		if (stop != OCRE__STOP_DONE) {
			return false;
		}
	} else if (rc != OCRE_E_NOTFOUND) {
		*status = ocre__fail(OCRE__EXIT_ERROR, "%s: cannot run the start function: %s",
				     config->file, ocre_status_text(rc));
		return false;
	}
	if (initialize &&
	    ocre_instance_find_func(loop->instance, "_initialize", &func, &type) == OCRE_OK &&
	    type.param_count == 0 && type.result_count == 0) {
		return call(loop, config, func, NULL, status);
	}
	return true;
}

/* ---- entry functions ---- */

static const struct entry *find_entry(struct ocre__loop *loop, const char *name, uint32_t *func,
				      struct ocre_func_type *type)
{
	static const struct entry other = {"", false, 0};

	for (size_t n = 0; n < ENTRY_COUNT; n++) {
		if (name != NULL && strcmp(name, entries[n].name) != 0) {
			continue;
		}
		if (ocre_instance_find_func(loop->instance, entries[n].name, func, type) ==
		    OCRE_OK) {
			return &entries[n];
		}
	}
	if (name != NULL && ocre_instance_find_func(loop->instance, name, func, type) == OCRE_OK) {
		return &other;
	}
	return NULL;
}

static int no_function(const char *file, const char *name)
{
	return ocre__fail(OCRE__EXIT_ERROR, "%s: no exported function %s (see ocre inspect)", file,
			  name);
}

/* Parameters of an entry function are i32 (argc and argv, or on_init's number). */
static int run_entry(struct ocre__loop *loop, const struct ocre__run_config *config)
{
	union ocre_value args[2] = {{0}, {0}};
	union ocre_value result;
	struct ocre_func_type type;
	const struct entry *entry;
	uint32_t func;
	int status = OCRE__EXIT_OK;

	entry = find_entry(loop, config->entry, &func, &type);
	if (entry == NULL && config->entry != NULL) {
		return no_function(config->file, config->entry);
	}
	if (entry == NULL) {
		return ocre__fail(OCRE__EXIT_ERROR,
				  "%s: no entry function (_start, main, on_init, run): name one "
				  "with --entry or --invoke",
				  config->file);
	}
	for (uint32_t n = 0; n < type.param_count; n++) {
		if (type.param_count > 2 || type.params[n] != OCRE_I32) {
			return ocre__fail(OCRE__EXIT_ERROR,
					  "%s: the entry function takes arguments: call it with "
					  "--invoke",
					  config->file);
		}
	}
	args[0].i32 = (uint32_t)entry->arg;
	if (!begin(loop, config, strcmp(entry->name, "_start") != 0, &status) ||
	    !call(loop, config, func, args, &status)) {
		return status;
	}
	if (entry->is_main && type.result_count == 1 && type.results[0] == OCRE_I32) {
		ocre_instance_results(loop->instance, &result, 1);
		return (int)(result.i32 & 0xff);
	}
	return OCRE__EXIT_OK;
}

/* ---- --invoke ---- */

static int parse_args(const struct ocre__run_config *config, const struct ocre_func_type *type,
		      union ocre_value *args)
{
	if (config->arg_count != type->param_count) {
		return ocre__fail(OCRE__EXIT_USAGE, "%s: function %s takes %u arguments, not %u",
				  config->file, config->invoke, (unsigned int)type->param_count,
				  (unsigned int)config->arg_count);
	}
	for (uint32_t n = 0; n < type->param_count; n++) {
		if (!ocre__parse_value(type->params[n], config->args[n], &args[n])) {
			return ocre__fail(OCRE__EXIT_USAGE,
					  "%s: argument %u of function %s must be of type %s: %s",
					  config->file, (unsigned int)n + 1, config->invoke,
					  ocre__type_name(type->params[n]), config->args[n]);
		}
	}
	return OCRE__EXIT_OK;
}

static void print_results(struct ocre__loop *loop, const struct ocre_func_type *type,
			  union ocre_value *results)
{
	ocre_instance_results(loop->instance, results, type->result_count);
	for (uint32_t n = 0; n < type->result_count; n++) {
		ocre__print_value(stdout, type->results[n], &results[n]);
		putchar('\n');
	}
}

static int run_invoke(struct ocre__loop *loop, const struct ocre__run_config *config)
{
	union ocre_value *values;
	struct ocre_func_type type;
	uint32_t func;
	size_t count;
	int status;

	if (ocre_instance_find_func(loop->instance, config->invoke, &func, &type) != OCRE_OK) {
		return no_function(config->file, config->invoke);
	}
	count = type.param_count > type.result_count ? type.param_count : type.result_count;
	values = calloc(count + 1, sizeof(*values));
	if (values == NULL) {
		return ocre__fail(OCRE__EXIT_ERROR, "%s", ocre_status_text(OCRE_E_NOMEM));
	}
	status = parse_args(config, &type, values);
	if (status == OCRE__EXIT_OK && begin(loop, config, true, &status) &&
	    call(loop, config, func, values, &status)) {
		print_results(loop, &type, values);
	}
	free(values);
	return status;
}

int ocre__entry_run(struct ocre__loop *loop, const struct ocre__run_config *config)
{
	return config->invoke != NULL ? run_invoke(loop, config) : run_entry(loop, config);
}
