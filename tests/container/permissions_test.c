/* SPDX-License-Identifier: Apache-2.0 */
/* permissions_test.c - which grant allows which action, and what the words of a bad one are. */
#include "fake.h"

#include <stdio.h>
#include <string.h>

#include <ocre/permissions.h>

static struct ocre_permissions *make(struct fake_memory *memory, struct ocre_mem *mem,
				     const char *const *grants, bool strict, struct ocre_diag *diag)
{
	struct ocre_permissions *p = NULL;
	int rc;

	memset(memory, 0, sizeof(*memory));
	ocre_mem_init(mem, fake_resize, memory, SIZE_MAX);
	rc = ocre_permissions_create(mem, grants, strict, &p, diag);
	if (rc != OCRE_OK) {
		assert_null(p);
		assert_int_equal(memory->used, 0);
		assert_int_equal(diag->status, rc);
	}
	return p;
}

/*
 * An action as a line: "connect tcp example.org 10.0.0.1 80", "write /a/b", "publish a/b",
 * "gpio_write 1/2", "timer 3".
 */
static struct ocre_action action_of(const char *line)
{
	static const struct {
		const char *word;
		enum ocre_action_kind kind;
	} words[] = {
		{"none", OCRE_ACTION_NONE},
		{"api", OCRE_ACTION_API},
		{"read", OCRE_ACTION_FILE_READ},
		{"write", OCRE_ACTION_FILE_WRITE},
		{"connect", OCRE_ACTION_CONNECT},
		{"listen", OCRE_ACTION_LISTEN},
		{"resolve", OCRE_ACTION_RESOLVE},
		{"publish", OCRE_ACTION_PUBLISH},
		{"subscribe", OCRE_ACTION_SUBSCRIBE},
		{"gpio_read", OCRE_ACTION_GPIO_READ},
		{"gpio_write", OCRE_ACTION_GPIO_WRITE},
		{"sensor", OCRE_ACTION_SENSOR},
		{"timer", OCRE_ACTION_TIMER},
		{"env", OCRE_ACTION_ENV},
		{"thread", OCRE_ACTION_THREAD},
		{"native", OCRE_ACTION_NATIVE},
	};
	struct ocre_action action = {.kind = OCRE_ACTION_KINDS};
	size_t n = strcspn(line, " ");
	const char *rest = line[n] == ' ' ? line + n + 1 : line + n;
	char protocol[8];
	char name[64];
	char address[64];
	unsigned int groups[8];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) == n && strncmp(words[i].word, line, n) == 0) {
			action.kind = words[i].kind;
		}
	}
	assert_int_not_equal(action.kind, OCRE_ACTION_KINDS);
	switch (action.kind) {
	case OCRE_ACTION_CONNECT:
	case OCRE_ACTION_LISTEN:
		assert_int_equal(
			sscanf(rest, "%7s %63s %63s %u", protocol, name, address, &action.port), 4);
		action.protocol =
			strcmp(protocol, "udp") == 0 ? OCRE_PROTOCOL_UDP : OCRE_PROTOCOL_TCP;
		if (name[0] != '-') {
			action.name = strstr(rest, name);
			action.name_size = strlen(name);
		}
		if (sscanf(address, "%u.%u.%u.%u", &groups[0], &groups[1], &groups[2],
			   &groups[3]) == 4) {
			action.address_size = 4;
			for (int i = 0; i < 4; i++) {
				action.address[i] = (uint8_t)groups[i];
			}
		} else if (sscanf(address, "%x:%x:%x:%x:%x:%x:%x:%x", &groups[0], &groups[1],
				  &groups[2], &groups[3], &groups[4], &groups[5], &groups[6],
				  &groups[7]) == 8) {
			action.address_size = 16;
			for (int i = 0; i < 16; i++) {
				action.address[i] =
					(uint8_t)(groups[i / 2] >> (i % 2 == 0 ? 8 : 0));
			}
		}
		break;
	case OCRE_ACTION_GPIO_READ:
	case OCRE_ACTION_GPIO_WRITE:
		assert_int_equal(sscanf(rest, "%u/%u", &action.port, &action.pin), 2);
		break;
	case OCRE_ACTION_TIMER:
	case OCRE_ACTION_THREAD:
		assert_int_equal(sscanf(rest, "%u", &action.count), 1);
		break;
	default:
		action.name = rest;
		action.name_size = strlen(rest);
		break;
	}
	return action;
}

