/* SPDX-License-Identifier: Apache-2.0 */
/* event_test.c - uname, sleeping, events, timers: called as guests call them, and as they should
 * not. */
#include "guest.h"

#include <ocre/providers.h>

#define MS 1000000u

/* Where the six words go. */
#define OUT   0x100u
#define TYPE  OUT
#define ID    (OUT + 4)
#define PORT  (OUT + 8)
#define STATE (OUT + 12)
#define EXTRA (OUT + 16)
#define SIZE  (OUT + 20)
#define WORDS TYPE, ID, PORT, STATE, EXTRA, SIZE

#define E_PERM	   (-1)
#define E_NOMEM	   (-12)
#define E_BUSY	   (-16)
#define E_INVAL	   (-22)
#define E_NOMSG	   (-42)
#define E_TIMEDOUT (-110)

struct one {
	struct world world;
	struct guest guest;
};

static int setup(void **state)
{
	struct one *one = (struct one *)calloc(1, sizeof(*one));

	assert_non_null(one);
	world_open(&one->world, &ocre_provider_event, NULL);
	guest_init(&one->world, &one->guest, "one");
	guest_begin(&one->guest);
	*state = one;
	return 0;
}

static int teardown(void **state)
{
	struct one *one = (struct one *)*state;

	guest_end(&one->guest);
	world_close(&one->world);
	free(one);
	return 0;
}

static int get_event(struct guest *guest)
{
	return guest_call(guest, "ocre_get_event", "iiiiii:i", WORDS);
}

static int wait_event(struct guest *guest, int32_t ms)
{
	return guest_call(guest, "ocre_wait_event", "iiiiiii:i", (uint32_t)ms, WORDS);
}

static int start_timer(struct guest *guest, uint32_t id, uint32_t ms, uint32_t periodic)
{
	return guest_call(guest, "ocre_timer_start", "iii:i", id, ms, periodic);
}

static void expect_words(const struct guest *guest, uint32_t type, uint32_t id, uint32_t port,
			 uint32_t level)
{
	assert_int_equal(guest_u32(guest, TYPE), type);
	assert_int_equal(guest_u32(guest, ID), id);
	assert_int_equal(guest_u32(guest, PORT), port);
	assert_int_equal(guest_u32(guest, STATE), level);
	assert_int_equal(guest_u32(guest, EXTRA), 0);
	assert_int_equal(guest_u32(guest, SIZE), 0);
}

static int free_message(struct guest *guest)
{
	return guest_call(guest, "ocre_messaging_free_module_event_data", "iii:i",
			  guest_u32(guest, PORT), guest_u32(guest, STATE), guest_u32(guest, EXTRA));
}

/* ---- uname ---- */

static void test_uname(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	memset(guest->memory, '#', GUEST_SIZE);
	assert_int_equal(guest_call(guest, "uname", "i:i", 64u), 0);
	assert_int_equal(strncmp(guest_string(guest, 64), "Project Ocre (", 14), 0);
	assert_true(strlen(guest_string(guest, 64 + 4 * 65)) > 0);
	assert_string_equal(guest_string(guest, 64 + 5 * 65), "");
	/* Six fields of 65 bytes, and not one more. */
	assert_int_equal(guest->memory[63], '#');
	assert_int_equal(guest->memory[64 + 390], '#');
	assert_int_equal(guest_call(guest, "uname", "i:i", GUEST_SIZE - 390), 0);
	assert_int_equal(guest_call(guest, "uname", "i:i", GUEST_SIZE - 389), -1);
	assert_int_equal(guest_call(guest, "uname", "i:i", UINT32_MAX), -1);
}

