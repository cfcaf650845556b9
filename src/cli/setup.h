/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setup.h - what a program that wants to be the `ocre` command tells this room: its port, and the
 * host modules that guests may import.
 */
#ifndef OCRE_CLI_SETUP_H
#define OCRE_CLI_SETUP_H

#include <ocre/base.h>
#include <ocre/engine.h>
#include <ocre/port.h>

struct ocre_cli_dir {
	const char *host;
	const char *guest;
	bool read_only;
};

/* What the command line gave to the guest; strings and lists live as long as the container. */
struct ocre_cli_guest {
	struct ocre_mem *mem; /* the container's */
	const char *const *args;
	uint32_t arg_count;
	const char *const *env; /* "NAME=value" */
	uint32_t env_count;
	const struct ocre_cli_dir *dirs;
	uint32_t dir_count;
	bool net;	  /* it may use the network */
	uint32_t max_fds; /* descriptors that it may have; 0: the default */
};

/* A family of host modules that share one object, which is made anew for each container. */
struct ocre_cli_host {
	int (*create)(const struct ocre_port *port, const struct ocre_cli_guest *guest,
		      void **object, struct ocre_diag *diag);
	void (*destroy)(void *object);
	const struct ocre_host_module *const *modules; /* their calls get `object` */
	uint32_t module_count;
};

struct ocre_cli_setup {
	const char *version;
	const struct ocre_port *port;
	const struct ocre_memory_ops *memory_ops; /* NULL: plain allocations */
	const struct ocre_cli_host *hosts;
	uint32_t host_count;
	/*
	 * Ctrl-C and the like: from `catch_signals` on, `caught_signal` tells the number of the one
	 * that came (0: none), and its coming wakes the port.
	 */
	void (*catch_signals)(const struct ocre_port *port);
	int (*caught_signal)(void);
};

/* The whole command; returns the exit status of the process. */
int ocre_cli_main(const struct ocre_cli_setup *setup, int argc, char **argv);

#endif /* OCRE_CLI_SETUP_H */
