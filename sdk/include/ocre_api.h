/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ocre_api.h - what a program in a container may ask of Ocre, for C and C++. Names, types and
 * numbers are those of the Ocre SDK 1.0, so that programs for it compile unchanged; what is marked
 * "addition" is ours. docs/guest-api.md says what each function does. Compile ocre_api.c along:
 *
 *   clang --target=wasm32-wasi -O2 -I sdk/include app.c sdk/ocre_api.c -o app.wasm
 *
 * Functions return OCRE_SUCCESS, or a negative number: an OCRE_ERROR_ of this file, or an errno of
 * Linux with its sign changed.
 */
#ifndef OCRE_SDK_H
#define OCRE_SDK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The host can call a function that has this before its definition. */
#define OCRE_EXPORT(name) __attribute__((export_name(name)))
#define OCRE_IMPORT(name) __attribute__((import_module("env"), import_name(name)))

#define OCRE_SDK_VERSION_MAJOR 1
#define OCRE_SDK_VERSION_MINOR 0
#define OCRE_SDK_VERSION_PATCH 0
#define OCRE_SDK_VERSION       "1.0.0"

#define OCRE_SUCCESS	     0
#define OCRE_ERROR_INVALID   -1
#define OCRE_ERROR_TIMEOUT   -2
#define OCRE_ERROR_NOT_FOUND -3
#define OCRE_ERROR_BUSY	     -4
#define OCRE_ERROR_NO_MEMORY -5

#define OCRE_MAX_TIMERS		      16
#define OCRE_MAX_SENSORS	      32
#define OCRE_MAX_CALLBACKS	      64
#define OCRE_MAX_TOPIC_LEN	      128
#define OCRE_MAX_CONTENT_TYPE_LEN     128
#define OCRE_MAX_PAYLOAD_LEN	      1024
#define CONFIG_MAX_SENSOR_NAME_LENGTH 125
#define OCRE_API_POSIX_BUF_SIZE	      65

#ifndef CONFIG_OCRE_GPIO_MAX_PINS
#define CONFIG_OCRE_GPIO_MAX_PINS 32
#endif
#ifndef CONFIG_OCRE_GPIO_MAX_PORTS
#define CONFIG_OCRE_GPIO_MAX_PORTS 8
#endif
#ifndef CONFIG_OCRE_GPIO_PINS_PER_PORT
#define CONFIG_OCRE_GPIO_PINS_PER_PORT 16
#endif

/* ---- events ---- */

typedef enum {
	OCRE_RESOURCE_TYPE_TIMER,
	OCRE_RESOURCE_TYPE_GPIO,
	OCRE_RESOURCE_TYPE_SENSOR, /* there are no such events */
	OCRE_RESOURCE_TYPE_MESSAGE,
	OCRE_RESOURCE_TYPE_COUNT
} ocre_resource_type_t;

/* Addition: the container is to end soon. Comes only to who registered for it. */
#define OCRE_RESOURCE_TYPE_STOP 16

/* The six words of an event. For messages port, state and extra are addresses. */
typedef struct {
	uint32_t type;
	uint32_t id;	      /* of the timer, the pin or the message */
	uint32_t port;	      /* of the pin; topic */
	uint32_t state;	      /* level of the pin; content type */
	uint32_t extra;	      /* payload */
	uint32_t payload_len; /* bytes of the payload */
} event_data_t;

typedef void (*timer_callback_func_t)(void);
typedef void (*gpio_callback_func_t)(void);
/* All three are valid until the callback returns. The payload does not end with a NUL. */
typedef void (*message_callback_func_t)(const char *topic, const char *content_type,
					const void *payload, uint32_t payload_len);

/*
 * What to call for an event, when the program runs ocre_process_events(). Registering for a message
 * subscribes to its topic, for a pin to its changes.
 */
