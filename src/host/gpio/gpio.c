/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpio.c - the pins of a board for containers. A container has a pin alone from its first
 * configure until it ends; what it has is a list of its own, so that no call looks at another's.
 */
#include <ocre/board.h>
#include <ocre/port.h>
#include <ocre/providers.h>

#include <string.h>

/* Names that are longer than this belong to no pin. */
#define NAME_SIZE 126

/* A pin that the container has. */
struct held {
	struct held *next;
	struct ocre_guest *guest;
	uint32_t index; /* on the board */
	uint32_t port;
	uint32_t pin;
	enum ocre_pin_direction direction;
	bool level; /* an output: what was set last */
	bool watched;
};

/* One for each container. */
struct gpio {
	const struct ocre_board *board; /* NULL: no pins */
	struct ocre_guest *guest;
	struct held *held;
	bool noted; /* that a grant is missing for ocre_gpio_init */
};

/* ---- the pins ---- */

static uint32_t pin_count(const struct gpio *gpio)
{
	return gpio->board == NULL ? 0 : gpio->board->ops->pin_count(gpio->board->ctx);
}

static void pin_info(const struct gpio *gpio, uint32_t index, struct ocre_pin_info *out)
{
	gpio->board->ops->pin_info(gpio->board->ctx, index, out);
}

static struct held *find_held(const struct gpio *gpio, uint32_t port, uint32_t pin)
{
	struct held *held = gpio->held;

	while (held != NULL && (held->port != port || held->pin != pin)) {
		held = held->next;
	}
	return held;
}

static bool allowed(const struct gpio *gpio, enum ocre_action_kind kind, uint32_t port,
		    uint32_t pin)
{
	struct ocre_action action = {.kind = kind, .port = port, .pin = pin};

	return gpio->guest->ops->allowed(gpio->guest, &action);
}

static int32_t claim(struct gpio *gpio, uint32_t port, uint32_t pin, struct held **out)
{
	uint32_t count = pin_count(gpio);
	struct ocre_pin_info info;
	struct held *held;
	uint32_t index = 0;
	int rc;

	for (; index < count; index++) {
		pin_info(gpio, index, &info);
		if (info.port == port && info.pin == pin) {
			break;
		}
	}
	if (index == count) {
		return -OCRE_ERRNO_INVAL;
	}
	held = (struct held *)ocre_mem_alloc(gpio->guest->mem, sizeof(*held));
	if (held == NULL) {
		return -OCRE_ERRNO_NOMEM;
	}
	rc = gpio->board->ops->pin_claim(gpio->board->ctx, index);
	if (rc != OCRE_OK) {
		ocre_mem_free(gpio->guest->mem, held, sizeof(*held));
		return ocre_board_errno(rc);
	}
	held->guest = gpio->guest;
	held->index = index;
	held->port = port;
	held->pin = pin;
	held->next = gpio->held;
	gpio->held = held;
	*out = held;
	return 0;
}

static void release(struct gpio *gpio, struct held *held)
{
	struct held **at = &gpio->held;

	while (*at != held) {
		at = &(*at)->next;
	}
	*at = held->next;
	gpio->board->ops->pin_release(gpio->board->ctx, held->index);
	ocre_mem_free(gpio->guest->mem, held, sizeof(*held));
}

static int32_t configure(struct gpio *gpio, uint32_t port, uint32_t pin, uint32_t direction)
{
	bool output = direction == OCRE_PIN_OUTPUT;
	struct held *held;
	int rc;

	if (direction > OCRE_PIN_OUTPUT) {
		return -OCRE_ERRNO_INVAL;
	}
	if (!allowed(gpio, output ? OCRE_ACTION_GPIO_WRITE : OCRE_ACTION_GPIO_READ, port, pin)) {
		return -OCRE_ERRNO_PERM;
	}
	held = find_held(gpio, port, pin);
	if (held == NULL) {
		int32_t error = claim(gpio, port, pin, &held);

		if (error != 0) {
			return error;
		}
	}
	rc = gpio->board->ops->pin_configure(gpio->board->ctx, held->index,
					     (enum ocre_pin_direction)direction);
	if (rc != OCRE_OK) {
		release(gpio, held);
		return ocre_board_errno(rc);
	}
	held->direction = (enum ocre_pin_direction)direction;
	held->level = false;
	held->watched = false;
	return 0;
}

/*
 * The pin if the container may do this to it and has configured it for that direction; else NULL
 * and the error.
 */
static struct held *use(const struct gpio *gpio, uint32_t port, uint32_t pin,
			enum ocre_pin_direction direction, int32_t *error)
{
	struct held *held = find_held(gpio, port, pin);

	if (!allowed(gpio,
		     direction == OCRE_PIN_OUTPUT ? OCRE_ACTION_GPIO_WRITE : OCRE_ACTION_GPIO_READ,
		     port, pin)) {
		*error = -OCRE_ERRNO_PERM;
		return NULL;
	}
	*error = -OCRE_ERRNO_INVAL;
	return held != NULL && held->direction == direction ? held : NULL;
}

