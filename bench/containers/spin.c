/* SPDX-License-Identifier: Apache-2.0 */
/* spin.c - an endless loop. */
int main(void)
{
	volatile unsigned int n = 0;

	for (;;) {
		n++;
	}
}
