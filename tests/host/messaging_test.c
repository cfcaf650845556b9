/* SPDX-License-Identifier: Apache-2.0 */
/* messaging_test.c - the bus: several containers on it, a program, threads, and hostile guests. */
#include <pthread.h>
#include <stdio.h>

#include "guest.h"

#include <ocre/messaging.h>
#include <ocre/providers.h>

#define AT_TOPIC   0x1000u
#define AT_TYPE	   0x2000u
#define AT_PAYLOAD 0x3000u
#define AT_NAME	   0x2800u

#define E_PERM	(-1)
#define E_NOENT (-2)
#define E_NOMEM (-12)
#define E_INVAL (-22)

#define GUESTS 3

/* ---- a port with threads ---- */

static int mutex_init(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	assert_true(sizeof(pthread_mutex_t) <= sizeof(*mutex));
	return pthread_mutex_init((pthread_mutex_t *)(void *)mutex, NULL);
}

static void mutex_deinit(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	pthread_mutex_destroy((pthread_mutex_t *)(void *)mutex);
}

static void mutex_lock(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	pthread_mutex_lock((pthread_mutex_t *)(void *)mutex);
}

static void mutex_unlock(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	pthread_mutex_unlock((pthread_mutex_t *)(void *)mutex);
}

static const struct ocre_port_thread_ops threads = {
	.mutex_init = mutex_init,
	.mutex_deinit = mutex_deinit,
	.lock = mutex_lock,
	.unlock = mutex_unlock,
};

struct some {
	struct world world;
	struct guest guests[GUESTS];
};

static int setup(void **state)
{
	struct some *some = (struct some *)calloc(1, sizeof(*some));

	assert_non_null(some);
	world_open(&some->world, &ocre_provider_messaging, NULL);
	for (int i = 0; i < GUESTS; i++) {
		guest_init(&some->world, &some->guests[i], "some");
		guest_begin(&some->guests[i]);
	}
	*state = some;
	return 0;
}

static int teardown(void **state)
{
	struct some *some = (struct some *)*state;

	for (int i = 0; i < GUESTS; i++) {
		guest_end(&some->guests[i]);
	}
	world_close(&some->world);
	free(some);
	return 0;
}

static int subscribe(struct guest *guest, const char *filter)
{
	return guest_call(guest, "ocre_subscribe_message", "i:i",
			  guest_text(guest, AT_TOPIC, filter));
}

static int publish(struct guest *guest, const char *topic, const char *payload)
{
	guest_text(guest, AT_TOPIC, topic);
	guest_text(guest, AT_TYPE, "text/plain");
	guest_text(guest, AT_PAYLOAD, payload);
	return guest_call(guest, "ocre_publish_message", "iiii:i", AT_TOPIC, AT_TYPE, AT_PAYLOAD,
			  (uint32_t)strlen(payload));
}

/* Take the oldest message off the guest's queue; its id. */
static uint32_t expect_message(struct guest *guest, const char *topic, const char *payload)
{
	struct ocre_event event;
	const struct ocre_message *m;

	assert_int_equal(guest->guest.ops->take(&guest->guest, 1u << OCRE_EVENT_MESSAGE, &event),
			 OCRE_OK);
	m = event.message;
	assert_int_equal(m->topic_size, strlen(topic));
	assert_string_equal(ocre_message_topic(m), topic);
	assert_int_equal(m->content_type_size, strlen("text/plain"));
	assert_string_equal(ocre_message_content_type(m), "text/plain");
	assert_int_equal(m->payload_size, strlen(payload));
	assert_memory_equal(ocre_message_payload(m), payload, strlen(payload));
	guest->guest.ops->release(&guest->guest, event.message);
	return event.id;
}

/* ---- what the documents say ---- */

