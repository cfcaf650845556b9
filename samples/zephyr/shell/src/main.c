/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - containers at the command of Zephyr's shell: `ocre images`, `ocre run hello Zephyr`. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <ocre/zephyr.h>

/* From ocre_zephyr_guest(). */
extern const struct ocre_zephyr_image hello, blinky, endless;

static struct ocre_zephyr ocre;
static struct ocre_shell_image images[3];

/* What each may do is in its section ocre.config: who builds the firmware decides. */
static void add(struct ocre_shell_image *to, const char *name, const struct ocre_zephyr_image *from)
{
	to->name = name;
	to->bytes = from->bytes;
	to->code = from->code;
	to->own_grants = true;
}

int main(void)
{
	struct ocre_diag diag = {0};

	if (ocre_zephyr_open(&ocre, NULL, &diag) != OCRE_OK) {
		printk("shell: %s\n", diag.text);
		return 0;
	}
	add(&images[0], "hello", &hello);
	add(&images[1], "blinky", &blinky);
	add(&images[2], "endless", &endless);
	ocre_zephyr_shell(&ocre, images, ARRAY_SIZE(images));
	return 0;
}
