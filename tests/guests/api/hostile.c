/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile.c - calls every function of the guest API with numbers that are made to hurt, in an order
 * that a seed decides. It must come to its end; what the functions answer does not matter.
 */
#include <ocre_api.h>

#include <stdlib.h>
#include <string.h>

/* The same imports, with nothing but numbers. */
#define N(name) OCRE_IMPORT(name) int
N("uname") h_uname(uint32_t a);
N("ocre_get_event")
h_get_event(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f);
N("ocre_wait_event")
h_wait_event(uint32_t ms, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f);
N("ocre_register_dispatcher") h_dispatcher(uint32_t a, uint32_t b);
N("ocre_publish_message") h_publish(uint32_t a, uint32_t b, uint32_t c, uint32_t d);
N("ocre_subscribe_message") h_subscribe(uint32_t a);
N("ocre_subscribe_message") h_subscribe_old(uint32_t a, uint32_t b);
N("ocre_messaging_free_module_event_data") h_free(uint32_t a, uint32_t b, uint32_t c);
N("ocre_timer_create") h_timer_create(uint32_t a);
N("ocre_timer_start") h_timer_start(uint32_t a, uint32_t b, uint32_t c);
N("ocre_timer_stop") h_timer_stop(uint32_t a);
N("ocre_timer_delete") h_timer_delete(uint32_t a);
N("ocre_timer_get_remaining") h_timer_remaining(uint32_t a);
N("ocre_gpio_configure") h_gpio_configure(uint32_t a, uint32_t b, uint32_t c);
N("ocre_gpio_pin_set") h_gpio_set(uint32_t a, uint32_t b, uint32_t c);
N("ocre_gpio_pin_get") h_gpio_get(uint32_t a, uint32_t b);
N("ocre_gpio_pin_toggle") h_gpio_toggle(uint32_t a, uint32_t b);
N("ocre_gpio_register_callback") h_gpio_watch(uint32_t a, uint32_t b);
N("ocre_gpio_unregister_callback") h_gpio_unwatch(uint32_t a, uint32_t b);
N("ocre_gpio_configure_by_name") h_gpio_configure_name(uint32_t a, uint32_t b);
N("ocre_gpio_set_by_name") h_gpio_set_name(uint32_t a, uint32_t b);
N("ocre_gpio_get_by_name") h_gpio_get_name(uint32_t a);
N("ocre_gpio_toggle_by_name") h_gpio_toggle_name(uint32_t a);
N("ocre_gpio_register_callback_by_name") h_gpio_watch_name(uint32_t a);
N("ocre_gpio_unregister_callback_by_name") h_gpio_unwatch_name(uint32_t a);
N("ocre_sensors_open") h_sensors_open(uint32_t a);
N("ocre_sensors_get_handle") h_sensors_handle(uint32_t a);
N("ocre_sensors_get_channel_count") h_sensors_count(uint32_t a);
N("ocre_sensors_get_channel_type") h_sensors_type(uint32_t a, uint32_t b);
N("ocre_sensors_read") h_sensors_read(uint32_t a, uint32_t b);
N("ocre_sensors_open_by_name") h_sensors_open_name(uint32_t a);
N("ocre_sensors_get_handle_by_name") h_sensors_handle_name(uint32_t a);
N("ocre_sensors_get_channel_count_by_name") h_sensors_count_name(uint32_t a);
N("ocre_sensors_get_channel_type_by_name") h_sensors_type_name(uint32_t a, uint32_t b);
N("ocre_sensors_get_list") h_sensors_list(uint32_t a, uint32_t b);

static uint32_t seed;
static char buffer[70000];
static uint32_t event[6];

