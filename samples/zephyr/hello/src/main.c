/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - one container from flash; what it prints goes to the console. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <ocre/zephyr.h>

/* From ocre_zephyr_guest(). */
extern const struct ocre_zephyr_image hello;

static struct ocre_zephyr ocre;

static int run(struct ocre_end_info *end, struct ocre_diag *diag)
{
	static const char *const args[] = {"Zephyr", NULL};
	const struct ocre_container_config config = {
		.id = "hello",
		.image = "hello",
		.bytes = hello.bytes,
		.code = hello.code,
		.args = args,
		.stack_size = 2048,
	};
	struct ocre_container *container;
	int rc = ocre_container_create(ocre.context, &config, &container, diag);

	if (rc == OCRE_OK) {
		rc = ocre_core_start(container, diag);
	}
	if (rc == OCRE_OK) {
		rc = ocre_core_wait(container, UINT32_MAX, end);
	}
	return rc;
}

int main(void)
{
	static struct ocre_end_info end;
	struct ocre_diag diag = {0};
	int rc = ocre_zephyr_open(&ocre, NULL, &diag);

	if (rc == OCRE_OK) {
		rc = run(&end, &diag);
	}
	if (rc != OCRE_OK) {
		printk("hello: %s\n", diag.text);
		return 0;
	}
	printk("the container has ended with status %d\n", end.code);
	return 0;
}
