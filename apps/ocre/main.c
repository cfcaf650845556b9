/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - the program `ocre`: the place that chooses what is linked. The port is POSIX, the host
 * modules are those of the table below.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ocre/port_posix.h>
#include <ocre/wasi.h>

#include "cli/setup.h"
#include "signals.h"

static bool nothing_allowed(void *ctx, const struct ocre_action *action)
{
	(void)ctx;
	(void)action;
	return false;
}

static int wasi_create(const struct ocre_port *port, const struct ocre_cli_guest *guest,
		       void **object, struct ocre_diag *diag)
{
	struct ocre_wasi_preopen *preopens =
		calloc((size_t)guest->dir_count + 1, sizeof(*preopens));
	struct ocre_wasi_options options = {
		.mem = guest->mem,
		.port = port,
		.args = guest->args,
		.arg_count = guest->arg_count,
		.env = guest->env,
		.env_count = guest->env_count,
		.preopens = preopens,
		.preopen_count = guest->dir_count,
		.allowed = guest->net ? NULL : nothing_allowed,
		.max_fds = guest->max_fds,
		.stdio = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO},
	};
	struct ocre_wasi *wasi;
	int rc;

	if (preopens == NULL) {
		return OCRE_E_NOMEM;
	}
	for (uint32_t n = 0; n < guest->dir_count; n++) {
		preopens[n].host_path = guest->dirs[n].host;
		preopens[n].guest_path = guest->dirs[n].guest;
		preopens[n].read_only = guest->dirs[n].read_only;
	}
	rc = ocre_wasi_create(&options, &wasi, diag);
	if (rc == OCRE_OK) {
		*object = wasi;
	}
	free(preopens);
	return rc;
}

static void wasi_destroy(void *object)
{
	ocre_wasi_destroy(object);
}

static const struct ocre_host_module *const wasi_modules[] = {
	&ocre_host_wasi_preview1,
	&ocre_host_wasi_unstable,
	&ocre_host_wasi_sockets,
};

static const struct ocre_cli_host hosts[] = {
	{wasi_create, wasi_destroy, wasi_modules, 3},
};

/*
 * The standard streams are descriptors 0, 1 and 2 whatever the parent left open: otherwise the next
 * file that we open would become one of them, and the guest could reach it.
 */
static int fill_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* Lower ones are taken, so that open() gives this one. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) {
			return -1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct ocre_port_posix posix;
	struct ocre_cli_setup setup = {
		.version = OCRE_VERSION,
		.port = &posix.port,
#if !OCRE_ENGINE_EXTENTS
		.memory_ops = &ocre_memory_posix,
#endif
		.hosts = hosts,
		.host_count = sizeof(hosts) / sizeof(hosts[0]),
		.catch_signals = ocre__signals_catch,
		.caught_signal = ocre__signals_caught,
	};
	int status;
	int rc;

	if (fill_standard_streams() != 0) {
		fprintf(stderr, "ocre: /dev/null: %s\n", strerror(errno));
		return 1;
	}
	rc = ocre_port_posix_init(&posix, 0);
	if (rc < 0) {
		fprintf(stderr, "ocre: cannot begin: %s\n", strerror(-rc));
		return 1;
	}
	status = ocre_cli_main(&setup, argc, argv);
	if (ocre__signals_caught() != 0) {
		fflush(NULL);
		ocre__signals_raise(ocre__signals_caught());
	}
	ocre_port_posix_deinit(&posix);
	return status;
}