static void test_uname_config(void **state)
{
	static const struct ocre_uname names = {
		.os = "An operating system whose name is much longer than the field that it goes "
		      "into",
		.node = "node",
		.release = "app (2)",
		.version = "v",
		.machine = "m",
	};
	struct world world;
	struct guest guest;

	(void)state;
	world_open(&world, &ocre_provider_event, &names);
	guest_init(&world, &guest, "x");
	guest_begin(&guest);
	assert_int_equal(guest_call(&guest, "uname", "i:i", 0u), 0);
	assert_int_equal(strlen(guest_string(&guest, 0)), 64);
	assert_string_equal(guest_string(&guest, 65), "node");
	assert_string_equal(guest_string(&guest, 130), "app (2)");
	assert_string_equal(guest_string(&guest, 195), "v");
	assert_string_equal(guest_string(&guest, 260), "m");
	guest_end(&guest);
	world_close(&world);
}

/* ---- sleep ---- */

static void test_sleep(void **state)
{
	struct one *one = (struct one *)*state;
	struct guest *guest = &one->guest;

	assert_int_equal(guest_call(guest, "ocre_sleep", "i:i", 10u), PARKED);
	assert_int_equal(guest->park.events, OCRE_PARK_CALLBACKS);
	assert_int_equal(guest->park.deadline_ns, one->world.now_ns + 10 * MS);
	/* Continued too early (after a callback), it goes on, to the same moment. */
	one->world.now_ns += 9 * MS;
	assert_int_equal(guest_resume(guest), PARKED);
	assert_int_equal(guest->park.deadline_ns, one->world.now_ns + MS);
	one->world.now_ns += MS;
	assert_int_equal(guest_resume(guest), 0);

	/* ocre_pause(): longer than 32 bits of microseconds. */
	assert_int_equal(guest_call(guest, "ocre_sleep", "i:i", 9999999u), PARKED);
	assert_int_equal(guest->park.deadline_ns, one->world.now_ns + 9999999ull * MS);
	/* Nothing, and less: parked once, not for long. */
	assert_int_equal(guest_call(guest, "ocre_sleep", "i:i", 0u), PARKED);
	assert_int_equal(guest->park.deadline_ns, one->world.now_ns);
	assert_int_equal(guest_resume(guest), 0);
	assert_int_equal(guest_call(guest, "ocre_sleep", "i:i", 0x80000000u), PARKED);
	assert_int_equal(guest_resume(guest), 0);
}

/* ---- events ---- */

static void test_get_event(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	assert_int_equal(get_event(guest), E_NOMSG);
	assert_int_equal(guest_post(guest, OCRE_EVENT_GPIO, 7, 2, 1), OCRE_OK);
	assert_int_equal(guest_post(guest, OCRE_EVENT_TIMER, 3, 0, 0), OCRE_OK);
	memset(guest->memory + OUT, 0xff, 24);
	assert_int_equal(get_event(guest), 0);
	expect_words(guest, 1, 7, 2, 1);
	assert_int_equal(get_event(guest), 0);
	expect_words(guest, 0, 3, 0, 0);
	assert_int_equal(get_event(guest), E_NOMSG);
}

/* An address that is not all in memory takes no event. */
static void test_get_event_addresses(void **state)
{
	static const uint32_t bad[] = {GUEST_SIZE - 3, GUEST_SIZE, 0xfffffffdu, UINT32_MAX};
	struct guest *guest = &((struct one *)*state)->guest;

	guest_post(guest, OCRE_EVENT_TIMER, 3, 0, 0);
	for (unsigned int i = 0; i < 6; i++) {
		for (unsigned int k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
			uint32_t a[6] = {WORDS};

			a[i] = bad[k];
			assert_int_equal(guest_call(guest, "ocre_get_event", "iiiiii:i", a[0], a[1],
						    a[2], a[3], a[4], a[5]),
					 E_INVAL);
			assert_int_equal(guest_call(guest, "ocre_wait_event", "iiiiiii:i", 1000u,
						    a[0], a[1], a[2], a[3], a[4], a[5]),
					 E_INVAL);
		}
	}
	assert_int_equal(guest->queued, 1);
	/* All six in one place, the last of memory: not clever, and allowed. */
	assert_int_equal(guest_call(guest, "ocre_get_event", "iiiiii:i", GUEST_SIZE - 4,
				    GUEST_SIZE - 4, GUEST_SIZE - 4, GUEST_SIZE - 4, GUEST_SIZE - 4,
				    GUEST_SIZE - 4),
			 0);
}

