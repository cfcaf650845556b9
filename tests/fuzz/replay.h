/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h - a harness as a program: runs the files that are its arguments, without libFuzzer. */
#ifndef TESTS_FUZZ_REPLAY_H
#define TESTS_FUZZ_REPLAY_H

#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		static uint8_t data[65536];
		FILE *in = fopen(argv[i], "rb");
		size_t size;

		if (in == NULL) {
			perror(argv[i]);
			return 1;
		}
		size = fread(data, 1, sizeof(data), in);
		fclose(in);
		LLVMFuzzerTestOneInput(data, size);
	}
	return 0;
}

#endif /* TESTS_FUZZ_REPLAY_H */
