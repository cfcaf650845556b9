/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.c - a program for the Ocre runtime API that watches a guest which hangs, and restarts it.
 * Needs nothing of Zephyr's.
 */
#include <ocre/ocre_container_runtime/ocre_container_runtime.h>
#include <ocre/fs/fs.h>

#include <time.h>

/* (loop) */
static const unsigned char module[] = {
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00,
	0x03, 0x02, 0x01, 0x00, 0x07, 0x0a, 0x01, 0x06, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74,
	0x00, 0x00, 0x0a, 0x09, 0x01, 0x07, 0x00, 0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b,
};

static int write_module(void)
{
	char path[FILE_PATH_MAX];
	char image[FILE_PATH_MAX + 32];
	FILE *file;
	size_t n;

	if (ocre_app_storage_init() < 0 || ocre_app_storage_path(path, sizeof(path)) < 0) {
		return -1;
	}
	snprintf(image, sizeof(image), "%s/images/hangs.bin", path);
	file = fopen(image, "wb");
	if (file == NULL) {
		return -1;
	}
	n = fwrite(module, 1, sizeof(module), file);
	return fclose(file) == 0 && n == sizeof(module) ? 0 : -1;
}

static int wait_for(ocre_cs_ctx *ctx, int id, ocre_container_status_t status)
{
	time_t end = time(NULL) + 60;

	while (ocre_container_runtime_get_container_status(ctx, id) != status) {
		if (time(NULL) > end) {
			return -1;
		}
	}
	return 0;
}

int main(void)
{
	ocre_container_init_arguments_t args = {0, 0, 1, NULL};
	ocre_container_data_t data = {"Hangs", "hangs", 4096, 0, NULL, 100, 0};
	static ocre_cs_ctx ctx;
	int id;

	if (write_module() < 0 ||
	    ocre_container_runtime_init(&ctx, &args) != RUNTIME_STATUS_INITIALIZED ||
	    ocre_container_runtime_create_container(&ctx, &data, &id, NULL) !=
		    CONTAINER_STATUS_CREATED ||
	    ocre_container_runtime_run_container(&ctx, id, NULL) != CONTAINER_STATUS_RUNNING) {
		printf("could not start\n");
		return 1;
	}
	for (int n = 1; n <= 2; n++) {
		if (wait_for(&ctx, id, CONTAINER_STATUS_UNRESPONSIVE) < 0) {
			printf("it was never unresponsive\n");
			return 1;
		}
		printf("unresponsive %d\n", n);
		if (ocre_container_runtime_restart_container(&ctx, id, NULL) !=
		    CONTAINER_STATUS_RUNNING) {
			printf("could not restart it\n");
			return 1;
		}
	}
	ocre_container_runtime_stop_container(&ctx, id, NULL);
	printf("status %d\n", ocre_container_runtime_get_container_status(&ctx, id));
	ocre_container_runtime_destroy_container(&ctx, id, NULL);
	ocre_container_runtime_destroy();
	return 0;
}
