/* SPDX-License-Identifier: Apache-2.0 */
/*
 * configure.c - what a module says about itself (section ocre.config) where the command line says
 * nothing.
 */
#include <string.h>

#include "run.h"

/*
 * Guest stack when nobody says: interpreters and compilers need 1 to 8 MiB. It is counted as a
 * whole, so that a small memory limit gets a stack of an eighth of it.
 */
#define STACK_DEFAULT (UINT64_C(1) << 20)
#define STACK_SHARE   8

static uint32_t length(const char *const *list)
{
	uint32_t n = 0;

	while (list != NULL && list[n] != NULL) {
		n++;
	}
	return n;
}

/* One line about what is there and not done. */
static void say_what_is_not_done(const struct ocre__run_config *config,
				 const struct ocre_container_config *asked)
{
	const char *const words[] = {
		asked->restart != OCRE_RESTART_NO ? "restart" : NULL,
		asked->watchdog_ms != 0 ? "watchdog" : NULL,
		asked->cpu_percent != 0 ? "cpu-percent" : NULL,
	};
	/* Who gives something has thought about it. */
	bool grants = asked->grants != NULL && config->dir_count == 0 && !config->net;
	char text[64] = "";

	for (size_t n = 0; n < sizeof(words) / sizeof(words[0]); n++) {
		if (words[n] != NULL) {
			strcat(text, text[0] != '\0' ? ", " : "");
			strcat(text, words[n]);
		}
	}
	if (text[0] != '\0' || grants) {
		(void)ocre__fail(OCRE__EXIT_OK, "%s: section ocre.config: %s%s%s%s", config->file,
				 text, text[0] != '\0' ? " not done by ocre run" : "",
				 text[0] != '\0' && grants ? "; " : "",
				 grants ? "grants are given by --dir and --net only" : "");
	}
}

/* What the command line has not said. */
static void take(struct ocre__run_config *config, const struct ocre_container_config *asked)
{
	if (config->invoke == NULL) {
		if (config->arg_count == 0) {
			config->args = asked->args;
			config->arg_count = length(asked->args);
		}
		if (config->entry == NULL) {
			config->entry = asked->entry;
		}
	}
	if (config->env_count == 0) {
		config->env = asked->env;
		config->env_count = length(asked->env);
	}
	if (config->memory == SIZE_MAX && asked->memory_limit != 0) {
		config->memory = asked->memory_limit;
	}
	if (config->stack == 0) {
		config->stack = asked->stack_size;
	}
	if (config->budget == UINT64_MAX && asked->budget != 0) {
		config->budget = asked->budget;
	}
	config->max_fds = asked->max_fds;
}

int ocre__configure(struct ocre__run_config *config, struct ocre_bytes module, struct ocre_mem *mem,
		    struct ocre_config_section *section)
{
	struct ocre_container_config asked = {0};
	struct ocre_diag diag = {0};
	/* Grants are read in order to be told of, and not taken. */
	int rc = ocre_config_section_apply(ocre_config_section_find(module), true, mem, &asked,
					   section, &diag);

	if (rc < 0) {
		return ocre__fail(OCRE__EXIT_ERROR, "%s: %s", config->file, diag.text);
	}
	if (asked.stack_size != 0 &&
	    (asked.stack_size < OCRE__STACK_MIN || asked.stack_size > OCRE__STACK_MAX)) {
		return ocre__fail(OCRE__EXIT_ERROR,
				  "%s: section ocre.config: stack is not a size from 1K to 2G",
				  config->file);
	}
	take(config, &asked);
	if (config->stack == 0) {
		uint64_t share = config->memory / STACK_SHARE;

		config->stack = share < OCRE__STACK_MIN ? OCRE__STACK_MIN
				: share < STACK_DEFAULT ? share
							: STACK_DEFAULT;
	}
	say_what_is_not_done(config, &asked);
	return OCRE__EXIT_OK;
}
