/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - what the files of `ocre run` share. */
#ifndef OCRE_CLI_RUN_H
#define OCRE_CLI_RUN_H

#include <ocre/config_section.h>

#include "cli.h"

#define OCRE__STACK_MIN 1024
#define OCRE__STACK_MAX (UINT64_C(2) << 30)

/* The command line of `ocre run`, then with what the module says. Lists are somebody else's. */
struct ocre__run_config {
	const char *file;
	struct ocre_cli_dir *dirs;
	uint32_t dir_count;
	const char *const *env; /* "NAME=value" */
	uint32_t env_count;
	const char *const *args; /* behind the file */
	uint32_t arg_count;
	const char *code;    /* file of prepared code; NULL: none */
	const char *entry;   /* NULL: look for one */
	const char *invoke;  /* NULL: run an entry function */
	uint64_t memory;     /* SIZE_MAX: no limit */
	uint64_t stack;	     /* 0: not told */
	uint64_t timeout_ns; /* UINT64_MAX: none */
	uint64_t budget;     /* UINT64_MAX: none */
	uint32_t max_fds;    /* 0: the default */
	bool net;
	bool stats;
	bool strict;
};

/* ---- configure.c ---- */

/*
 * Fill in what the command line did not say: from the section ocre.config of `module`, whose texts
 * `section` then holds, and by default. On failure the error has been printed.
 */
int ocre__configure(struct ocre__run_config *config, struct ocre_bytes module, struct ocre_mem *mem,
		    struct ocre_config_section *section);

/* ---- loop.c: run one call after the other, under the limits of all of them ---- */

enum ocre__stop {
	OCRE__STOP_DONE,
	OCRE__STOP_EXIT,
	OCRE__STOP_TRAP,
	OCRE__STOP_BUDGET,
	OCRE__STOP_TIMEOUT,
	OCRE__STOP_SIGNAL,
};

struct ocre__loop {
	const struct ocre_cli_setup *setup;
	struct ocre_instance *instance;
	uint64_t begin_ns;
	uint64_t deadline_ns; /* UINT64_MAX: none */
	uint64_t budget;      /* what is left */
	uint64_t used;
	uint64_t parks;
};

void ocre__loop_init(struct ocre__loop *loop, const struct ocre_cli_setup *setup,
		     struct ocre_instance *instance, const struct ocre__run_config *config);
/* Run the call that was begun until it ends or is stopped. */
enum ocre__stop ocre__loop_run(struct ocre__loop *loop);
/* The port's monotonic clock. */
uint64_t ocre__now(const struct ocre_cli_setup *setup);

/* ---- entry.c: which functions to call, with what ---- */

/*
 * Run start function, initializer and entry (or --invoke), print the results of --invoke. Returns
 * the exit status of the process, after errors have been printed.
 */
int ocre__entry_run(struct ocre__loop *loop, const struct ocre__run_config *config);

/* ---- report.c ---- */

/* Say on stderr why the guest was stopped, if that is to be said; returns the exit status. */
int ocre__report_stop(const struct ocre__loop *loop, const struct ocre__run_config *config,
		      enum ocre__stop stop);
void ocre__report_stats(const struct ocre__loop *loop, const struct ocre_mem *mem);

#endif /* OCRE_CLI_RUN_H */
