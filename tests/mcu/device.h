/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device.h - what the Ocre API and the older runtime API run on in these tests: a machine, its
 * pool, files on a store with two images, and a choice (ocre/choice.h) with every host module.
 */
#ifndef TESTS_MCU_DEVICE_H
#define TESTS_MCU_DEVICE_H

#include <ocre/port_files.h>

struct device {
	const struct ocre_machine *machine;
	struct ocre_pool pool;
	struct ocre_mem mem;
	struct ocre_port_bare bare;
	struct ocre_image_store store;
	struct ocre_files files;
	unsigned int failed;
};

/* Begins everything. There is one. */
struct device *device_start(void);
/* Put an image into the store. */
void device_image(struct device *device, const char *name, struct ocre_bytes bytes);
/* Count and print what is not so. */
void device_expect(struct device *device, bool is, const char *what);
/* Print the result, and end. */
void device_end(struct device *device);

#define EXPECT(device, what) device_expect(device, what, #what)

#endif /* TESTS_MCU_DEVICE_H */
