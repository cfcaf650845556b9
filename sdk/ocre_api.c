/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ocre_api.c - callbacks of a program in a container: which there are, and how events find them.
 * Everything else of ocre_api.h is the host's.
 *
 * Events are taken by ocre_process_events(), which calls the callbacks. The host can also call the
 * exported functions at the end of this file, while the program sleeps; it does so for kinds of
 * events that nothing was registered for. A program that defines one of them itself gets the calls.
 */
#define OCRE_NO_UNAME
#include "ocre_api.h"

#include <string.h>

/* How long ocre_process_events() waits for an event. */
#ifndef OCRE_PROCESS_EVENTS_MS
#define OCRE_PROCESS_EVENTS_MS 100
#endif

/* Events of one call; then the program gets a turn. */
#define MOST_EVENTS 32
/* What the host keeps of a topic. */
#define TOPIC_ROOM  64

#define NO_MESSAGE (-42)
#define TIMED_OUT  (-110)

struct gpio_entry {
	int pin;
	int port;
	gpio_callback_func_t callback; /* NULL: the entry is free */
};

struct message_entry {
	message_callback_func_t callback; /* likewise */
	char topic[TOPIC_ROOM];
};

static timer_callback_func_t timers[OCRE_MAX_TIMERS];
static struct gpio_entry pins[OCRE_MAX_CALLBACKS];
static int pins_used; /* entries that were ever used, the first ones */
static struct message_entry messages[OCRE_MAX_CALLBACKS];
static int messages_used;
static void (*stop)(void);
static uint32_t last_message; /* its id */

OCRE_EXPORT("ocre_stop_dispatcher") void ocre_stop_dispatcher(void);

/* ---- dispatch ---- */

static void dispatch_timer(int id)
{
	if (id >= 1 && id <= OCRE_MAX_TIMERS && timers[id - 1] != NULL) {
		timers[id - 1]();
	}
}

static void dispatch_pin(int pin, int port)
{
	for (int i = 0; i < pins_used; i++) {
		if (pins[i].callback != NULL && pins[i].pin == pin && pins[i].port == port) {
			pins[i].callback();
		}
	}
}

static bool is_level_end(char c)
{
	return c == '/' || c == '\0';
}

static bool has_wildcards(const char *filter)
{
	bool start = true;

	for (; *filter != '\0'; filter++) {
		if (start && ((*filter == '+' && is_level_end(filter[1])) ||
			      (*filter == '#' && filter[1] == '\0'))) {
			return true;
		}
		start = *filter == '/';
	}
	return false;
}

/* As the host does it: a beginning, or level by level. */
static bool topic_matches(const char *filter, const char *topic)
{
	if (!has_wildcards(filter)) {
		return strncmp(filter, topic, strlen(filter)) == 0;
	}
	for (;;) {
		if (filter[0] == '#' && filter[1] == '\0') {
			return true;
		}
		if (filter[0] == '+' && is_level_end(filter[1])) {
			filter++;
			while (!is_level_end(*topic)) {
				topic++;
			}
		}
		while (!is_level_end(*filter) && *filter == *topic) {
			filter++;
			topic++;
		}
		if (!is_level_end(*filter) || !is_level_end(*topic)) {
			return false;
		}
		if (*filter == '\0' || *topic == '\0') {
			return *filter == *topic ||
			       (*filter == '/' && filter[1] == '#' && filter[2] == '\0');
		}
		filter++;
		topic++;
	}
}

/*
 * There is a copy for each subscription that matches, one behind the other. Every callback whose
 * topic matches is called for the first of them.
 */
static void dispatch_message(uint32_t id, const char *topic, const char *content_type,
			     const void *payload, uint32_t payload_len)
{
	if (id == last_message) {
		return;
	}
	last_message = id;
	for (int i = 0; i < messages_used; i++) {
		if (messages[i].callback != NULL && topic_matches(messages[i].topic, topic)) {
			messages[i].callback(topic, content_type, payload, payload_len);
		}
	}
}

