/* SPDX-License-Identifier: Apache-2.0 */
/*
 * module_fuzz.c - arbitrary bytes as a module, see compare.c. A libFuzzer harness; without
 * libFuzzer (OCRE_NO_FUZZER) a program that runs the files it is given.
 */
#include "fuzz.h"
#include "mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef OCRE_NO_FUZZER

static bool run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long size;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return false;
	}
	rewind(file);
	/* Exactly as large as the file, so that a sanitizer sees every read beyond its end. */
	data = malloc(size > 0 ? (size_t)size : 1);
	if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return false;
	}
	fclose(file);
	fuzz_compare(data, (size_t)size);
	free(data);
	return true;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		fprintf(stderr, "%s\n", argv[i]);
		if (!run_file(argv[i])) {
			return 1;
		}
	}
	printf("%d modules, alike in every way\n", argc - 1);
	return 0;
}

#else

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_compare(data, size);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	return fuzz_mutate(data, size, max_size, seed);
}

#endif