static void test_wait_event(void **state)
{
	struct one *one = (struct one *)*state;
	struct guest *guest = &one->guest;

	assert_int_equal(wait_event(guest, 0), E_TIMEDOUT);
	assert_int_equal(wait_event(guest, 20), PARKED);
	assert_int_equal(guest->park.events, OCRE_PARK_EVENTS | OCRE_PARK_CALLBACKS);
	assert_int_equal(guest->park.deadline_ns, one->world.now_ns + 20 * MS);
	one->world.now_ns += 5 * MS;
	assert_int_equal(guest_resume(guest), PARKED);
	assert_int_equal(guest->park.deadline_ns, one->world.now_ns + 15 * MS);
	guest_post(guest, OCRE_EVENT_GPIO, 1, 2, 0);
	assert_int_equal(guest_resume(guest), 0);
	expect_words(guest, 1, 1, 2, 0);

	assert_int_equal(wait_event(guest, 20), PARKED);
	one->world.now_ns += 20 * MS;
	assert_int_equal(guest_resume(guest), E_TIMEDOUT);

	/* For ever. */
	assert_int_equal(wait_event(guest, -1), PARKED);
	assert_true(guest->park.deadline_ns == UINT64_MAX);
	one->world.now_ns += 1ull << 60;
	assert_int_equal(guest_resume(guest), PARKED);
	guest_post(guest, OCRE_EVENT_TIMER, 1, 0, 0);
	assert_int_equal(guest_resume(guest), 0);
	/* At once, when there is one already. */
	guest_post(guest, OCRE_EVENT_TIMER, 2, 0, 0);
	assert_int_equal(wait_event(guest, 0), 0);
	expect_words(guest, 0, 2, 0, 0);
}

static void test_message(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;
	uint32_t first[3];

	guest_post_message(guest, 11, "test/topic", "text/plain", "hello");
	guest_post_message(guest, 12, "t", "c", "second");
	assert_int_equal(get_event(guest), 0);
	assert_int_equal(guest_u32(guest, TYPE), 3);
	assert_int_equal(guest_u32(guest, ID), 11);
	assert_string_equal(guest_string(guest, guest_u32(guest, PORT)), "test/topic");
	assert_string_equal(guest_string(guest, guest_u32(guest, STATE)), "text/plain");
	assert_int_equal(guest_u32(guest, SIZE), 5);
	assert_memory_equal(guest->memory + guest_u32(guest, EXTRA), "hello", 5);
	first[0] = guest_u32(guest, PORT);
	first[1] = guest_u32(guest, STATE);
	first[2] = guest_u32(guest, EXTRA);
	assert_int_equal(get_event(guest), 0);
	assert_int_equal(guest_u32(guest, ID), 12);
	assert_string_equal(guest_string(guest, first[0]), "test/topic");

	/* Given back in another order, each once. */
	assert_int_equal(guest_call(guest, "ocre_messaging_free_module_event_data", "iii:i",
				    first[0], first[1], first[2]),
			 0);
	assert_int_equal(guest_call(guest, "ocre_messaging_free_module_event_data", "iii:i",
				    first[0], first[1], first[2]),
			 E_INVAL);
	assert_int_equal(free_message(guest), 0);
	assert_int_equal(free_message(guest), E_INVAL);
	assert_int_equal(guest->heap_used, 0);
}

