/* SPDX-License-Identifier: Apache-2.0 */
/* every.c - calls every function of ocre_api.h once, so that every import is in the module. */
#include <ocre_api.h>

static void nothing(void)
{
}

static void message(const char *topic, const char *content_type, const void *payload,
		    uint32_t payload_len)
{
	(void)topic;
	(void)content_type;
	(void)payload;
	(void)payload_len;
}

static int timers(void)
{
	return ocre_timer_create(1) | ocre_timer_start(1, 10, 0) | ocre_timer_get_remaining(1) |
	       ocre_timer_stop(1) | ocre_timer_delete(1) |
	       ocre_register_timer_callback(1, nothing) | ocre_unregister_timer_callback(1);
}

static int pins(void)
{
	return ocre_gpio_init() | ocre_gpio_configure(0, 0, OCRE_GPIO_DIR_INPUT) |
	       ocre_gpio_pin_set(0, 0, OCRE_GPIO_PIN_SET) | (int)ocre_gpio_pin_get(0, 0) |
	       ocre_gpio_pin_toggle(0, 0) | ocre_gpio_register_callback(0, 0) |
	       ocre_gpio_unregister_callback(0, 0) |
	       ocre_gpio_configure_by_name("led0", OCRE_GPIO_DIR_OUTPUT) |
	       ocre_gpio_set_by_name("led0", 1) | ocre_gpio_get_by_name("led0") |
	       ocre_gpio_toggle_by_name("led0") | ocre_gpio_register_callback_by_name("sw0") |
	       ocre_gpio_unregister_callback_by_name("sw0") |
	       ocre_register_gpio_callback(0, 0, nothing) | ocre_unregister_gpio_callback(0, 0);
}

static int sensors(void)
{
	double value = ocre_sensors_read(0, 0) + ocre_sensors_read_by_name("s", 0);

	return (int)value | ocre_sensors_init() | ocre_sensors_discover() | ocre_sensors_open(0) |
	       ocre_sensors_get_handle(0) | ocre_sensors_get_channel_count(0) |
	       ocre_sensors_get_channel_type(0, 0) | ocre_sensors_open_by_name("s") |
	       ocre_sensors_get_handle_by_name("s") | ocre_sensors_get_channel_count_by_name("s") |
	       ocre_sensors_get_channel_type_by_name("s", 0);
}

static int messages(void)
{
	ocre_msg_system_init();
	return ocre_publish_message("t", "c", "p", 1) | ocre_subscribe_message("t") |
	       ocre_register_message_callback("t", message) |
	       ocre_unregister_message_callback("t") |
	       ocre_messaging_free_module_event_data(0, 0, 0);
}

int main(void)
{
	struct _ocre_posix_utsname name;
	int rc = timers() | pins() | sensors() | messages();

	rc |= ocre_get_event(0, 0, 0, 0, 0, 0) | ocre_wait_event(0, 0, 0, 0, 0, 0, 0);
	rc |= ocre_register_stop_callback(nothing) | ocre_process_event(0);
	rc |= ocre_uname(&name) | ocre_sleep(1) | ocre_watchdog_kick() | ocre_pause();
	ocre_process_events();
	return rc;
}