static void test_publish(void **state)
{
	struct some *some = (struct some *)*state;
	struct guest *a = &some->guests[0];
	struct guest *b = &some->guests[1];
	struct guest *c = &some->guests[2];
	uint32_t id;

	assert_int_equal(publish(a, "test/topic", "nobody"), E_NOENT);
	assert_int_equal(subscribe(b, "test/"), 0);
	assert_int_equal(subscribe(c, "test/topic"), 0);
	assert_int_equal(publish(a, "test/topic", "hello"), 0);
	id = expect_message(b, "test/topic", "hello");
	assert_int_equal(expect_message(c, "test/topic", "hello"), id);
	assert_int_equal(a->queued, 0);
	/* A subscription is the beginning of a topic, not a part or the whole of it. */
	assert_int_equal(publish(a, "test/topics/x", "p"), 0);
	assert_int_equal(expect_message(b, "test/topics/x", "p"), id + 1);
	expect_message(c, "test/topics/x", "p");
	assert_int_equal(publish(a, "test/", "p"), 0);
	expect_message(b, "test/", "p");
	assert_int_equal(c->queued, 0);
	assert_int_equal(publish(a, "tes", "p"), E_NOENT);
	assert_int_equal(publish(a, "a/test/topic", "p"), E_NOENT);
	/* The publisher's own subscription counts, and nobody got what failed. */
	assert_int_equal(subscribe(a, "self"), 0);
	assert_int_equal(publish(a, "self", "me"), 0);
	/* Each counts its own: the numbers do not tell what others were told. */
	assert_int_equal(expect_message(a, "self", "me"), 1);
	assert_int_equal(b->queued + c->queued, 0);
	assert_int_equal(publish(a, "test/", "p"), 0);
	assert_int_equal(expect_message(b, "test/", "p"), id + 3);
}

/* A copy for each matching subscription; the same one twice is one. */
static void test_two_subscriptions(void **state)
{
	struct some *some = (struct some *)*state;
	struct guest *b = &some->guests[1];

	assert_int_equal(subscribe(b, "test/"), 0);
	assert_int_equal(subscribe(b, "test/"), 0);
	assert_int_equal(publish(&some->guests[0], "test/a", "p"), 0);
	assert_int_equal(b->queued, 1);
	assert_int_equal(subscribe(b, "test/a"), 0);
	assert_int_equal(publish(&some->guests[0], "test/a", "p"), 0);
	assert_int_equal(b->queued, 3);
}

static void test_wildcards(void **state)
{
	static const struct {
		const char *filter;
		const char *topic;
		bool match;
	} rows[] = {
		{"#", "a", true},
		{"#", "a/b/c", true},
		{"a/#", "a/b/c", true},
		{"a/#", "a", true},
		{"a/#", "ab", false},
		{"a/#", "a/", true},
		{"+", "a", true},
		{"+", "a/b", false},
		{"+/b", "a/b", true},
		{"+/b", "/b", true},
		{"+/b", "a/c", false},
		{"+/b", "a/bc", false},
		{"a/+/c", "a/b/c", true},
		{"a/+/c", "a//c", true},
		{"a/+/c", "a/b/d/c", false},
		{"a/+", "a/b", true},
		{"a/+", "a", false},
		{"a/+", "a/b/", false},
		{"+/+/#", "a/b", true},
		{"+/+/#", "a", false},
		{"+/", "a/", true},
		{"+/", "a", false},
		/* No wildcards, but the beginning of a topic. */
		{"a+", "a+b", true},
		{"a+", "ab", false},
		{"a#", "a#/b", true},
		{"#/a", "#/a/b", true},
		{"#/a", "b/a", false},
		{"+a/b", "+a/bc", true},
	};
	struct some *some = (struct some *)*state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct guest guest;
		int rc;

		guest_init(&some->world, &guest, "wild");
		guest_begin(&guest);
		assert_int_equal(subscribe(&guest, rows[i].filter), 0);
		rc = publish(&some->guests[0], rows[i].topic, "p");
		if (rc != (rows[i].match ? 0 : E_NOENT)) {
			fail_msg("filter %s, topic %s: %d", rows[i].filter, rows[i].topic, rc);
		}
		guest_end(&guest);
	}
}

/* 63 characters of a filter count. */
static void test_long_filter(void **state)
{
	struct some *some = (struct some *)*state;
	char filter[81];
	char topic[256];

	memset(filter, 'f', 80);
	filter[80] = '\0';
	assert_int_equal(subscribe(&some->guests[1], filter), 0);
	filter[70] = 'g';
	assert_int_equal(subscribe(&some->guests[1], filter), 0);
	memset(topic, 'f', 255);
	topic[255] = '\0';
	assert_int_equal(publish(&some->guests[0], topic, "p"), 0);
	assert_int_equal(some->guests[1].queued, 1);
	topic[63] = '\0';
	assert_int_equal(publish(&some->guests[0], topic, "p"), 0);
	topic[62] = '\0';
	assert_int_equal(publish(&some->guests[0], topic, "p"), E_NOENT);
}

