/* SPDX-License-Identifier: Apache-2.0 */
/* once.c - says nothing and ends. */
int main(void)
{
	return 0;
}
