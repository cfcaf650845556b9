/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ram_flash.h - flash that is RAM, for tests on machines: not every one has flash that can be
 * written, and what is tested elsewhere than here is not the flash.
 */
#ifndef TESTS_SUPPORT_RAM_FLASH_H
#define TESTS_SUPPORT_RAM_FLASH_H

#include <ocre/image.h>

extern const struct ocre_flash ram_flash;

#endif /* TESTS_SUPPORT_RAM_FLASH_H */