static const struct {
	const char *grant;
	const char *yes[8];
	const char *no[12];
} cases[] = {
	{"filesystem", {"read /", "write /a/b"}, {"api", "connect tcp - 10.0.0.1 80", "env A"}},
	{"networking",
	 {"connect udp - 10.0.0.1 80", "listen tcp - 0.0.0.0 1", "resolve a.b"},
	 {"api", "read /"}},
	{"ocre:api",
	 {"api", "publish a", "subscribe a/#", "gpio_read 0/0", "gpio_write 9/9", "sensor x",
	  "timer 99", "native f"},
	 {"read /", "connect tcp - 10.0.0.1 80", "resolve a"}},
	{"ocre:shared_heap", {NULL}, {"api", "read /", "native f"}},
	{"something else", {NULL}, {"api", "read /", "native f"}},
	{"filesystems", {NULL}, {"read /"}},
	{"file:ro=/data",
	 {"read /data", "read /data/", "read /data/x/y"},
	 {"write /data/x", "read /", "read /datax", "read /dat", "read data", "read /data/../etc",
	  "read /data/..", "api", "read "}},
	{"file:rw=/data/", {"read /data/x", "write /data", "write /data/..x"}, {"write /dat"}},
	{"file:rw=/", {"write /", "write /a"}, {"write a", "write /../a"}},
	{"net:connect=tcp/10.0.0.0/8:1883",
	 {"connect tcp - 10.1.2.3 1883", "connect tcp broker 10.1.2.3 1883", "resolve 10.9.9.9"},
	 {"connect udp - 10.1.2.3 1883", "connect tcp - 11.1.2.3 1883",
	  "connect tcp - 10.1.2.3 1884", "listen tcp - 10.1.2.3 1883", "resolve a",
	  "resolve 11.0.0.1", "connect tcp - a00:0:0:0:0:0:0:0 1883", "api"}},
	{"net:connect=192.168.1.7:80-90",
	 {"connect tcp - 192.168.1.7 80", "connect udp - 192.168.1.7 90"},
	 {"connect tcp - 192.168.1.7 79", "connect tcp - 192.168.1.7 91",
	  "connect tcp - 192.168.1.6 85"}},
	{"net:connect=192.168.1.128/25:*",
	 {"connect tcp - 192.168.1.200 1"},
	 {"connect tcp - 192.168.1.127 1"}},
	{"net:connect=example.org:443",
	 {"connect tcp example.org 93.1.1.1 443", "connect tcp EXAMPLE.org 93.1.1.1 443",
	  "resolve example.org", "resolve example.org."},
	 {"connect tcp - 93.1.1.1 443", "connect tcp www.example.org 93.1.1.1 443",
	  "connect tcp example.orgx 1.1.1.1 443", "connect tcp example.org 1.1.1.1 80",
	  "resolve www.example.org"}},
	{"net:connect=udp/*.example.org:*",
	 {"connect udp a.example.org 1.1.1.1 5", "connect udp a.b.example.org 1.1.1.1 5"},
	 {"connect udp example.org 1.1.1.1 5", "connect udp badexample.org 1.1.1.1 5",
	  "connect tcp a.example.org 1.1.1.1 5"}},
	{"net:connect=[2001:db8::/32]:443",
	 {"connect tcp - 2001:db8:1:2:3:4:5:6 443"},
	 {"connect tcp - 2001:db9:0:0:0:0:0:0 443", "connect tcp - 32.1.13.184 443"}},
	{"net:connect=[::1]:*",
	 {"connect tcp - 0:0:0:0:0:0:0:1 9", "resolve ::1"},
	 {"connect tcp - 0:0:0:0:0:0:0:2 9"}},
	{"net:connect=*:53",
	 {"connect udp - 1.1.1.1 53", "resolve a"},
	 {"connect udp - 1.1.1.1 54"}},
	{"net:connect=0.0.0.0/0:*",
	 {"connect udp - 1.1.1.1 53"},
	 {"connect udp - 0:0:0:0:0:0:0:2 9"}},
	{"net:listen=tcp/127.0.0.1:8000-8080",
	 {"listen tcp - 127.0.0.1 8000"},
	 {"listen tcp - 0.0.0.0 8000", "connect tcp - 127.0.0.1 8000",
	  "listen udp - 127.0.0.1 8000"}},
	{"net:listen=*:0", {"listen tcp - 0.0.0.0 0"}, {"listen tcp - 0.0.0.0 1"}},
	{"net:resolve=*.lan", {"resolve a.lan"}, {"resolve lan", "connect tcp a.lan 1.1.1.1 80"}},
	{"net:resolve=*", {"resolve x"}, {"connect tcp x 1.1.1.1 80"}},
	{"msg:publish=a/+/c",
	 {"publish a/b/c", "publish a//c", "api"},
	 {"publish a/c", "publish a/b/c/d", "publish a/b/cc", "subscribe a/b/c", "publish a/b",
	  "gpio_read 0/0"}},
	{"msg:subscribe=a/#",
	 {"subscribe a", "subscribe a/", "subscribe a/b/c", "subscribe a/#"},
	 {"subscribe ab", "subscribe #", "subscribe b/a", "publish a", "subscribe "}},
	{"msg:subscribe=#", {"subscribe a", "subscribe #"}, {"publish a"}},
	{"msg:publish=a", {"publish a"}, {"publish ab", "publish a/", "publish "}},
	{"gpio:write=1/3-5",
	 {"gpio_write 1/3", "gpio_write 1/5", "gpio_read 1/4", "api"},
	 {"gpio_write 1/2", "gpio_write 1/6", "gpio_write 0/3", "gpio_write 257/3"}},
	{"gpio:read=2/*", {"gpio_read 2/4294967295"}, {"gpio_write 2/1", "gpio_read 3/1"}},
	{"gpio:read=*", {"gpio_read 7/7"}, {"gpio_write 7/7"}},
	{"sensor=RNG Sensor", {"sensor RNG Sensor", "api"}, {"sensor RNG", "sensor RNG Sensor2"}},
	{"sensor=imu*", {"sensor imu", "sensor imu0"}, {"sensor im"}},
	{"timers=3", {"timer 0", "timer 3", "api"}, {"timer 4", "timer 4294967295"}},
	{"threads=2", {"thread 2"}, {"thread 3", "api"}},
	{"env=PATH", {"env PATH"}, {"env PATHX", "env HOME", "env "}},
	{"env=LC_*", {"env LC_ALL"}, {"env LANG"}},
	{"native=read_adc", {"native read_adc"}, {"native read", "api"}},
};