int ocre_register_timer_callback(int timer_id, timer_callback_func_t callback);
int ocre_register_gpio_callback(int pin, int port, gpio_callback_func_t callback);
int ocre_register_message_callback(const char *topic, message_callback_func_t callback);
int ocre_unregister_timer_callback(int timer_id);
int ocre_unregister_gpio_callback(int pin, int port);
int ocre_unregister_message_callback(const char *topic);
/* Addition: called when the container is to end. The program should then leave main(). */
int ocre_register_stop_callback(void (*callback)(void));

/*
 * Wait for an event, run the callbacks of all that are there, and return; or return after some time
 * without one (OCRE_PROCESS_EVENTS_MS of ocre_api.c), so that a loop can have other work.
 */
void ocre_process_events(void);
/*
 * Addition: wait for one event and run its callbacks: 1; 0 after the time; or a negative error. A
 * negative time is none, and a program that waits so costs nothing.
 */
int ocre_process_event(int timeout_ms);

/*
 * The functions beneath. Arguments are addresses of a uint32_t for each of the six words. -ENOMSG
 * when there is no event.
 */
OCRE_IMPORT("ocre_get_event")
int ocre_get_event(uint32_t type_offset, uint32_t id_offset, uint32_t port_offset,
		   uint32_t state_offset, uint32_t extra_offset, uint32_t payload_len_offset);
/* Addition: waits for an event; -ETIMEDOUT after `timeout_ms`, negative: no limit. */
OCRE_IMPORT("ocre_wait_event")
int ocre_wait_event(int timeout_ms, uint32_t type_offset, uint32_t id_offset, uint32_t port_offset,
		    uint32_t state_offset, uint32_t extra_offset, uint32_t payload_len_offset);
OCRE_IMPORT("ocre_register_dispatcher")
int ocre_register_dispatcher(ocre_resource_type_t type, const char *function_name);
OCRE_IMPORT("ocre_messaging_free_module_event_data")
int ocre_messaging_free_module_event_data(uint32_t topic_offset, uint32_t content_offset,
					  uint32_t payload_offset);

/* ---- time ---- */

OCRE_IMPORT("ocre_sleep") int ocre_sleep(int milliseconds);
#define ocre_pause() ocre_sleep(9999999)

/* Ids from 1 on; the interval is 1 to 65535 ms. */
OCRE_IMPORT("ocre_timer_create") int ocre_timer_create(int id);
OCRE_IMPORT("ocre_timer_delete") int ocre_timer_delete(int id);
OCRE_IMPORT("ocre_timer_start") int ocre_timer_start(int id, int interval, int is_periodic);
OCRE_IMPORT("ocre_timer_stop") int ocre_timer_stop(int id);
OCRE_IMPORT("ocre_timer_get_remaining") int ocre_timer_get_remaining(int id);

/* Addition: a sign of life, for containers whose watchdog wants to hear it. */
OCRE_IMPORT("ocre_watchdog_kick") int ocre_watchdog_kick(void);

/* ---- messages ---- */

typedef struct ocre_msg {
	uint32_t mid;
	char *topic;
	char *content_type;
	void *payload;
	uint32_t payload_len;
} ocre_msg_t;

OCRE_IMPORT("ocre_msg_system_init") void ocre_msg_system_init(void); /* does nothing */
/* -ENOENT when nobody got it. */
OCRE_IMPORT("ocre_publish_message")
int ocre_publish_message(const char *topic, const char *content_type, const void *payload,
			 uint32_t payload_len);
/*
 * The beginning of the topics that are wanted; addition: with a level "+", or "#" as the last, a
 * filter as MQTT has them.
 */
OCRE_IMPORT("ocre_subscribe_message") int ocre_subscribe_message(const char *topic);

/* ---- pins ---- */

typedef enum {
	OCRE_GPIO_DIR_INPUT,
	OCRE_GPIO_DIR_OUTPUT
} ocre_gpio_direction_t;

typedef enum {
	OCRE_GPIO_PIN_RESET = 0,
	OCRE_GPIO_PIN_SET = 1
} ocre_gpio_pin_state_t;