static void *at(uint32_t address)
{
	return (void *)(uintptr_t)address;
}

static void dispatch(const event_data_t *event)
{
	switch (event->type) {
	case OCRE_RESOURCE_TYPE_TIMER:
		dispatch_timer((int)event->id);
		break;
	case OCRE_RESOURCE_TYPE_GPIO:
		dispatch_pin((int)event->id, (int)event->port);
		break;
	case OCRE_RESOURCE_TYPE_MESSAGE:
		dispatch_message(event->id, at(event->port), at(event->state), at(event->extra),
				 event->payload_len);
		ocre_messaging_free_module_event_data(event->port, event->state, event->extra);
		break;
	case OCRE_RESOURCE_TYPE_STOP:
		ocre_stop_dispatcher();
		break;
	default:
		break;
	}
}

/* ---- taking events ---- */

static uint32_t address_of(const uint32_t *word)
{
	return (uint32_t)(uintptr_t)word;
}

static int get_event(event_data_t *e)
{
	return ocre_get_event(address_of(&e->type), address_of(&e->id), address_of(&e->port),
			      address_of(&e->state), address_of(&e->extra),
			      address_of(&e->payload_len));
}

#ifdef OCRE_SDK_POLL
/* For hosts without ocre_wait_event. */
static int wait_event(int timeout_ms, event_data_t *e)
{
	int rc = get_event(e);

	while (rc == NO_MESSAGE && timeout_ms != 0) {
		int ms = timeout_ms < 0 || timeout_ms > 10 ? 10 : timeout_ms;

		ocre_sleep(ms);
		timeout_ms -= timeout_ms < 0 ? 0 : ms;
		rc = get_event(e);
	}
	return rc;
}
#else
static int wait_event(int timeout_ms, event_data_t *e)
{
	return ocre_wait_event(timeout_ms, address_of(&e->type), address_of(&e->id),
			       address_of(&e->port), address_of(&e->state), address_of(&e->extra),
			       address_of(&e->payload_len));
}
#endif

int ocre_process_event(int timeout_ms)
{
	event_data_t event;
	int rc = wait_event(timeout_ms, &event);

	if (rc == 0) {
		dispatch(&event);
		return 1;
	}
	return rc == NO_MESSAGE || rc == TIMED_OUT ? 0 : rc;
}

void ocre_process_events(void)
{
	event_data_t event;
	int count = ocre_process_event(OCRE_PROCESS_EVENTS_MS);

	while (count > 0 && count < MOST_EVENTS && get_event(&event) == 0) {
		dispatch(&event);
		count++;
	}
}

/* ---- callbacks ---- */

int ocre_register_timer_callback(int timer_id, timer_callback_func_t callback)
{
	if (timer_id < 1 || timer_id > OCRE_MAX_TIMERS || callback == NULL) {
		return OCRE_ERROR_INVALID;
	}
	timers[timer_id - 1] = callback;
	return ocre_register_dispatcher(OCRE_RESOURCE_TYPE_TIMER, "timer_callback");
}

int ocre_unregister_timer_callback(int timer_id)
{
	if (timer_id < 1 || timer_id > OCRE_MAX_TIMERS || timers[timer_id - 1] == NULL) {
		return OCRE_ERROR_INVALID;
	}
	timers[timer_id - 1] = NULL;
	return OCRE_SUCCESS;
}

/* The entry of this pin, or one that is free when `add` is set. */
static struct gpio_entry *find_pin(int pin, int port, bool add)
{
	struct gpio_entry *unused = NULL;

	for (int i = 0; i < pins_used; i++) {
		if (pins[i].callback == NULL) {
			unused = &pins[i];
		} else if (pins[i].pin == pin && pins[i].port == port) {
			return &pins[i];
		}
	}
	if (add && unused == NULL && pins_used < OCRE_MAX_CALLBACKS) {
		unused = &pins[pins_used++];
	}
	return add ? unused : NULL;
}

