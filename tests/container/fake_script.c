/* SPDX-License-Identifier: Apache-2.0 */
/* fake_script.c - scripts are run by the driver of fake.c. */
#include "fake.h"

const struct fake_scripts fake_scripts = {
	.driver = &fake_driver,
	.guest_memory = 1000,
};