/* Only what was handed out, and all three addresses of it. */
static void test_free_data_hostile(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;
	const char *name = "ocre_messaging_free_module_event_data";
	uint32_t t;
	uint32_t c;
	uint32_t p;

	assert_int_equal(guest_call(guest, name, "iii:i", 0u, 0u, 0u), E_INVAL);
	assert_int_equal(guest_call(guest, name, "iii:i", UINT32_MAX, UINT32_MAX, UINT32_MAX),
			 E_INVAL);
	guest_post_message(guest, 1, "topic", "type", "payload");
	assert_int_equal(get_event(guest), 0);
	t = guest_u32(guest, PORT);
	c = guest_u32(guest, STATE);
	p = guest_u32(guest, EXTRA);
	assert_int_equal(guest_call(guest, name, "iii:i", t + 1, c, p), E_INVAL);
	assert_int_equal(guest_call(guest, name, "iii:i", t, c + 1, p), E_INVAL);
	assert_int_equal(guest_call(guest, name, "iii:i", t, c, 0u), E_INVAL);
	assert_int_equal(guest_call(guest, name, "iii:i", c, t, p), E_INVAL);
	assert_true(guest->heap_used > 0);
	assert_int_equal(guest_call(guest, name, "iii:i", t, c, p), 0);
	assert_int_equal(guest->heap_used, 0);
}

/* Without room the message is kept, other events pass it, and it comes when there is room. */
static void test_message_no_room(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	guest->heap_size = 20;
	guest_post_message(guest, 1, "a", "b", "0123456789");
	guest_post_message(guest, 2, "c", "d", "9876543210");
	guest_post_message(guest, 3, "e", "f", "x");
	assert_int_equal(get_event(guest), 0);
	assert_int_equal(get_event(guest), E_NOMEM);
	assert_int_equal(wait_event(guest, -1), E_NOMEM);
	guest_post(guest, OCRE_EVENT_TIMER, 5, 0, 0);
	memcpy(guest->memory + OUT + 32, guest->memory + OUT, 24);
	assert_int_equal(get_event(guest), 0);
	expect_words(guest, 0, 5, 0, 0);
	assert_int_equal(get_event(guest), E_NOMEM);
	memcpy(guest->memory + OUT, guest->memory + OUT + 32, 24);
	assert_int_equal(free_message(guest), 0);
	assert_int_equal(get_event(guest), 0);
	assert_int_equal(guest_u32(guest, ID), 2);
	assert_memory_equal(guest->memory + guest_u32(guest, EXTRA), "9876543210", 10);
	assert_int_equal(free_message(guest), 0);
	assert_int_equal(get_event(guest), 0);
	assert_int_equal(guest_u32(guest, ID), 3);
	assert_int_equal(free_message(guest), 0);
	assert_int_equal(get_event(guest), E_NOMSG);
	assert_int_equal(guest->notes, 0);
}

/* A message that can never fit does not stand in the way for ever. */
static void test_message_too_large(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	guest->heap_size = 12;
	guest_post_message(guest, 1, "a", "b", "0123456789");
	guest_post_message(guest, 2, "c", "d", "x");
	assert_int_equal(get_event(guest), 0);
	assert_int_equal(guest_u32(guest, ID), 2);
	assert_int_equal(guest->notes, 1);
	assert_non_null(strstr(guest->note, "heap_size"));
}

/* The end of a life with a message that is held, and with messages that were never given back. */
static void test_message_teardown(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	guest->heap_size = 20;
	guest_post_message(guest, 1, "a", "b", "0123456789");
	guest_post_message(guest, 2, "c", "d", "9876543210");
	assert_int_equal(get_event(guest), 0);
	assert_int_equal(get_event(guest), E_NOMEM);
	start_timer(guest, 1, 10, 1);
}

/* A guest that gives nothing back can make the host remember so much and no more. */
static void test_message_hoard(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;
	size_t before = guest->mem.used;
	unsigned int got = 0;

	for (unsigned int i = 0; i < 400; i++) {
		assert_int_equal(guest_post_message(guest, i, "t", "c", "p"),
				 got == 256 && i > 264 ? OCRE_E_LIMIT : OCRE_OK);
		if (get_event(guest) != 0) {
			break;
		}
		got++;
	}
	assert_int_equal(got, 256);
	assert_int_equal(get_event(guest), E_NOMEM);
	assert_true(guest->mem.used - before <= 256 * 12);
	assert_int_equal(free_message(guest), 0);
	assert_int_equal(get_event(guest), 0);
}