static void test_limits(void **state)
{
	struct some *some = (struct some *)*state;
	struct guest *a = &some->guests[0];
	struct guest *b = &some->guests[1];
	struct guest *c = &some->guests[2];

	assert_int_equal(subscribe(b, "1"), 0);
	assert_int_equal(subscribe(b, "2"), 0);
	assert_int_equal(subscribe(b, "3"), 0);
	assert_int_equal(subscribe(b, "+/4"), 0);
	assert_int_equal(subscribe(b, "5"), E_NOMEM);
	assert_int_equal(subscribe(b, "2"), 0);
	assert_int_equal(subscribe(b, "+/4"), 0);
	/* Others have their own. A full queue is its owner's trouble. */
	assert_int_equal(subscribe(c, "1"), 0);
	for (unsigned int i = 0; i < GUEST_QUEUE; i++) {
		assert_int_equal(guest_post(c, OCRE_EVENT_TIMER, 1, 0, 0), OCRE_OK);
	}
	assert_int_equal(publish(a, "1", "p"), 0);
	expect_message(b, "1", "p");
	assert_int_equal(c->lost, 1);
	/* Nobody else: then it reached nobody. */
	assert_int_equal(subscribe(c, "only"), 0);
	assert_int_equal(publish(a, "only", "p"), E_NOENT);
}

/* What a container subscribed to is over when it ends. */
static void test_end(void **state)
{
	struct some *some = (struct some *)*state;
	struct guest guest;

	guest_init(&some->world, &guest, "short");
	guest_begin(&guest);
	assert_int_equal(subscribe(&guest, "gone"), 0);
	assert_int_equal(subscribe(&guest, "+/gone"), 0);
	assert_int_equal(publish(&some->guests[0], "gone", "p"), 0);
	guest_end(&guest);
	assert_int_equal(publish(&some->guests[0], "gone", "p"), E_NOENT);
	assert_int_equal(publish(&some->guests[0], "x/gone", "p"), E_NOENT);
}

/* More subscriptions than the table has places at first. */
static void test_many(void **state)
{
	enum {
		MANY = 200
	};
	struct some *some = (struct some *)*state;
	struct guest *many = (struct guest *)calloc(MANY, sizeof(*many));
	char topic[32];

	assert_non_null(many);
	for (int i = 0; i < MANY; i++) {
		guest_init(&some->world, &many[i], "many");
		guest_begin(&many[i]);
		snprintf(topic, sizeof(topic), "container/%d/", i);
		assert_int_equal(subscribe(&many[i], topic), 0);
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(topic, sizeof(topic), "container/%d/state", i);
		assert_int_equal(publish(&some->guests[0], topic, "p"), 0);
		assert_int_equal(many[i].queued, 1);
	}
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(many[i].queued, 1);
		guest_end(&many[i]);
	}
	free(many);
}

/* ---- grants ---- */

static void test_grants(void **state)
{
	struct some *some = (struct some *)*state;
	struct guest *a = &some->guests[0];
	struct guest *b = &some->guests[1];

	b->denied_name = "secret/";
	assert_int_equal(subscribe(b, "secret/"), E_PERM);
	assert_int_equal(b->notes, 1);
	a->denied_name = "secret/plan";
	assert_int_equal(publish(a, "secret/plan", "p"), E_PERM);
	assert_int_equal(a->notes, 1);
	/* The filter is allowed, one topic that it matches is not: no copy of that, and no word. */
	assert_int_equal(subscribe(b, "sec"), 0);
	b->denied_name = "sector/7";
	assert_int_equal(publish(a, "sector/7", "p"), E_NOENT);
	assert_int_equal(publish(a, "sector/8", "p"), 0);
	expect_message(b, "sector/8", "p");
	assert_int_equal(b->notes, 1);
}

static void test_denied(void **state)
{
	const struct ocre_host_module *module = ocre_provider_messaging.modules[0];

	(void)state;
	for (size_t i = 0; i < module->count; i++) {
		const struct ocre_host_func *f = &module->funcs[i];

		if (strcmp(f->name, "ocre_subscribe_message") == 0) {
			assert_int_equal(f->action, OCRE_ACTION_SUBSCRIBE);
			assert_int_equal(f->denied, E_INVAL);
		} else if (strcmp(f->name, "ocre_publish_message") == 0) {
			assert_int_equal(f->action, OCRE_ACTION_PUBLISH);
			assert_int_equal(f->denied, E_PERM);
		} else {
			assert_int_equal(f->action, OCRE_ACTION_NONE);
		}
	}
}

/* ---- the ABI of 2025-03 ---- */