static int32_t set_level(const struct gpio *gpio, struct held *held, bool level)
{
	int rc = gpio->board->ops->pin_set(gpio->board->ctx, held->index, level);

	if (rc == OCRE_OK) {
		held->level = level;
	}
	return ocre_board_errno(rc);
}

static int32_t set(const struct gpio *gpio, uint32_t port, uint32_t pin, uint32_t state)
{
	int32_t error;
	struct held *held = use(gpio, port, pin, OCRE_PIN_OUTPUT, &error);

	if (held == NULL) {
		return error;
	}
	return state > 1 ? -OCRE_ERRNO_INVAL : set_level(gpio, held, state == 1);
}

static int32_t toggle(const struct gpio *gpio, uint32_t port, uint32_t pin)
{
	int32_t error;
	struct held *held = use(gpio, port, pin, OCRE_PIN_OUTPUT, &error);

	return held == NULL ? error : set_level(gpio, held, !held->level);
}

/* Who may drive an output may ask how it is driven. */
static int32_t get(const struct gpio *gpio, uint32_t port, uint32_t pin)
{
	struct held *held = find_held(gpio, port, pin);
	int32_t error;
	int rc;

	held = use(gpio, port, pin, held == NULL ? OCRE_PIN_INPUT : held->direction, &error);
	if (held == NULL) {
		return error;
	}
	rc = gpio->board->ops->pin_get(gpio->board->ctx, held->index);
	return rc < 0 ? ocre_board_errno(rc) : rc;
}

/* From any thread. What a full queue loses is counted by the queue. */
static void edge(void *arg, bool level)
{
	const struct held *held = (const struct held *)arg;
	struct ocre_event event = {.type = OCRE_EVENT_GPIO,
				   .id = held->pin,
				   .port = held->port,
				   .state = level ? 1 : 0};

	held->guest->ops->post(held->guest, &event);
}

static int32_t watch(const struct gpio *gpio, uint32_t port, uint32_t pin)
{
	int32_t error;
	struct held *held = use(gpio, port, pin, OCRE_PIN_INPUT, &error);
	int rc;

	if (held == NULL) {
		return error;
	}
	if (held->watched) {
		return 0;
	}
	rc = gpio->board->ops->pin_watch(gpio->board->ctx, held->index, edge, held);
	held->watched = rc == OCRE_OK;
	return ocre_board_errno(rc);
}

static int32_t unwatch(const struct gpio *gpio, uint32_t port, uint32_t pin)
{
	int32_t error;
	struct held *held = use(gpio, port, pin, OCRE_PIN_INPUT, &error);

	if (held == NULL) {
		return error;
	}
	if (!held->watched) {
		return -OCRE_ERRNO_INVAL;
	}
	held->watched = false;
	return ocre_board_errno(
		gpio->board->ops->pin_watch(gpio->board->ctx, held->index, NULL, NULL));
}

/* ---- the functions of the guest ---- */

static int done(struct ocre_call *call, int32_t result)
{
	call->ret[0] = (uint32_t)result;
	return OCRE_HOST_DONE;
}

static struct gpio *self(struct ocre_call *call)
{
	return (struct gpio *)call->host;
}

/* The pin that the first argument names. */
static int32_t named(struct ocre_call *call, struct ocre_pin_info *out)
{
	const struct gpio *gpio = self(call);
	uint32_t addr = ocre_arg_u32(call, 0);
	char name[NAME_SIZE];
	int32_t size;

	size = addr == 0 ? OCRE_STRING_OUTSIDE : ocre_call_string(call, addr, name, sizeof(name));
	if (size == OCRE_STRING_OUTSIDE) {
		return -OCRE_ERRNO_INVAL;
	}
	if (size > 0) {
		uint32_t count = pin_count(gpio);

		for (uint32_t i = 0; i < count; i++) {
			pin_info(gpio, i, out);
			if (out->name != NULL && strcmp(out->name, name) == 0) {
				return 0;
			}
		}
	}
	return -OCRE_ERRNO_NODEV;
}

static int gpio_init(struct ocre_call *call)
{
	struct gpio *gpio = self(call);
	struct ocre_guest *guest = gpio->guest;

	if (!guest->ops->may(guest, OCRE_ACTION_GPIO_READ) &&
	    !guest->ops->may(guest, OCRE_ACTION_GPIO_WRITE)) {
		if (!gpio->noted) {
			guest->ops->note(guest, "ocre_gpio_init: denied: no grant for any pin");
			gpio->noted = true;
		}
		return done(call, -OCRE_ERRNO_PERM);
	}
	return done(call, pin_count(gpio) > 0 ? 0 : -OCRE_ERRNO_NODEV);
}

static int pin_configure(struct ocre_call *call)
{
	return done(call, configure(self(call), ocre_arg_u32(call, 0), ocre_arg_u32(call, 1),
				    ocre_arg_u32(call, 2)));
}

static int pin_set(struct ocre_call *call)
{
	return done(call, set(self(call), ocre_arg_u32(call, 0), ocre_arg_u32(call, 1),
			      ocre_arg_u32(call, 2)));
}