/* A malloc of the guest that asks for the next message itself. */
static void test_message_malloc_asks(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	guest->on_alloc = get_event;
	guest_post_message(guest, 1, "a", "b", "first");
	guest_post_message(guest, 2, "c", "d", "second");
	assert_int_equal(get_event(guest), 0);
	assert_int_equal(guest->malloc_result, E_BUSY);
	assert_int_equal(guest_u32(guest, ID), 1);
	assert_int_equal(get_event(guest), 0);
	assert_int_equal(guest_u32(guest, ID), 2);
	assert_int_equal(guest_u32(guest, SIZE), 6);
}

/* ---- which way an event goes ---- */

static void test_callbacks(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	/* The guest exports timer_callback: it is called, and does not find the event here. */
	guest->guest.callbacks = 1u << OCRE_EVENT_TIMER;
	guest->exported = "timer_callback message_callback";
	guest_post(guest, OCRE_EVENT_TIMER, 1, 0, 0);
	guest_post(guest, OCRE_EVENT_GPIO, 2, 0, 0);
	assert_int_equal(get_event(guest), 0);
	expect_words(guest, 1, 2, 0, 0);
	assert_int_equal(get_event(guest), E_NOMSG);
	/* Until it says that it takes them itself. */
	assert_int_equal(guest_call(guest, "ocre_register_dispatcher", "ii:i", 0u,
				    guest_text(guest, 8, "timer_callback")),
			 0);
	assert_int_equal(guest->guest.dispatchers, 1u << OCRE_EVENT_TIMER);
	assert_int_equal(get_event(guest), 0);
	expect_words(guest, 0, 1, 0, 0);
}

static void test_dispatcher_hostile(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;
	const char *name = "ocre_register_dispatcher";
	uint32_t there;

	guest->exported = "timer_callback";
	there = guest_text(guest, 8, "timer_callback");
	assert_int_equal(guest_call(guest, name, "ii:i", 0u, guest_text(guest, 64, "timer_call")),
			 E_INVAL);
	assert_int_equal(guest_call(guest, name, "ii:i", 0u, guest_text(guest, 64, "")), E_INVAL);
	assert_int_equal(guest_call(guest, name, "ii:i", 0u, GUEST_SIZE), E_INVAL);
	assert_int_equal(guest_call(guest, name, "ii:i", 0u, UINT32_MAX), E_INVAL);
	/* No NUL before memory ends; and none for a long time. */
	memset(guest->memory + GUEST_SIZE - 14, 'a', 14);
	assert_int_equal(guest_call(guest, name, "ii:i", 0u, GUEST_SIZE - 14), E_INVAL);
	memset(guest->memory + 0x1000, 'a', 0x1000);
	assert_int_equal(guest_call(guest, name, "ii:i", 0u, 0x1000u), E_INVAL);
	/* Types: 0 to 3, and the stop event. */
	assert_int_equal(guest_call(guest, name, "ii:i", 4u, there), E_INVAL);
	assert_int_equal(guest_call(guest, name, "ii:i", 15u, there), E_INVAL);
	assert_int_equal(guest_call(guest, name, "ii:i", 17u, there), E_INVAL);
	assert_int_equal(guest_call(guest, name, "ii:i", 32u, there), E_INVAL);
	assert_int_equal(guest_call(guest, name, "ii:i", UINT32_MAX, there), E_INVAL);
	assert_int_equal(guest->guest.dispatchers, 0);
	/* The very end of memory is fine. */
	guest_text(guest, GUEST_SIZE - 15, "timer_callback");
	assert_int_equal(guest_call(guest, name, "ii:i", 3u, GUEST_SIZE - 15), 0);
}