int ocre_register_gpio_callback(int pin, int port, gpio_callback_func_t callback)
{
	struct gpio_entry *entry;
	int rc;

	if (pin < 0 || port < 0 || callback == NULL) {
		return OCRE_ERROR_INVALID;
	}
	entry = find_pin(pin, port, true);
	if (entry == NULL) {
		return OCRE_ERROR_NO_MEMORY;
	}
	rc = ocre_register_dispatcher(OCRE_RESOURCE_TYPE_GPIO, "gpio_callback");
	if (rc == 0) {
		rc = ocre_gpio_register_callback(port, pin);
	}
	if (rc == 0) {
		entry->pin = pin;
		entry->port = port;
		entry->callback = callback;
	}
	return rc;
}

int ocre_unregister_gpio_callback(int pin, int port)
{
	struct gpio_entry *entry = find_pin(pin, port, false);

	if (entry == NULL) {
		return OCRE_ERROR_INVALID;
	}
	entry->callback = NULL;
	return ocre_gpio_unregister_callback(port, pin);
}

static struct message_entry *find_message(const char *topic, bool add)
{
	struct message_entry *unused = NULL;

	for (int i = 0; i < messages_used; i++) {
		if (messages[i].callback == NULL) {
			unused = &messages[i];
		} else if (strncmp(messages[i].topic, topic, TOPIC_ROOM - 1) == 0) {
			return &messages[i];
		}
	}
	if (add && unused == NULL && messages_used < OCRE_MAX_CALLBACKS) {
		unused = &messages[messages_used++];
	}
	return add ? unused : NULL;
}

int ocre_register_message_callback(const char *topic, message_callback_func_t callback)
{
	struct message_entry *entry;
	int rc;

	if (topic == NULL || topic[0] == '\0' || callback == NULL) {
		return OCRE_ERROR_INVALID;
	}
	entry = find_message(topic, true);
	if (entry == NULL) {
		return OCRE_ERROR_NO_MEMORY;
	}
	rc = ocre_register_dispatcher(OCRE_RESOURCE_TYPE_MESSAGE, "message_callback");
	if (rc == 0) {
		rc = ocre_subscribe_message(topic);
	}
	if (rc == 0) {
		strncpy(entry->topic, topic, TOPIC_ROOM - 1);
		entry->callback = callback;
	}
	return rc;
}

/* The host goes on to deliver; nobody listens. */
int ocre_unregister_message_callback(const char *topic)
{
	struct message_entry *entry = topic != NULL ? find_message(topic, false) : NULL;

	if (entry == NULL) {
		return OCRE_ERROR_INVALID;
	}
	memset(entry, 0, sizeof(*entry));
	return OCRE_SUCCESS;
}

int ocre_register_stop_callback(void (*callback)(void))
{
	if (callback == NULL) {
		return OCRE_ERROR_INVALID;
	}
	stop = callback;
	return ocre_register_dispatcher((ocre_resource_type_t)OCRE_RESOURCE_TYPE_STOP,
					"ocre_stop_dispatcher");
}

/*
 * Exported because a dispatcher must be. Not under the name stop_callback: a program that exports
 * that is waited for when it is stopped, and most programs end as well without being asked.
 */
void ocre_stop_dispatcher(void)
{
	if (stop != NULL) {
		stop();
	}
}

/* ---- what the host can call ---- */

#define CALLBACK(name) OCRE_EXPORT(name) __attribute__((weak))

CALLBACK("timer_callback") void timer_callback(int id);
CALLBACK("gpio_callback") void gpio_callback(int pin, int state, int port);
CALLBACK("message_callback")
void message_callback(int id, const char *topic, const char *content_type, const void *payload,
		      uint32_t payload_len);

void timer_callback(int id)
{
	dispatch_timer(id);
}

void gpio_callback(int pin, int state, int port)
{
	(void)state;
	dispatch_pin(pin, port);
}

void message_callback(int id, const char *topic, const char *content_type, const void *payload,
		      uint32_t payload_len)
{
	dispatch_message((uint32_t)id, topic, content_type, payload, payload_len);
}