static uint32_t next(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

static uint32_t number(void)
{
	static const uint32_t nasty[] = {
		0,     1,     2,      3,	  4,	      5,	  7,	      13,
		15,    16,    17,     31,	  32,	      63,	  64,	      65,
		255,   256,   1023,   1024,	  0x7fff,     0xffff,	  0x10000,    0x10001,
		65535, 65536, 131072, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
	uint32_t size = (uint32_t)__builtin_wasm_memory_size(0) * 65536u;

	switch (next() % 6) {
	case 0:
		return nasty[next() % (sizeof(nasty) / sizeof(nasty[0]))];
	case 1:
		return size - next() % 8; /* the end of memory */
	case 2:
		return event[next() % 6]; /* what the host gave */
	case 3:
		return next() % 20;
	default:
		return (uint32_t)(uintptr_t)buffer + next() % 64;
	}
}

static uint32_t word(void)
{
	return next() % 8 == 0 ? number() : (uint32_t)(uintptr_t)&event[next() % 6];
}

#define A number()

static void call(void)
{
	switch (next() % 36) {
	case 0:
		h_uname(A);
		break;
	case 1:
		h_get_event(A, A, A, A, A, A);
		break;
	case 2:
		h_get_event(word(), word(), word(), word(), word(), word());
		break;
	case 3:
		h_wait_event(next() % 2, word(), word(), word(), word(), word(), word());
		break;
	case 4:
		h_dispatcher(A, A);
		break;
	case 5:
		h_publish(A, A, A, A);
		break;
	case 6:
		h_publish(A, A, A, next() % 64);
		break;
	case 7:
		h_subscribe(A);
		break;
	case 8:
		h_subscribe_old(A, A);
		break;
	case 9:
		h_free(A, A, A);
		break;
	case 10:
		h_free(event[2], event[3], event[4]);
		break;
	case 11:
		h_timer_create(A);
		break;
	case 12:
		h_timer_start(A, A, A);
		break;
	case 13:
		h_timer_stop(A);
		break;
	case 14:
		h_timer_delete(A);
		break;
	case 15:
		h_timer_remaining(A);
		break;
	case 16:
		h_gpio_configure(A, A, A);
		break;
	case 17:
		h_gpio_set(A, A, A);
		break;
	case 18:
		h_gpio_get(A, A);
		break;
	case 19:
		h_gpio_toggle(A, A);
		break;
	case 20:
		h_gpio_watch(A, A);
		break;
	case 21:
		h_gpio_unwatch(A, A);
		break;
	case 22:
		h_gpio_configure_name(A, A);
		break;
	case 23:
		h_gpio_set_name(A, A);
		h_gpio_get_name(A);
		break;
	case 24:
		h_gpio_toggle_name(A);
		break;
	case 25:
		h_gpio_watch_name(A);
		h_gpio_unwatch_name(A);
		break;
	case 26:
		h_sensors_open(A);
		break;
	case 27:
		h_sensors_handle(A);
		break;
	case 28:
		h_sensors_count(A);
		break;
	case 29:
		h_sensors_type(A, A);
		break;
	case 30:
		h_sensors_read(A, A);
		break;
	case 31:
		h_sensors_open_name(A);
		h_sensors_handle_name(A);
		break;
	case 32:
		h_sensors_count_name(A);
		h_sensors_type_name(A, A);
		break;
	case 33:
		h_sensors_list(A, A);
		break;
	case 34:
		ocre_gpio_init();
		ocre_sensors_discover();
		ocre_sensors_init();
		break;
	default:
		ocre_sleep(-(int)(next() % 3));
		break;
	}
}

int main(int argc, char **argv)
{
	static const char names[] = "led0\0sw0\0weather\0test/\0+/#\0timer_callback\0t\0";

	seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
	memset(buffer, 'x', sizeof(buffer));
	for (uint32_t i = 0; i < sizeof(buffer) - 100; i += 64) {
		memcpy(buffer + i, names + next() % 40, 5);
	}
	memcpy(buffer, names, sizeof(names));
	for (int i = 0; i < 20000; i++) {
		call();
	}
	/* What the host wrote where it was told to has hurt the program itself, its library too. */
	_Exit(7);
}
