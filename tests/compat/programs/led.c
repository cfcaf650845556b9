/* SPDX-License-Identifier: Apache-2.0 */
/*
 * led.c - a program for the Ocre runtime API that brings a host function: its guest switches an LED
 * on and off, five times; then two more containers of the same module do so at once.
 */
#include <zephyr/kernel.h>
#include <zephyr/fs/fs.h>
#include <zephyr/logging/log.h>

#include <ocre/ocre.h>
#include <ocre/fs/fs.h>

LOG_MODULE_REGISTER(led, LOG_LEVEL_INF);

/* (loop: env.led(on ^= 1); env.ocre_sleep(20)) */
static const unsigned char module[] = {
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x0d, 0x03, 0x60, 0x01, 0x7f,
	0x00, 0x60, 0x01, 0x7f, 0x01, 0x7f, 0x60, 0x00, 0x00, 0x02, 0x1c, 0x02, 0x03, 0x65,
	0x6e, 0x76, 0x03, 0x6c, 0x65, 0x64, 0x00, 0x00, 0x03, 0x65, 0x6e, 0x76, 0x0a, 0x6f,
	0x63, 0x72, 0x65, 0x5f, 0x73, 0x6c, 0x65, 0x65, 0x70, 0x00, 0x01, 0x03, 0x02, 0x01,
	0x02, 0x05, 0x03, 0x01, 0x00, 0x01, 0x07, 0x13, 0x02, 0x06, 0x6d, 0x65, 0x6d, 0x6f,
	0x72, 0x79, 0x02, 0x00, 0x06, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74, 0x00, 0x02, 0x0a,
	0x19, 0x01, 0x17, 0x01, 0x01, 0x7f, 0x03, 0x40, 0x20, 0x00, 0x41, 0x01, 0x73, 0x22,
	0x00, 0x10, 0x00, 0x41, 0x14, 0x10, 0x01, 0x1a, 0x0c, 0x00, 0x0b, 0x0b,
};

static volatile int switched[2]; /* off, on */

static void set_led(wasm_exec_env_t env, int32_t on)
{
	(void)env;
	switched[on & 1]++;
}

static NativeSymbol functions[] = {
	{"led", (void *)set_led, "(i)", NULL},
	{NULL, NULL, NULL, NULL},
};

static int created;

static void on_created(void)
{
	created++;
}

static int start(ocre_cs_ctx *ctx, const char *name)
{
	ocre_container_data_t data;
	int id;

	memset(&data, 0, sizeof(data));
	snprintf(data.name, sizeof(data.name), "%s", name);
	snprintf(data.sha256, sizeof(data.sha256), "led");
	if (ocre_container_runtime_create_container(ctx, &data, &id, on_created) !=
		    CONTAINER_STATUS_CREATED ||
	    ocre_container_runtime_run_container(ctx, id, NULL) != CONTAINER_STATUS_RUNNING) {
		return -1;
	}
	return id;
}

int main(void)
{
	ocre_container_init_arguments_t args = {8192, 8192, 3, functions};
	struct fs_file_t file;
	static ocre_cs_ctx ctx;
	int id;

	fs_file_t_init(&file);
	if (ocre_app_storage_init() < 0 ||
	    fs_open(&file, "/lfs/ocre/images/led.bin", FS_O_CREATE | FS_O_WRITE) < 0 ||
	    fs_write(&file, module, sizeof(module)) != (ssize_t)sizeof(module) ||
	    fs_close(&file) < 0) {
		LOG_ERR("could not write the module");
		return 1;
	}
	if (ocre_container_runtime_init(&ctx, &args) != RUNTIME_STATUS_INITIALIZED) {
		LOG_ERR("could not initialize the runtime");
		return 1;
	}
	id = start(&ctx, "The LED");
	while (switched[1] < 5 &&
	       ocre_container_runtime_get_container_status(&ctx, id) == CONTAINER_STATUS_RUNNING) {
		k_msleep(5);
	}
	printf("it was switched on %s times\n", switched[1] >= 5 ? "five" : "fewer than five");
	if (start(&ctx, "Another") < 0 || start(&ctx, "A third") < 0) {
		LOG_ERR("could not start more");
		return 1;
	}
	printf("%d containers were created\n", created);
	if (ocre_container_runtime_stop_container(&ctx, id, NULL) == CONTAINER_STATUS_STOPPED) {
		printf("it is stopped\n");
	}
	ocre_container_runtime_destroy();
	return 0;
}