static int pin_get(struct ocre_call *call)
{
	return done(call, get(self(call), ocre_arg_u32(call, 0), ocre_arg_u32(call, 1)));
}

static int pin_toggle(struct ocre_call *call)
{
	return done(call, toggle(self(call), ocre_arg_u32(call, 0), ocre_arg_u32(call, 1)));
}

static int pin_watch(struct ocre_call *call)
{
	return done(call, watch(self(call), ocre_arg_u32(call, 0), ocre_arg_u32(call, 1)));
}

static int pin_unwatch(struct ocre_call *call)
{
	return done(call, unwatch(self(call), ocre_arg_u32(call, 0), ocre_arg_u32(call, 1)));
}

static int configure_by_name(struct ocre_call *call)
{
	struct ocre_pin_info pin;
	int32_t error = named(call, &pin);

	return done(call,
		    error != 0 ? error
			       : configure(self(call), pin.port, pin.pin, ocre_arg_u32(call, 1)));
}

static int set_by_name(struct ocre_call *call)
{
	struct ocre_pin_info pin;
	int32_t error = named(call, &pin);

	return done(call,
		    error != 0 ? error : set(self(call), pin.port, pin.pin, ocre_arg_u32(call, 1)));
}

static int get_by_name(struct ocre_call *call)
{
	struct ocre_pin_info pin;
	int32_t error = named(call, &pin);

	return done(call, error != 0 ? error : get(self(call), pin.port, pin.pin));
}

static int toggle_by_name(struct ocre_call *call)
{
	struct ocre_pin_info pin;
	int32_t error = named(call, &pin);

	return done(call, error != 0 ? error : toggle(self(call), pin.port, pin.pin));
}

static int watch_by_name(struct ocre_call *call)
{
	struct ocre_pin_info pin;
	int32_t error = named(call, &pin);

	return done(call, error != 0 ? error : watch(self(call), pin.port, pin.pin));
}

static int unwatch_by_name(struct ocre_call *call)
{
	struct ocre_pin_info pin;
	int32_t error = named(call, &pin);

	return done(call, error != 0 ? error : unwatch(self(call), pin.port, pin.pin));
}

/*
 * Which grant is needed depends on the direction where none is named here; those functions ask for
 * it themselves.
 */
#define EITHER OCRE_ACTION_NONE, 0
#define READ   OCRE_ACTION_GPIO_READ, -OCRE_ERRNO_PERM
#define WRITE  OCRE_ACTION_GPIO_WRITE, -OCRE_ERRNO_PERM

static const struct ocre_host_func gpio_funcs[] = {
	{"ocre_gpio_init", ":i", gpio_init, EITHER},
	{"ocre_gpio_configure", "iii:i", pin_configure, EITHER},
	{"ocre_gpio_pin_set", "iii:i", pin_set, WRITE},
	{"ocre_gpio_pin_get", "ii:i", pin_get, EITHER},
	{"ocre_gpio_pin_toggle", "ii:i", pin_toggle, WRITE},
	{"ocre_gpio_register_callback", "ii:i", pin_watch, READ},
	{"ocre_gpio_unregister_callback", "ii:i", pin_unwatch, READ},
	{"ocre_gpio_configure_by_name", "ii:i", configure_by_name, EITHER},
	{"ocre_gpio_set_by_name", "ii:i", set_by_name, WRITE},
	{"ocre_gpio_get_by_name", "i:i", get_by_name, EITHER},
	{"ocre_gpio_toggle_by_name", "i:i", toggle_by_name, WRITE},
	{"ocre_gpio_register_callback_by_name", "i:i", watch_by_name, READ},
	{"ocre_gpio_unregister_callback_by_name", "i:i", unwatch_by_name, READ},
	/* As they were called in early 2025. */
	{"ocre_gpio_set", "iii:i", pin_set, WRITE},
	{"ocre_gpio_get", "ii:i", pin_get, EITHER},
	{"ocre_gpio_toggle", "ii:i", pin_toggle, WRITE},
};

static const struct ocre_host_module gpio_module = {"env", gpio_funcs,
						    sizeof(gpio_funcs) / sizeof(gpio_funcs[0])};

/* ---- the provider ---- */

static int create(void *shared, struct ocre_guest *guest, void **object, struct ocre_diag *diag)
{
	struct gpio *gpio = (struct gpio *)ocre_mem_alloc(guest->mem, sizeof(*gpio));

	if (gpio == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "no memory for the container's pins");
	}
	gpio->board = (const struct ocre_board *)shared; /* the config */
	gpio->guest = guest;
	*object = gpio;
	return OCRE_OK;
}

static void destroy(void *object)
{
	struct gpio *gpio = (struct gpio *)object;

	if (gpio == NULL) {
		return;
	}
	while (gpio->held != NULL) {
		release(gpio, gpio->held);
	}
	ocre_mem_free(gpio->guest->mem, gpio, sizeof(*gpio));
}

static const struct ocre_host_module *const modules[] = {&gpio_module};

const struct ocre_host_provider ocre_provider_gpio = {
	.name = "gpio",
	.modules = modules,
	.module_count = 1,
	.create = create,
	.destroy = destroy,
};
