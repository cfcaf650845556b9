/* SPDX-License-Identifier: Apache-2.0 */
/*
 * small_test.c - containers on a platform that has what the Ocre platform requirements name,
 * pthreads, mutexes and conditions, and nothing else: small_port.c. What docs/porting.md says is
 * enough.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/core.h>
#include <ocre/driver_wasm.h>
#include <ocre/platform/file.h>
#include <ocre/platform/memory.h>
#include <ocre/providers.h>

#include "guest_wasm.h"
#include "help.h"
#include "small_port.h"

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

/* `what` the guest does, then killed unless it is to end by itself. */
static int run(struct ocre_context *context, struct ocre_bytes bytes, const char *what, bool ends)
{
	const char *const grants[] = {"ocre:api", NULL};
	const char *const args[] = {what, NULL};
	const struct ocre_container_config config = {
		.id = what,
		.image = "guest",
		.bytes = bytes,
		.args = args,
		.grants = grants,
		.stdio_set = true,
		.stdio = {-1, -1, -1},
	};
	struct ocre_container *container = NULL;
	struct ocre_end_info end;
	struct ocre_diag diag = {0};

	if (ocre_container_create(context, &config, &container, &diag) != OCRE_OK) {
		fail_msg("create: %s", diag.text);
	}
	if (ocre_core_start(container, &diag) != OCRE_OK) {
		fail_msg("start: %s", diag.text);
	}
	if (!ends) {
		help_sleep_ms(20);
		assert_int_equal(ocre_core_pause(container), OCRE_OK);
		assert_int_equal(ocre_core_unpause(container), OCRE_OK);
		assert_int_equal(ocre_core_kill(container), OCRE_OK);
	}
	assert_int_equal(ocre_core_wait(container, 5000, &end), OCRE_OK);
	assert_int_equal(ocre_container_remove(container), OCRE_OK);
	return end.code;
}

static void containers_run_on_what_the_document_asks_for(void **state)
{
	const struct ocre_provider_choice providers[] = {{&ocre_provider_wasi, NULL},
							 {&ocre_provider_event, NULL}};
	const struct ocre_wasm_config wasm = {.providers = providers, .provider_count = 2};
	const struct ocre_driver_choice driver = {&ocre_driver_wasm, &wasm};
	struct ocre_port *port = small_port_create();
	const struct ocre_context_config config = {
		.resize = resize, .port = port, .drivers = &driver, .driver_count = 1};
	struct ocre_context *context = NULL;
	struct ocre_diag diag = {0};
	struct ocre_bytes bytes;
	char *folder = help_workdir();
	char path[300];
	void *file;
	size_t size;

	(void)state;
	assert_non_null(port);
	assert_true(help_image(folder, "guest.wasm", guest_wasm, sizeof(guest_wasm)));
	(void)snprintf(path, sizeof(path), "%s/images/guest.wasm", folder);
	file = ocre_load_file(path, &size);
	assert_non_null(file);
	bytes.data = file;
	bytes.size = size;
	if (ocre_context_open(&config, &context, &diag) != OCRE_OK) {
		fail_msg("context: %s", diag.text);
	}
	assert_int_equal(run(context, bytes, "e", true), 42);
	assert_int_equal(run(context, bytes, "w", true), 11); /* a timer */
	assert_int_equal(run(context, bytes, "l", false), 0);
	assert_int_equal(run(context, bytes, "s", false), 0);
	ocre_context_close(context);
	assert_int_equal(ocre_unload_file(file, size), 0);
	small_port_destroy(port);
	help_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers_run_on_what_the_document_asks_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