static void test_each_grant(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const grants[] = {cases[i].grant, NULL};
		struct fake_memory memory;
		struct ocre_mem mem;
		struct ocre_diag diag = {0};
		struct ocre_permissions *p = make(&memory, &mem, grants, false, &diag);
		char text[128];

		assert_non_null(p);
		for (size_t n = 0; n < 12; n++) {
			const char *yes = n < 8 ? cases[i].yes[n] : NULL;
			struct ocre_action action;

			if (yes != NULL) {
				action = action_of(yes);
				if (!ocre_permissions_allow(p, &action)) {
					fail_msg("%s does not allow %s", cases[i].grant, yes);
				}
				assert_true(ocre_permissions_any(p, action.kind));
				assert_true(ocre_permissions_explain(p, &action, text, 128));
				assert_memory_equal(text, "allowed by ", 11);
				assert_string_equal(text + 11, cases[i].grant);
			}
			if (cases[i].no[n] == NULL) {
				continue;
			}
			action = action_of(cases[i].no[n]);
			if (action.kind == OCRE_ACTION_ENV &&
			    !ocre_permissions_any(p, OCRE_ACTION_ENV)) {
				continue; /* see test_without_grants */
			}
			if (ocre_permissions_allow(p, &action)) {
				fail_msg("%s allows %s", cases[i].grant, cases[i].no[n]);
			}
			assert_false(ocre_permissions_explain(p, &action, text, 128));
			assert_memory_equal(text, "denied: needs ", 14);
		}
		ocre_permissions_destroy(p);
		assert_int_equal(memory.used, 0);
	}
}