/* Only a guest that asked hears that it is to stop. */
static void test_stop_event(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	guest->exported = "bye";
	guest_post(guest, OCRE_EVENT_STOP, 0, 0, 0);
	assert_int_equal(get_event(guest), E_NOMSG);
	assert_int_equal(guest_call(guest, "ocre_register_dispatcher", "ii:i",
				    (uint32_t)OCRE_EVENT_STOP, guest_text(guest, 8, "bye")),
			 0);
	assert_int_equal(get_event(guest), 0);
	expect_words(guest, 16, 0, 0, 0);
}

/* ---- timers ---- */

static void test_timer(void **state)
{
	struct one *one = (struct one *)*state;
	struct guest *guest = &one->guest;

	assert_int_equal(guest_call(guest, "ocre_timer_create", "i:i", 1u), 0);
	assert_int_equal(guest_call(guest, "ocre_timer_create", "i:i", 1u), E_BUSY);
	assert_int_equal(guest_call(guest, "ocre_timer_create", "i:i", 16u), 0);
	assert_int_equal(guest_call(guest, "ocre_timer_get_remaining", "i:i", 1u), 0);
	assert_int_equal(start_timer(guest, 1, 100, 1), 0);
	assert_int_equal(start_timer(guest, 16, 65535, 0), 0);
	assert_int_equal(guest_call(guest, "ocre_timer_get_remaining", "i:i", 16u), 65535);
	one->world.now_ns += 99 * MS + 1;
	assert_int_equal(guest_call(guest, "ocre_timer_get_remaining", "i:i", 1u), 1);
	assert_int_equal(get_event(guest), E_NOMSG);
	one->world.now_ns += MS;
	assert_int_equal(get_event(guest), 0);
	expect_words(guest, 0, 1, 0, 0);
	assert_int_equal(get_event(guest), E_NOMSG);
	/* Periodic. */
	one->world.now_ns += 100 * MS;
	assert_int_equal(get_event(guest), 0);
	assert_int_equal(guest_call(guest, "ocre_timer_stop", "i:i", 1u), 0);
	assert_int_equal(guest_call(guest, "ocre_timer_stop", "i:i", 1u), 0);
	one->world.now_ns += 100 * MS;
	assert_int_equal(get_event(guest), E_NOMSG);
	/* Once. */
	one->world.now_ns += 65535ull * MS;
	assert_int_equal(get_event(guest), 0);
	expect_words(guest, 0, 16, 0, 0);
	assert_int_equal(guest_call(guest, "ocre_timer_get_remaining", "i:i", 16u), 0);
	assert_int_equal(guest_call(guest, "ocre_timer_delete", "i:i", 16u), 0);
	assert_int_equal(guest_call(guest, "ocre_timer_delete", "i:i", 16u), E_INVAL);
	assert_int_equal(start_timer(guest, 16, 10, 0), E_INVAL);
	assert_int_equal(guest_call(guest, "ocre_timer_create", "i:i", 16u), 0);
	assert_int_equal(start_timer(guest, 16, 10, 0), 0); /* still running at the end */
}

