/* SPDX-License-Identifier: Apache-2.0 */
/*
 * choice.c - what the library `ocre` runs on: the port to Linux, the driver for WebAssembly and the
 * host modules that were built.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <ocre/choice.h>
#include <ocre/driver_wasm.h>
#include <ocre/platform/log.h>
#include <ocre/platform/memory.h>
#include <ocre/port_posix.h>
#include <ocre/providers.h>

#include "board.h"

LOG_MODULE_REGISTER(ocre_core);

/* One context's choice. The memory pool is its own, so that contexts do not wait for each other. */
struct choice {
	struct ocre_port_posix posix;
	struct ocre_memory_pool pool;
	struct ocre_memory_ops memory;
	struct utsname system;
	struct ocre_uname uname;
	struct ocre__board board;
	struct ocre_provider_choice providers[8];
	struct ocre_wasm_config wasm;
	struct ocre_driver_choice driver;
};

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	(void)ctx;
	(void)old_size;
	if (new_size == 0) {
		user_free(ptr);
		return NULL;
	}
	return ptr != NULL ? user_realloc(ptr, new_size) : user_malloc(new_size);
}

static void log_line(void *ctx, int level, const char *text)
{
	(void)ctx;
	switch (level) {
	case OCRE_LOG_ERR:
		LOG_ERR("%s", text);
		break;
	case OCRE_LOG_WRN:
		LOG_WRN("%s", text);
		break;
	case OCRE_LOG_INF:
		LOG_INF("%s", text);
		break;
	default:
		LOG_DBG("%s", text);
		break;
	}
}

static const struct ocre_uname *name_machine(struct choice *choice)
{
	if (uname(&choice->system) < 0) {
		return NULL;
	}
	choice->uname.os = choice->system.sysname;
	choice->uname.node = choice->system.nodename;
	choice->uname.machine = choice->system.machine;
	return &choice->uname;
}

static void add(struct choice *choice, const struct ocre_host_provider *provider,
		const void *config)
{
	struct ocre_provider_choice *at = &choice->providers[choice->wasm.provider_count++];

	at->provider = provider;
	at->config = config;
}

/* In the order in which an import is searched; CMakeLists.txt says which there are. */
static void choose_providers(struct choice *choice, const struct ocre_board *board)
{
	(void)board;
#ifdef OCRE_WITH_WASI
	add(choice, &ocre_provider_wasi, NULL);
#endif
#ifdef OCRE_WITH_EVENT
	add(choice, &ocre_provider_event, name_machine(choice));
#endif
#ifdef OCRE_WITH_MESSAGING
	add(choice, &ocre_provider_messaging, NULL);
#endif
#ifdef OCRE_WITH_GPIO
	add(choice, &ocre_provider_gpio, board);
#endif
#ifdef OCRE_WITH_SENSOR
	add(choice, &ocre_provider_sensor, board);
#endif
}

/* The one that the program gave, or the one that the environment names. */
static int choose_board(struct choice *choice, const struct ocre_board **board,
			struct ocre_diag *diag)
{
#ifdef OCRE_WITH_BOARD
	const char *named = getenv("OCRE_BOARD");

	if (*board == NULL && named != NULL && named[0] != '\0') {
		int rc;

		ocre_mem_init(&choice->board.mem, resize, NULL, SIZE_MAX);
		choice->board.mem.threads = true;
		rc = ocre__board_open(&choice->board, named, &choice->posix.port, diag);
		*board = choice->board.board;
		return rc;
	}
#else
	(void)choice;
	(void)board;
	(void)diag;
#endif
	return OCRE_OK;
}

int ocre_choice_open(struct ocre_context_config *config, struct ocre_diag *diag)
{
	struct choice *choice = user_malloc(sizeof(*choice));
	int rc;

	if (choice == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	memset(choice, 0, sizeof(*choice));
	rc = ocre_port_posix_init(&choice->posix, 0);
	if (rc < 0) {
		user_free(choice);
		return ocre_diag_set(diag, OCRE_E_IO, OCRE_NO_OFFSET,
				     "the port could not be opened (error %d)", -rc);
	}
	rc = choose_board(choice, &config->board, diag);
	if (rc < 0) {
		ocre_port_posix_deinit(&choice->posix);
		user_free(choice);
		return rc;
	}
	ocre_memory_pool_init(&choice->pool);
	ocre_memory_pool_ops(&choice->pool, &choice->memory);
	choose_providers(choice, config->board);
	choice->wasm.providers = choice->providers;
	choice->wasm.memory_ops = &choice->memory;
	choice->driver.driver = &ocre_driver_wasm;
	choice->driver.config = &choice->wasm;

	config->resize = resize;
	config->port = &choice->posix.port;
	config->drivers = &choice->driver;
	config->driver_count = 1;
	config->log = log_line;
	return OCRE_OK;
}

void ocre_choice_close(const struct ocre_context_config *config)
{
	/* The port is the first thing in it. */
	struct choice *choice = (struct choice *)(uintptr_t)config->port;

#ifdef OCRE_WITH_BOARD
	ocre__board_close(&choice->board);
#endif
	ocre_memory_pool_deinit(&choice->pool);
	ocre_port_posix_deinit(&choice->posix);
	user_free(choice);
}
