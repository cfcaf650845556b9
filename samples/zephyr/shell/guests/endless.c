/* SPDX-License-Identifier: Apache-2.0 */
/* endless.c - never ends and never waits: pause it, kill it, and look how others go on. */
int main(void)
{
	volatile unsigned n = 0;

	for (;;) {
		n++;
	}
}