static void test_timer_hostile(void **state)
{
	static const uint32_t ids[] = {0, 2, 17, 256, 0x80000000u, UINT32_MAX};
	struct guest *guest = &((struct one *)*state)->guest;

	assert_int_equal(guest_call(guest, "ocre_timer_create", "i:i", 1u), 0);
	assert_int_equal(start_timer(guest, 1, 0, 0), E_INVAL);
	assert_int_equal(start_timer(guest, 1, 65536, 0), E_INVAL);
	assert_int_equal(start_timer(guest, 1, UINT32_MAX, 0), E_INVAL);
	for (unsigned int i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (ids[i] != 2) {
			assert_int_equal(guest_call(guest, "ocre_timer_create", "i:i", ids[i]),
					 E_INVAL);
		}
		assert_int_equal(start_timer(guest, ids[i], 10, 0), E_INVAL);
		assert_int_equal(guest_call(guest, "ocre_timer_stop", "i:i", ids[i]), E_INVAL);
		assert_int_equal(guest_call(guest, "ocre_timer_delete", "i:i", ids[i]), E_INVAL);
		assert_int_equal(guest_call(guest, "ocre_timer_get_remaining", "i:i", ids[i]),
				 E_INVAL);
	}
	guest->denied = 1u << OCRE_ACTION_TIMER;
	assert_int_equal(guest_call(guest, "ocre_timer_create", "i:i", 2u), E_PERM);
	assert_int_equal(guest->notes, 1);
}

/* Two containers have timers of the same numbers. */
static void test_timer_private(void **state)
{
	struct one *one = (struct one *)*state;
	struct guest other;

	guest_init(&one->world, &other, "other");
	guest_begin(&other);
	assert_int_equal(guest_call(&one->guest, "ocre_timer_create", "i:i", 1u), 0);
	assert_int_equal(guest_call(&other, "ocre_timer_create", "i:i", 1u), 0);
	assert_int_equal(start_timer(&one->guest, 1, 10, 0), 0);
	one->world.now_ns += 10 * MS;
	assert_int_equal(get_event(&other), E_NOMSG);
	assert_int_equal(get_event(&one->guest), 0);
	guest_end(&other);
}

static void test_other(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	assert_int_equal(guest_call(guest, "ocre_watchdog_kick", ":i"), 0);
	guest_call(guest, "ocre_watchdog_kick", ":");
	assert_int_equal(guest->kicks, 2);
	assert_int_equal(guest_call(guest, "ocre_timer_set_dispatcher", "i:i", UINT32_MAX), 0);
	guest_call(guest, "ocre_timer_set_dispatcher", "i:", UINT32_MAX);
}

/* What the documents say about refusals stands in the table. */
static void test_denied(void **state)
{
	const struct ocre_host_module *module = ocre_provider_event.modules[0];

	(void)state;
	for (size_t i = 0; i < module->count; i++) {
		const struct ocre_host_func *f = &module->funcs[i];

		if (strcmp(f->name, "ocre_register_dispatcher") == 0) {
			assert_int_equal(f->denied, E_INVAL);
		} else if (f->action != OCRE_ACTION_NONE) {
			assert_int_equal(f->denied, E_PERM);
		}
	}
}

/* Every allocation fails once: an error, and nothing is held. */
static void test_no_memory(void **state)
{
	struct one *one = (struct one *)*state;
	unsigned int n;
	int rc = OCRE_E_NOMEM;

	for (n = 0; rc != OCRE_OK; n++) {
		struct guest guest;
		struct ocre_diag diag = {0};

		guest_init(&one->world, &guest, "poor");
		guest.allocate = n;
		rc = ocre_provider_event.create(one->world.shared, &guest.guest, &guest.object,
						&diag);
		assert_true(rc == OCRE_OK || (rc == OCRE_E_NOMEM && diag.text[0] != '\0'));
		guest_end(&guest);
	}
	assert_int_equal(n, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_uname),
		TEST(test_uname_config),
		TEST(test_sleep),
		TEST(test_get_event),
		TEST(test_get_event_addresses),
		TEST(test_wait_event),
		TEST(test_message),
		TEST(test_free_data_hostile),
		TEST(test_message_no_room),
		TEST(test_message_too_large),
		TEST(test_message_teardown),
		TEST(test_message_hoard),
		TEST(test_message_malloc_asks),
		TEST(test_callbacks),
		TEST(test_dispatcher_hostile),
		TEST(test_stop_event),
		TEST(test_timer),
		TEST(test_timer_hostile),
		TEST(test_timer_private),
		TEST(test_other),
		TEST(test_denied),
		TEST(test_no_memory),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