/* What explain says is missing is enough, and is a grant that can be given. */
static void test_missing_grant_helps(void **state)
{
	static const char *const actions[] = {
		"api",
		"read /data/x",
		"write /data/x",
		"connect tcp - 10.1.2.3 80",
		"connect udp example.org 10.1.2.3 80",
		"connect tcp - 2001:db8:0:0:0:0:0:1 80",
		"listen tcp - 0.0.0.0 8080",
		"resolve example.org",
		"publish a/b",
		"subscribe a/#",
		"gpio_read 1/2",
		"gpio_write 1/2",
		"sensor RNG Sensor",
		"timer 4",
		"thread 4",
		"native f",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		const struct ocre_action action = action_of(actions[i]);
		struct fake_memory memory;
		struct ocre_mem mem;
		struct ocre_diag diag = {0};
		struct ocre_permissions *p = make(&memory, &mem, NULL, true, &diag);
		char text[128];
		const char *grants[] = {text + strlen("denied: needs "), NULL};

		assert_false(ocre_permissions_explain(p, &action, text, sizeof(text)));
		ocre_permissions_destroy(p);
		p = make(&memory, &mem, grants, true, &diag);
		if (p == NULL || !ocre_permissions_allow(p, &action)) {
			fail_msg("%s: %s", text, diag.text);
		}
		ocre_permissions_destroy(p);
	}
}

static void test_without_grants(void **state)
{
	struct fake_memory memory;
	struct ocre_mem mem;
	struct ocre_diag diag = {0};
	struct ocre_permissions *p = make(&memory, &mem, NULL, true, &diag);
	struct ocre_action action = {0};
	char text[64];

	(void)state;
	for (int kind = 0; kind < OCRE_ACTION_KINDS; kind++) {
		bool free = kind == OCRE_ACTION_NONE || kind == OCRE_ACTION_ENV;

		action.kind = (enum ocre_action_kind)kind;
		assert_int_equal(ocre_permissions_allow(p, &action), free);
		assert_int_equal(ocre_permissions_any(p, action.kind), kind == OCRE_ACTION_NONE);
	}
	action.kind = OCRE_ACTION_ENV;
	assert_true(ocre_permissions_explain(p, &action, text, sizeof(text)));
	assert_string_equal(text, "allowed: no grant is needed");
	action.kind = OCRE_ACTION_API;
	for (size_t size = 0; size < sizeof(text); size++) {
		memset(text, 'z', sizeof(text));
		assert_false(ocre_permissions_explain(p, &action, text, size));
		assert_int_equal(text[size], 'z');
		if (size > 0) {
			assert_true(strlen(text) < size);
		}
	}
	assert_false(ocre_permissions_explain(p, &action, NULL, 0));
	ocre_permissions_destroy(p);
	ocre_permissions_destroy(NULL);
}

static void test_list_of_files(void **state)
{
	static const char *const grants[] = {"net:resolve=*",  "file:ro=/data/in", "filesystem",
					     "file:rw=/out//", "file:rw=/",	   NULL};
	static const struct {
		enum ocre_action_kind kind;
		const char *path;
	} expected[] = {
		{OCRE_ACTION_FILE_READ, "/data/in"},
		{OCRE_ACTION_FILE_WRITE, "/out"},
		{OCRE_ACTION_FILE_WRITE, ""},
	};
	struct fake_memory memory;
	struct ocre_mem mem;
	struct ocre_diag diag = {0};
	struct ocre_permissions *p = make(&memory, &mem, grants, true, &diag);
	struct ocre_action action;

	(void)state;
	assert_non_null(p);
	for (uint32_t n = 0; n < 3; n++) {
		assert_true(ocre_permissions_file(p, n, &action));
		assert_int_equal(action.kind, expected[n].kind);
		assert_int_equal(action.name_size, strlen(expected[n].path));
		assert_memory_equal(action.name, expected[n].path, action.name_size);
	}
	assert_false(ocre_permissions_file(p, 3, &action));
	ocre_permissions_destroy(p);
}

