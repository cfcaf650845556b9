/* SPDX-License-Identifier: Apache-2.0 */
/* v0_native.c - host functions in WAMR's form on a machine without an operating system. */
#include <string.h>

#include <ocre/ocre_container_runtime.h>
#include <zephyr/kernel.h>

#include "device.h"

/* From ocre_flash_guest(). */
extern const struct ocre_flash_image asks;

static unsigned int seen; /* which functions were called and found what they should, a bit each */
static int64_t attachment = INT64_C(-0x123456789a);

static double mix(wasm_exec_env_t env, int32_t a, int64_t b, float c, double d, int64_t e, float f,
		  int32_t g)
{
	(void)env;
	seen |= a == -5 && b == 0x123456789a && c == 1.5f && d == -0.25 && e == -7 && f == 0.5f &&
				g == 11
			? 1
			: 0;
	return (double)b + 0.75;
}

static int32_t fill(wasm_exec_env_t env, char *to, uint32_t size, const char *text)
{
	size_t n = strlen(text);

	(void)env;
	seen |= size == 16 && strcmp(text, "hello") == 0 ? 2 : 0;
	memcpy(to, text, n + 1);
	return (int32_t)n;
}

/* By a function of the guest, which is called from here. */
static int32_t twice(wasm_exec_env_t env, int32_t n)
{
	wasm_function_inst_t half =
		wasm_runtime_lookup_function(wasm_runtime_get_module_inst(env), "half");
	uint32_t cells[1] = {(uint32_t)n * 4};

	seen |= half != NULL && wasm_runtime_call_wasm(env, half, 1, cells) ? 4 : 0;
	return (int32_t)cells[0];
}

static int64_t attached(wasm_exec_env_t env)
{
	const int64_t *at = wasm_runtime_get_function_attachment(env);

	seen |= at == &attachment ? 8 : 0;
	return *at;
}

int main(void)
{
	static NativeSymbol functions[] = {
		{"mix", (void *)(uintptr_t)mix, "(iIfFIfi)F", NULL},
		{"fill", (void *)(uintptr_t)fill, "(*~$)i", NULL},
		{"twice", (void *)(uintptr_t)twice, "(i)i", NULL},
		{"attached", (void *)(uintptr_t)attached, "()I", &attachment},
		{NULL, NULL, NULL, NULL},
	};
	static NativeSymbol waits[] = {
		{"twice", (void *)(uintptr_t)twice, "!(i)i", NULL},
		{NULL, NULL, NULL, NULL},
	};
	static ocre_cs_ctx ctx;
	ocre_container_init_arguments_t args = {.default_stack_size = 2048};
	ocre_container_data_t data = {.name = "asks", .sha256 = "asks"};
	struct device *d = device_start();
	ocre_container_status_t status = CONTAINER_STATUS_RUNNING;
	int id = -1;

	device_image(d, "asks", asks.bytes);
	args.ocre_api_functions = waits;
	EXPECT(d, ocre_container_runtime_init(&ctx, &args) == RUNTIME_STATUS_ERROR);
	args.ocre_api_functions = functions;
	EXPECT(d, ocre_container_runtime_init(&ctx, &args) == RUNTIME_STATUS_INITIALIZED);
	EXPECT(d, ocre_container_runtime_create_container(&ctx, &data, &id, NULL) ==
			  CONTAINER_STATUS_CREATED);
	EXPECT(d, ocre_container_runtime_run_container(&ctx, id, NULL) == CONTAINER_STATUS_RUNNING);
	for (int turn = 0; turn < 500 && status == CONTAINER_STATUS_RUNNING; turn++) {
		k_msleep(10);
		status = ocre_container_runtime_get_container_status(&ctx, id);
	}
	/* It trapped, by the address in its last call, and not before. */
	EXPECT(d, status == CONTAINER_STATUS_ERROR);
	EXPECT(d, seen == 15);
	ocre_container_runtime_destroy();
	device_end(d);
	return 0;
}