static void test_handler(void **state)
{
	struct some *some = (struct some *)*state;
	struct guest *b = &some->guests[1];
	struct ocre_event event;

	b->exported = "on_message other";
	guest_call(b, "ocre_msg_system_init", ":");
	guest_text(b, AT_TOPIC, "test/");
	assert_int_equal(guest_call(b, "ocre_subscribe_message", "ii:i", AT_TOPIC,
				    guest_text(b, AT_NAME, "missing")),
			 E_INVAL);
	assert_int_equal(guest_call(b, "ocre_subscribe_message", "ii:i", AT_TOPIC, GUEST_SIZE),
			 E_INVAL);
	assert_int_equal(b->guest.callbacks, 0);
	assert_int_equal(guest_call(b, "ocre_subscribe_message", "ii:i", AT_TOPIC,
				    guest_text(b, AT_NAME, "on_message")),
			 0);
	assert_int_equal(b->guest.callbacks, 1u << OCRE_EVENT_MESSAGE);
	guest_text(b, AT_TOPIC, "more");
	assert_int_equal(guest_call(b, "ocre_subscribe_message", "ii:i", AT_TOPIC,
				    guest_text(b, AT_NAME, "other")),
			 0);
	assert_int_equal(b->guest.handler_count, 2);
	assert_int_equal(publish(&some->guests[0], "more/x", "p"), 0);
	assert_int_equal(b->guest.ops->take(&b->guest, UINT32_MAX, &event), OCRE_OK);
	assert_int_equal(event.port, 2);
	assert_string_equal(b->guest.handlers[event.port - 1], "other");
	b->guest.ops->release(&b->guest, event.message);
	/* Another handler for the same filter. */
	assert_int_equal(guest_call(b, "ocre_subscribe_message", "ii:i", AT_TOPIC,
				    guest_text(b, AT_NAME, "on_message")),
			 0);
	assert_int_equal(publish(&some->guests[0], "more/x", "p"), 0);
	assert_int_equal(b->guest.ops->take(&b->guest, UINT32_MAX, &event), OCRE_OK);
	assert_int_equal(event.port, 1);
	b->guest.ops->release(&b->guest, event.message);
}

/* ---- hostile guests ---- */

static void test_hostile(void **state)
{
	static const uint32_t bad[] = {GUEST_SIZE, GUEST_SIZE - 4, 0xfffffff0u, UINT32_MAX};
	struct some *some = (struct some *)*state;
	struct guest *a = &some->guests[0];
	const char *name = "ocre_publish_message";
	const char *sig = "iiii:i";

	assert_int_equal(subscribe(&some->guests[1], "t"), 0);
	assert_int_equal(publish(a, "topic", "payload"), 0);
	memset(a->memory + GUEST_SIZE - 64, 't', 64); /* never ends */
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(guest_call(a, name, sig, bad[i], AT_TYPE, AT_PAYLOAD, 1u),
				 E_INVAL);
		assert_int_equal(guest_call(a, name, sig, AT_TOPIC, bad[i], AT_PAYLOAD, 1u),
				 E_INVAL);
		assert_int_equal(guest_call(a, name, sig, AT_TOPIC, AT_TYPE, bad[i], 5u), E_INVAL);
		assert_int_equal(guest_call(a, "ocre_subscribe_message", "i:i", bad[i]), E_INVAL);
		assert_int_equal(guest_call(a, "ocre_subscribe_message", "ii:i", bad[i], bad[i]),
				 E_INVAL);
	}
	/* Lengths. */
	assert_int_equal(guest_call(a, name, sig, AT_TOPIC, AT_TYPE, AT_PAYLOAD, 0u), E_INVAL);
	assert_int_equal(guest_call(a, name, sig, AT_TOPIC, AT_TYPE, 0u, 1u), E_INVAL);
	assert_int_equal(guest_call(a, name, sig, AT_TOPIC, AT_TYPE, AT_PAYLOAD, 65536u), E_INVAL);
	assert_int_equal(guest_call(a, name, sig, AT_TOPIC, AT_TYPE, AT_PAYLOAD, UINT32_MAX),
			 E_INVAL);
	assert_int_equal(
		guest_call(a, name, sig, AT_TOPIC, AT_TYPE, AT_PAYLOAD, UINT32_MAX - AT_PAYLOAD),
		E_INVAL);
	assert_int_equal(guest_call(a, name, sig, AT_TOPIC, AT_TYPE, GUEST_SIZE - 65535, 65535u),
			 0);
	assert_true(a->mem.used < 4096);
	/* Empty texts, and texts that are too long. */
	a->memory[0x100] = 0;
	assert_int_equal(guest_call(a, name, sig, 0x100u, AT_TYPE, AT_PAYLOAD, 1u), E_INVAL);
	assert_int_equal(guest_call(a, name, sig, AT_TOPIC, 0x100u, AT_PAYLOAD, 1u), E_INVAL);
	assert_int_equal(guest_call(a, "ocre_subscribe_message", "i:i", 0x100u), E_INVAL);
	memset(a->memory + 0x4000, 't', 256);
	a->memory[0x4100] = 0;
	assert_int_equal(guest_call(a, name, sig, 0x4000u, AT_TYPE, AT_PAYLOAD, 1u), E_INVAL);
	assert_int_equal(guest_call(a, name, sig, AT_TOPIC, 0x4000u, AT_PAYLOAD, 1u), E_INVAL);
	assert_int_equal(guest_call(a, "ocre_subscribe_message", "i:i", 0x4000u), E_INVAL);
	assert_int_equal(guest_call(a, name, sig, 0x4001u, AT_TYPE, AT_PAYLOAD, 1u), 0);
	assert_int_equal(some->guests[1].queued, 3);
}