OCRE_IMPORT("ocre_gpio_init") int ocre_gpio_init(void);
OCRE_IMPORT("ocre_gpio_configure") int ocre_gpio_configure(int port, int pin, int direction);
OCRE_IMPORT("ocre_gpio_pin_set")
int ocre_gpio_pin_set(int port, int pin, ocre_gpio_pin_state_t state);
OCRE_IMPORT("ocre_gpio_pin_get") ocre_gpio_pin_state_t ocre_gpio_pin_get(int port, int pin);
OCRE_IMPORT("ocre_gpio_pin_toggle") int ocre_gpio_pin_toggle(int port, int pin);
OCRE_IMPORT("ocre_gpio_register_callback") int ocre_gpio_register_callback(int port, int pin);
OCRE_IMPORT("ocre_gpio_unregister_callback") int ocre_gpio_unregister_callback(int port, int pin);
OCRE_IMPORT("ocre_gpio_configure_by_name")
int ocre_gpio_configure_by_name(const char *name, int direction);
OCRE_IMPORT("ocre_gpio_set_by_name") int ocre_gpio_set_by_name(const char *name, int state);
OCRE_IMPORT("ocre_gpio_get_by_name") int ocre_gpio_get_by_name(const char *name);
OCRE_IMPORT("ocre_gpio_toggle_by_name") int ocre_gpio_toggle_by_name(const char *name);
OCRE_IMPORT("ocre_gpio_register_callback_by_name")
int ocre_gpio_register_callback_by_name(const char *name);
OCRE_IMPORT("ocre_gpio_unregister_callback_by_name")
int ocre_gpio_unregister_callback_by_name(const char *name);

/* ---- sensors ---- */

typedef int ocre_sensor_handle_t;

OCRE_IMPORT("ocre_sensors_init") int ocre_sensors_init(void);
OCRE_IMPORT("ocre_sensors_discover") int ocre_sensors_discover(void);
OCRE_IMPORT("ocre_sensors_open") int ocre_sensors_open(ocre_sensor_handle_t handle);
OCRE_IMPORT("ocre_sensors_get_handle") int ocre_sensors_get_handle(int sensor_id);
OCRE_IMPORT("ocre_sensors_get_channel_count") int ocre_sensors_get_channel_count(int sensor_id);
OCRE_IMPORT("ocre_sensors_get_channel_type")
int ocre_sensors_get_channel_type(int sensor_id, int channel_index);
/* The value; a negative errno when it cannot be read. */
OCRE_IMPORT("ocre_sensors_read") double ocre_sensors_read(int sensor_id, int channel_type);
OCRE_IMPORT("ocre_sensors_open_by_name") int ocre_sensors_open_by_name(const char *sensor_name);
OCRE_IMPORT("ocre_sensors_get_handle_by_name")
int ocre_sensors_get_handle_by_name(const char *sensor_name);
OCRE_IMPORT("ocre_sensors_get_channel_count_by_name")
int ocre_sensors_get_channel_count_by_name(const char *sensor_name);
OCRE_IMPORT("ocre_sensors_get_channel_type_by_name")
int ocre_sensors_get_channel_type_by_name(const char *sensor_name, int channel_index);
OCRE_IMPORT("ocre_sensors_read_by_name")
double ocre_sensors_read_by_name(const char *sensor_name, int channel_type);

/* ---- the system ---- */

struct _ocre_posix_utsname {
	char sysname[OCRE_API_POSIX_BUF_SIZE];
	char nodename[OCRE_API_POSIX_BUF_SIZE];
	char release[OCRE_API_POSIX_BUF_SIZE];
	char version[OCRE_API_POSIX_BUF_SIZE];
	char machine[OCRE_API_POSIX_BUF_SIZE];
	char domainname[OCRE_API_POSIX_BUF_SIZE];
};

/* Addition: what Ocre says. The uname() of a C library for WASI does not ask it. */
OCRE_IMPORT("uname") int ocre_uname(struct _ocre_posix_utsname *name);
/* Define OCRE_NO_UNAME where <sys/utsname.h> is used. */
#ifndef OCRE_NO_UNAME
int uname(struct _ocre_posix_utsname *name);
#endif

#ifdef __cplusplus
}
#endif

#endif /* OCRE_SDK_H */
