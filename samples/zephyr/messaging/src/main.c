/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - two containers that talk, each with the one grant that it needs. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <ocre/zephyr.h>

/* From ocre_zephyr_guest(). */
extern const struct ocre_zephyr_image publisher, subscriber;

static struct ocre_zephyr ocre;

static int start(const char *id, const struct ocre_zephyr_image *image, const char *const *grants,
		 struct ocre_container **container, struct ocre_diag *diag)
{
	const struct ocre_container_config config = {
		.id = id,
		.image = id,
		.bytes = image->bytes,
		.code = image->code,
		.grants = grants,
		.stack_size = 1024,
		.log_bytes = 512,
	};
	int rc = ocre_container_create(ocre.context, &config, container, diag);

	return rc == OCRE_OK ? ocre_core_start(*container, diag) : rc;
}

int main(void)
{
	static const char *const may_publish[] = {"msg:publish=room/temperature", NULL};
	static const char *const may_subscribe[] = {"msg:subscribe=room/#", NULL};
	struct ocre_container *from = NULL;
	struct ocre_container *to = NULL;
	struct ocre_diag diag = {0};
	int rc = ocre_zephyr_open(&ocre, NULL, &diag);

	if (rc == OCRE_OK) {
		rc = start("subscriber", &subscriber, may_subscribe, &to, &diag);
	}
	if (rc == OCRE_OK) {
		rc = start("publisher", &publisher, may_publish, &from, &diag);
	}
	if (rc != OCRE_OK) {
		printk("messaging: %s\n", diag.text);
		return 0;
	}
	ocre_core_wait(from, UINT32_MAX, NULL);
	ocre_core_kill(to);
	printk("both have ended\n");
	return 0;
}