/* A flood costs its sender, and fills one queue. */
static void test_flood(void **state)
{
	struct some *some = (struct some *)*state;
	struct guest *a = &some->guests[0];

	assert_int_equal(subscribe(&some->guests[1], "t"), 0);
	for (int i = 0; i < 10000; i++) {
		assert_int_equal(publish(a, "t", "payload"), i < 8 ? 0 : E_NOENT);
		assert_true(a->call.charge > 0);
	}
	assert_int_equal(some->guests[1].queued, GUEST_QUEUE);
	assert_int_equal(some->guests[1].lost, 10000 - 8);
	assert_true(a->mem.used < 4096);
	/* The number of bytes is what it costs. */
	assert_int_equal(guest_call(a, "ocre_publish_message", "iiii:i", AT_TOPIC, AT_TYPE,
				    AT_PAYLOAD, 64000u),
			 E_NOENT);
	assert_true(a->call.charge >= 1000);
}

/* Every allocation fails once. */
static void test_no_memory(void **state)
{
	struct some *some = (struct some *)*state;
	unsigned int n;
	int rc = E_NOMEM;

	for (n = 0; rc != 0; n++) {
		struct guest guest;
		struct ocre_diag diag = {0};

		guest_init(&some->world, &guest, "poor");
		guest.exported = "handler";
		guest.allocate = n;
		rc = E_NOMEM;
		if (ocre_provider_messaging.create(some->world.shared, &guest.guest, &guest.object,
						   &diag) == OCRE_OK) {
			guest_text(&guest, AT_TOPIC, "t");
			rc = guest_call(&guest, "ocre_subscribe_message", "ii:i", AT_TOPIC,
					guest_text(&guest, AT_NAME, "handler"));
		}
		if (rc == 0) {
			rc = publish(&guest, "t", "p");
		}
		assert_true(rc == 0 || rc == E_NOMEM);
		guest_end(&guest);
	}
	assert_int_equal(n, 6);
}

/* ---- the program on the bus ---- */

struct heard {
	unsigned int count;
	uint32_t id;
	char payload[32];
};

static void hear(void *ctx, uint32_t id, const struct ocre_message *message)
{
	struct heard *heard = (struct heard *)ctx;

	heard->count++;
	heard->id = id;
	memcpy(heard->payload, ocre_message_payload(message), message->payload_size);
	heard->payload[message->payload_size] = '\0';
}