static void test_bad_grants(void **state)
{
	static const struct {
		const char *grant;
		uint32_t offset;
	} bad[] = {
		{"filesystem=/", 10},
		{"networking all", 10},
		{"ocre:api=x", 8},
		{"file:ro=", 8},
		{"file:ro=data", 8},
		{"file:rw=/a/../b", 11},
		{"file:rw=/a/./b", 11},
		{"net:connect=", 12},
		{"net:connect=tcp/", 16},
		{"net:connect=a", 13},
		{"net:connect=a:", 14},
		{"net:connect=a:80-", 17},
		{"net:connect=a:90-80", 19},
		{"net:connect=a:65536", 14},
		{"net:connect=a:080", 14},
		{"net:connect=a:80 ", 16},
		{"net:connect=10.0.0.0/33:80", 21},
		{"net:connect=10.0.0:80x", 21},
		{"net:connect=[::1:80", 19},
		{"net:connect=[1:2:3]:80", 13},
		{"net:connect=[::/129]:80", 16},
		{"net:connect=[1::2::3]:80", 13},
		{"net:listen=example.org:80", 11},
		{"net:resolve=", 12},
		{"net:resolve=a b", 13},
		{"msg:publish=", 12},
		{"msg:publish=a+", 13},
		{"msg:publish=#/a", 12},
		{"msg:subscribe=a/b#", 17},
		{"gpio:read=", 10},
		{"gpio:read=1", 11},
		{"gpio:read=1/", 12},
		{"gpio:write=1/5-3", 16},
		{"gpio:write=x/1", 11},
		{"gpio:write=4294967296/1", 11},
		{"sensor=", 7},
		{"sensor=a*b", 8},
		{"timers=", 7},
		{"timers=-1", 7},
		{"timers=4294967296", 7},
		{"threads=1x", 9},
		{"env=", 4},
		{"native=", 7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const grants[] = {"filesystem", bad[i].grant, NULL};
		struct fake_memory memory;
		struct ocre_mem mem;
		struct ocre_diag diag = {0};

		if (make(&memory, &mem, grants, false, &diag) != NULL) {
			fail_msg("%s was taken", bad[i].grant);
		}
		assert_int_equal(diag.status, OCRE_E_ARGUMENT);
		assert_non_null(strstr(diag.text, bad[i].grant));
		if (diag.offset != bad[i].offset) {
			fail_msg("%s, not %u", diag.text, bad[i].offset);
		}
	}
	{
		const char *const grants[] = {"file:rx=/a", NULL};
		struct fake_memory memory;
		struct ocre_mem mem;
		struct ocre_diag diag = {0};

		assert_null(make(&memory, &mem, grants, true, &diag));
		assert_string_equal(diag.text, "grant 'file:rx=/a', at 0: there is no such grant");
	}
}

static void test_bad_grant_fails_the_create(void **state)
{
	static const char *const grants[] = {"net:connect=a", NULL};
	static const char *const good[] = {"file:ro=/data", NULL};
	static const char *const mounts[] = {"/tmp:/data", "/tmp:/other", NULL};
	struct fake *fake = calloc(1, sizeof(*fake));
	struct ocre_container_config config = fake_script("one", "P");
	struct ocre_container *c = NULL;
	struct ocre_diag diag = {0};
	struct ocre_action action = action_of("write /data/x");
	char text[100];

	(void)state;
	fake_init(fake, false);
	fake_open(fake);
	config.grants = grants;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, &diag), OCRE_E_ARGUMENT);
	assert_non_null(strstr(diag.text, "net:connect=a"));
	/* Mounts are grants themselves as long as there are none for files. */
	config.grants = NULL;
	config.mounts = mounts;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	assert_int_equal(ocre_container_explain(c, &action, text, sizeof(text)), 1);
	assert_string_equal(text, "allowed by the mount /tmp:/data");
	action = action_of("read /elsewhere");
	assert_int_equal(ocre_container_explain(c, &action, text, sizeof(text)), 0);
	assert_string_equal(text, "denied: needs file:ro=/elsewhere");
	assert_int_equal(ocre_container_remove(c), OCRE_OK);
	config.grants = good;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	action = action_of("write /data/x");
	assert_int_equal(ocre_container_explain(c, &action, text, sizeof(text)), 0);
	assert_string_equal(text, "denied: needs file:rw=/data/x");
	action = action_of("read /data/x");
	assert_int_equal(ocre_container_explain(c, &action, text, sizeof(text)), 1);
	action = action_of("read /other/x");
	assert_int_equal(ocre_container_explain(c, &action, text, sizeof(text)), 0);
	fake_deinit(fake);
	free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_grant),
		cmocka_unit_test(test_missing_grant_helps),
		cmocka_unit_test(test_without_grants),
		cmocka_unit_test(test_list_of_files),
		cmocka_unit_test(test_bad_grants),
		cmocka_unit_test(test_bad_grant_fails_the_create),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