static void test_program(void **state)
{
	struct world world;
	struct guest guest;
	struct ocre_bus *bus = NULL;
	struct ocre_bus_listener *listener = NULL;
	struct ocre_bus_listener *left = NULL;
	struct heard heard = {0};
	char long_topic[300];

	(void)state;
	world_open(&world, &ocre_provider_event, NULL); /* for its port and memory */
	world_close(&world);
	assert_int_equal(ocre_bus_create(&world.mem, &world.port, &bus), OCRE_OK);
	world.provider = &ocre_provider_messaging;
	assert_int_equal(
		ocre_provider_messaging.open(&world.mem, &world.port, bus, &world.shared, NULL),
		OCRE_OK);
	guest_init(&world, &guest, "guest");
	guest_begin(&guest);

	assert_int_equal(ocre_bus_publish(bus, "to/guest", "text/plain", "hi", 2), 0);
	assert_int_equal(subscribe(&guest, "to/"), 0);
	assert_int_equal(ocre_bus_publish(bus, "to/guest", "text/plain", "hi", 2), 1);
	expect_message(&guest, "to/guest", "hi");
	assert_int_equal(ocre_bus_listen(bus, "from/", hear, &heard, &listener), OCRE_OK);
	assert_int_equal(ocre_bus_listen(bus, "from/+", hear, &heard, &left), OCRE_OK);
	assert_int_equal(publish(&guest, "from/guest", "ho"), 0);
	assert_int_equal(heard.count, 2);
	assert_string_equal(heard.payload, "ho");
	ocre_bus_unlisten(bus, listener);
	assert_int_equal(publish(&guest, "from/guest", "again"), 0);
	assert_int_equal(heard.count, 3);

	memset(long_topic, 't', 299);
	long_topic[299] = '\0';
	assert_int_equal(ocre_bus_publish(bus, "", "c", "p", 1), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_bus_publish(bus, NULL, "c", "p", 1), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_bus_publish(bus, "t", NULL, "p", 1), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_bus_publish(bus, "t", "c", NULL, 1), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_bus_publish(bus, "t", "c", "p", 0), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_bus_publish(bus, "t", "c", "p", SIZE_MAX), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_bus_publish(bus, long_topic, "c", "p", 1), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_bus_listen(bus, "", hear, NULL, &listener), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_bus_listen(bus, "t", NULL, NULL, &listener), OCRE_E_ARGUMENT);

	guest_end(&guest);
	ocre_provider_messaging.close(world.shared);
	ocre_bus_destroy(bus);
	ocre_bus_destroy(NULL);
	assert_int_equal(world.mem.used, 0);
}

/* ---- threads ---- */

struct worker {
	struct some *some;
	struct guest *guest;
	unsigned int seed;
	unsigned int published;
};

/* Publish, listen, end and begin again, all at once. */
static void *work(void *arg)
{
	struct worker *w = (struct worker *)arg;

	for (int i = 0; i < 300; i++) {
		char topic[16];
		struct ocre_event event;

		snprintf(topic, sizeof(topic), "t/%u", (w->seed + (unsigned int)i) % 4);
		subscribe(w->guest, i % 3 == 0 ? "t/+" : topic);
		if (publish(w->guest, topic, "p") == 0) {
			w->published++;
		}
		while (w->guest->guest.ops->take(&w->guest->guest, UINT32_MAX, &event) == OCRE_OK) {
			w->guest->guest.ops->release(&w->guest->guest, event.message);
		}
		if (i % 16 == 15) {
			ocre_provider_messaging.destroy(w->guest->object);
			ocre_provider_messaging.create(w->some->world.shared, &w->guest->guest,
						       &w->guest->object, NULL);
		}
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct some *some = (struct some *)calloc(1, sizeof(*some));
	pthread_t thread[GUESTS];
	struct worker workers[GUESTS];

	(void)state;
	assert_non_null(some);
	world_open(&some->world, &ocre_provider_messaging, NULL);
	ocre_provider_messaging.close(some->world.shared);
	some->world.port.threads = &threads;
	some->world.mem.threads = true;
	assert_int_equal(ocre_provider_messaging.open(&some->world.mem, &some->world.port, NULL,
						      &some->world.shared, NULL),
			 OCRE_OK);
	for (unsigned int i = 0; i < GUESTS; i++) {
		guest_init(&some->world, &some->guests[i], "worker");
		guest_begin(&some->guests[i]);
		workers[i] = (struct worker){some, &some->guests[i], i, 0};
	}
	for (unsigned int i = 0; i < GUESTS; i++) {
		assert_int_equal(pthread_create(&thread[i], NULL, work, &workers[i]), 0);
	}
	for (unsigned int i = 0; i < GUESTS; i++) {
		pthread_join(thread[i], NULL);
		assert_true(workers[i].published > 0);
	}
	for (unsigned int i = 0; i < GUESTS; i++) {
		guest_end(&some->guests[i]);
	}
	world_close(&some->world);
	free(some);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_publish),
		TEST(test_two_subscriptions),
		TEST(test_wildcards),
		TEST(test_long_filter),
		TEST(test_limits),
		TEST(test_end),
		TEST(test_many),
		TEST(test_grants),
		TEST(test_denied),
		TEST(test_handler),
		TEST(test_hostile),
		TEST(test_flood),
		TEST(test_no_memory),
#undef TEST
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
