/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permissions.c - what a container may do: grants are parsed into rules once, and asked as often as
 * the guest likes. The grammar is in docs/permissions.md. Reads text that others wrote: every
 * length is checked, nothing is recursive.
 */
#include <ocre/permissions.h>

#include <string.h>

#define KIND(k) (1u << OCRE_ACTION_##k)

/* The basic functions come with any grant for a part of the guest API. */
#define WITH_API(kinds) ((kinds) | KIND(API))

enum rule_type {
	RULE_UNKNOWN, /* allows nothing */
	RULE_ALL,     /* all actions of its kinds */
	RULE_PATH,
	RULE_NET,
	RULE_HOST, /* net:resolve */
	RULE_TOPIC,
	RULE_PIN,
	RULE_NAME,
	RULE_COUNT,
};

/* One grant. Texts lie in the set's own memory. */
struct rule {
	const char *grant; /* the whole, as it was given */
	const char *text;  /* path, host, filter or name; without a final `*` */
	uint32_t text_size;
	uint32_t kinds;
	uint8_t type;
	bool prefix;	   /* names: a `*` followed. Hosts: a `*.` came before, in `text` as `.` */
	uint8_t protocols; /* bits */
	uint8_t address_size;
	uint8_t bits; /* of the address that count */
	uint8_t address[16];
	uint32_t low; /* ports of the network or pins; count */
	uint32_t high;
	uint32_t port; /* of GPIO; UINT32_MAX: all */
};

struct ocre_permissions {
	struct ocre_mem *mem;
	size_t size;
	uint32_t kinds;
	uint32_t count;
	struct rule rules[];
};

/* ---- reading ---- */

/* What is left of a grant, and where it stands for the words of an error. */
struct text {
	const char *begin;
	const char *at;
	const char *end;
	struct ocre_diag *diag;
};

static int bad(const struct text *t, const char *wanted)
{
	uint32_t offset = (uint32_t)(t->at - t->begin);

	return ocre_diag_set(t->diag, OCRE_E_ARGUMENT, offset, "grant '%s', at %u: %s", t->begin,
			     offset, wanted);
}

static bool is_at(const struct text *t, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(t->end - t->at) >= n && memcmp(t->at, word, n) == 0;
}

static bool skip(struct text *t, const char *word)
{
	if (!is_at(t, word)) {
		return false;
	}
	t->at += strlen(word);
	return true;
}

static bool at_end(const struct text *t)
{
	return t->at == t->end;
}

/* A decimal number of at most `most`, without a sign, and without more zeros than it needs. */
static bool number(struct text *t, uint32_t most, uint32_t *out)
{
	uint64_t value = 0;
	size_t digits = ocre_decimal(t->at, (size_t)(t->end - t->at), most, &value);

	if (digits == 0 || (digits > 1 && *t->at == '0')) {
		return false;
	}
	t->at += digits;
	*out = (uint32_t)value;
	return true;
}

static bool range(struct text *t, uint32_t most, uint32_t *low, uint32_t *high)
{
	if (!number(t, most, low)) {
		return false;
	}
	*high = *low;
	return !skip(t, "-") || (number(t, most, high) && *high >= *low);
}

static bool ipv4(struct text *t, uint8_t out[16])
{
	const char *begin = t->at;

	for (int i = 0; i < 4; i++) {
		uint32_t byte = 0;

		if ((i > 0 && !skip(t, ".")) || !number(t, 255, &byte)) {
			t->at = begin;
			return false;
		}
		out[i] = (uint8_t)byte;
	}
	return true;
}

static int hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9') {
		return ch - '0';
	}
	if (ch >= 'a' && ch <= 'f') {
		return ch - 'a' + 10;
	}
	return ch >= 'A' && ch <= 'F' ? ch - 'A' + 10 : -1;
}

static bool hex_group(struct text *t, uint32_t *out)
{
	int digits = 0;

	*out = 0;
	while (t->at < t->end && digits < 4 && hex_digit(*t->at) >= 0) {
		*out = *out * 16 + (uint32_t)hex_digit(*t->at++);
		digits++;
	}
	return digits > 0;
}

/* Groups in hexadecimal, `::` at most once. */
static bool ipv6(struct text *t, uint8_t out[16])
{
	const char *begin = t->at;
	uint8_t groups[16] = {0};
	uint32_t count = 0;
	int gap = -1;

	while (count < 8) {
		uint32_t value;

		if (gap < 0 && skip(t, "::")) {
			gap = (int)count;
		} else if (count > 0 && (int)count != gap && !skip(t, ":")) {
			break;
		}
		if (!hex_group(t, &value)) {
			if (gap == (int)count) {
				break;
			}
			t->at = begin;
			return false;
		}
		groups[count * 2] = (uint8_t)(value >> 8);
		groups[count * 2 + 1] = (uint8_t)value;
		count++;
	}
	if (gap < 0 && count == 8 && is_at(t, "::")) {
		t->at = begin;
		return false;
	}
	if (gap < 0 ? count != 8 : count == 8) {
		t->at = begin;
		return false;
	}
	memset(out, 0, 16);
	if (gap < 0) {
		gap = (int)count;
	}
	memcpy(out, groups, (size_t)gap * 2);
	memcpy(out + 16 - (count - (uint32_t)gap) * 2, groups + gap * 2,
	       (count - (uint32_t)gap) * 2);
	return true;
}

/* ---- names of hosts ---- */

static char lower(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? (char)(ch - 'A' + 'a') : ch;
}

static bool is_host_char(char ch)
{
	ch = lower(ch);
	return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '.' || ch == '-' ||
	       ch == '_';
}

/* NAME or *.NAME */
static bool host(struct text *t, struct rule *rule)
{
	const char *begin = t->at;

	if (is_at(t, "*.")) {
		rule->prefix = true;
		t->at++;
	}
	rule->text = t->at;
	while (t->at < t->end && is_host_char(*t->at)) {
		t->at++;
	}
	rule->text_size = (uint32_t)(t->at - rule->text);
	if (rule->text_size <= (rule->prefix ? 1u : 0u) || (!rule->prefix && *rule->text == '.')) {
		t->at = begin;
		return false;
	}
	return true;
}

/* ---- the forms of grants; each gets what stands behind its `=` ---- */

static int parse_path(struct text *t, struct rule *rule)
{
	if (!is_at(t, "/")) {
		return bad(t, "a path must be absolute, as the guest has it");
	}
	rule->type = RULE_PATH;
	rule->text = t->at;
	while (!at_end(t)) {
		const char *component;

		while (skip(t, "/")) {
		}
		component = t->at;
		while (!at_end(t) && *t->at != '/') {
			t->at++;
		}
		if ((t->at - component == 1 && component[0] == '.') ||
		    (t->at - component == 2 && component[0] == '.' && component[1] == '.') ||
		    (t->at > component && component > rule->text && component[-1] == '/' &&
		     component - 1 > rule->text && component[-2] == '/')) {
			t->at = component;
			return bad(t, "a path cannot have '.', '..' or empty components");
		}
	}
	rule->text_size = (uint32_t)(t->end - rule->text);
	while (rule->text_size > 0 && rule->text[rule->text_size - 1] == '/') {
		rule->text_size--;
	}
	return OCRE_OK;
}

static int parse_address(struct text *t, struct rule *rule)
{
	bool brackets = skip(t, "[");
	uint32_t bits;

	if (brackets) {
		if (!ipv6(t, rule->address)) {
			return bad(t, "this is no IPv6 address");
		}
		rule->address_size = 16;
	} else {
		rule->address_size = 4; /* it was read already */
	}
	bits = rule->address_size * 8u;
	if (skip(t, "/") && !number(t, bits, &bits)) {
		return bad(t, "the size of a network is a number of bits");
	}
	rule->bits = (uint8_t)bits;
	if (brackets && !skip(t, "]")) {
		return bad(t, "']' must follow");
	}
	return OCRE_OK;
}

static int parse_ports(struct text *t, struct rule *rule)
{
	if (!skip(t, ":")) {
		return bad(t, "':' and a port must follow: 80, 8000-8080 or *");
	}
	rule->low = 0;
	rule->high = 65535;
	if (!skip(t, "*") && !range(t, 65535, &rule->low, &rule->high)) {
		return bad(t, "a port is 0 to 65535, a range has the lower one first, * is all");
	}
	return at_end(t) ? OCRE_OK : bad(t, "nothing can follow");
}

/* [tcp/|udp/]TARGET:PORTS */
static int parse_net(struct text *t, struct rule *rule)
{
	int rc = OCRE_OK;

	rule->type = RULE_NET;
	rule->protocols = 1u << OCRE_PROTOCOL_TCP | 1u << OCRE_PROTOCOL_UDP;
	if (skip(t, "tcp/")) {
		rule->protocols = 1u << OCRE_PROTOCOL_TCP;
	} else if (skip(t, "udp/")) {
		rule->protocols = 1u << OCRE_PROTOCOL_UDP;
	}
	if (is_at(t, "*") && !is_at(t, "*.")) {
		t->at++;
	} else if (is_at(t, "[")) {
		rc = parse_address(t, rule);
	} else if (ipv4(t, rule->address)) {
		rc = parse_address(t, rule);
	} else if ((rule->kinds & KIND(LISTEN)) != 0) {
		return bad(t, "an address of this machine, or *: 127.0.0.1, [::1]");
	} else if (!host(t, rule)) {
		return bad(t, "a host, *.DOMAIN, a network (10.0.0.0/8, [fd00::/8]) or *");
	}
	return rc != OCRE_OK ? rc : parse_ports(t, rule);
}

static int parse_resolve(struct text *t, struct rule *rule)
{
	rule->type = RULE_HOST;
	if (is_at(t, "*") && !is_at(t, "*.")) {
		rule->type = RULE_ALL;
		t->at++;
	} else if (!host(t, rule)) {
		return bad(t, "a host, *.DOMAIN or *");
	}
	return at_end(t) ? OCRE_OK : bad(t, "a name has a-z 0-9 . - _ only");
}

/* As MQTT has them: `+` is a level, `#` the last one. */
static int parse_topic(struct text *t, struct rule *rule)
{
	rule->type = RULE_TOPIC;
	rule->text = t->at;
	rule->text_size = (uint32_t)(t->end - t->at);
	if (at_end(t)) {
		return bad(t, "a filter of topics must follow; # is all");
	}
	for (; !at_end(t); t->at++) {
		bool first = t->at == rule->text || t->at[-1] == '/';
		bool last = t->at + 1 == t->end || t->at[1] == '/';

		if ((*t->at == '+' && !(first && last)) ||
		    (*t->at == '#' && !(first && t->at + 1 == t->end))) {
			return bad(t, "+ must be a whole level, # the whole last one");
		}
	}
	return OCRE_OK;
}

/* PORT/PIN[-PIN], PORT/\*, \* */
static int parse_pins(struct text *t, struct rule *rule)
{
	rule->type = RULE_PIN;
	rule->low = 0;
	rule->high = UINT32_MAX;
	rule->port = UINT32_MAX;
	if (skip(t, "*")) {
		return at_end(t) ? OCRE_OK : bad(t, "nothing can follow");
	}
	if (!number(t, UINT32_MAX - 1, &rule->port) || !skip(t, "/") ||
	    (!skip(t, "*") && !range(t, UINT32_MAX, &rule->low, &rule->high)) || !at_end(t)) {
		return bad(t, "pins are PORT/PIN, PORT/PIN-PIN, PORT/* or *");
	}
	return OCRE_OK;
}

static int parse_name(struct text *t, struct rule *rule)
{
	rule->type = RULE_NAME;
	rule->text = t->at;
	rule->text_size = (uint32_t)(t->end - t->at);
	if (at_end(t)) {
		return bad(t, "a name must follow; * is all");
	}
	for (; !at_end(t); t->at++) {
		if (*t->at == '*' && t->at + 1 != t->end) {
			return bad(t, "a * can only be the last character of a name");
		}
	}
	rule->prefix = t->end[-1] == '*';
	rule->text_size -= rule->prefix;
	return OCRE_OK;
}

static int parse_count(struct text *t, struct rule *rule)
{
	rule->type = RULE_COUNT;
	if (!number(t, UINT32_MAX, &rule->high) || !at_end(t)) {
		return bad(t, "a number must follow");
	}
	return OCRE_OK;
}

/* ---- the grammar ---- */

static const struct form {
	const char *name; /* with a `=` at its end: what follows is parsed */
	uint32_t kinds;
	int (*parse)(struct text *t, struct rule *rule);
} forms[] = {
	{"filesystem", KIND(FILE_READ) | KIND(FILE_WRITE), NULL},
	{"networking", KIND(CONNECT) | KIND(LISTEN) | KIND(RESOLVE), NULL},
	{"ocre:api",
	 KIND(API) | KIND(PUBLISH) | KIND(SUBSCRIBE) | KIND(GPIO_READ) | KIND(GPIO_WRITE) |
		 KIND(SENSOR) | KIND(TIMER) | KIND(THREAD) | KIND(NATIVE),
	 NULL},
	{"ocre:shared_heap", 0, NULL},
	{"file:ro=", KIND(FILE_READ), parse_path},
	{"file:rw=", KIND(FILE_READ) | KIND(FILE_WRITE), parse_path},
	{"net:connect=", KIND(CONNECT) | KIND(RESOLVE), parse_net},
	{"net:listen=", KIND(LISTEN), parse_net},
	{"net:resolve=", KIND(RESOLVE), parse_resolve},
	{"msg:publish=", WITH_API(KIND(PUBLISH)), parse_topic},
	{"msg:subscribe=", WITH_API(KIND(SUBSCRIBE)), parse_topic},
	{"gpio:read=", WITH_API(KIND(GPIO_READ)), parse_pins},
	{"gpio:write=", WITH_API(KIND(GPIO_READ) | KIND(GPIO_WRITE)), parse_pins},
	{"sensor=", WITH_API(KIND(SENSOR)), parse_name},
	{"timers=", WITH_API(KIND(TIMER)), parse_count},
	{"threads=", KIND(THREAD), parse_count},
	{"env=", KIND(ENV), parse_name},
	{"native=", KIND(NATIVE), parse_name},
};

#define FORMS (sizeof(forms) / sizeof(forms[0]))

static int parse(struct rule *rule, const char *grant, bool strict, struct ocre_diag *diag)
{
	struct text t = {grant, grant, grant + strlen(grant), diag};

	rule->grant = grant;
	for (size_t i = 0; i < FORMS; i++) {
		const struct form *form = &forms[i];

		if (!is_at(&t, form->name)) {
			continue;
		}
		t.at += strlen(form->name);
		rule->kinds = form->kinds;
		if (form->parse != NULL) {
			return form->parse(&t, rule);
		}
		rule->type = RULE_ALL;
		if (at_end(&t)) {
			return OCRE_OK;
		}
		if (*t.at == '=' || *t.at == ' ') {
			return bad(&t, "this grant takes no words");
		}
		t.at = t.begin; /* a longer name that is not known */
		rule->kinds = 0;
	}
	rule->type = RULE_UNKNOWN;
	return strict ? bad(&t, "there is no such grant") : OCRE_OK;
}

int ocre_permissions_create(struct ocre_mem *mem, const char *const *grants, bool strict,
			    struct ocre_permissions **out, struct ocre_diag *diag)
{
	struct ocre_permissions *p;
	uint32_t count = 0;
	size_t size = sizeof(*p);
	char *text;

	for (; grants != NULL && grants[count] != NULL; count++) {
		size += sizeof(struct rule) + strlen(grants[count]) + 1;
	}
	p = ocre_mem_alloc(mem, size);
	if (p == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for %u grants",
				     count);
	}
	p->mem = mem;
	p->size = size;
	p->count = count;
	text = (char *)&p->rules[count];
	for (uint32_t i = 0; i < count; i++) {
		size_t n = strlen(grants[i]) + 1;
		int rc;

		memcpy(text, grants[i], n);
		rc = parse(&p->rules[i], text, strict, diag);
		if (rc != OCRE_OK) {
			ocre_permissions_destroy(p);
			return rc;
		}
		p->kinds |= p->rules[i].kinds;
		text += n;
	}
	*out = p;
	return OCRE_OK;
}

void ocre_permissions_destroy(struct ocre_permissions *p)
{
	if (p != NULL) {
		ocre_mem_free(p->mem, p, p->size);
	}
}

/* ---- asking ---- */

/* A path of the guest, which cannot be a way out by its own components. */
static bool matches_path(const struct rule *rule, const char *path, size_t size)
{
	size_t n = rule->text_size;

	for (size_t i = 0; i + 1 < size; i++) {
		bool after = i + 2 == size || path[i + 2] == '/';

		if (path[i] == '.' && path[i + 1] == '.' && after &&
		    (i == 0 || path[i - 1] == '/')) {
			return false;
		}
	}
	return size >= n && size > 0 && path[0] == '/' && memcmp(path, rule->text, n) == 0 &&
	       (size == n || path[n] == '/');
}

static bool same_text(const char *a, const char *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (lower(a[i]) != lower(b[i])) {
			return false;
		}
	}
	return true;
}

static bool matches_host(const struct rule *rule, const char *name, size_t size)
{
	size_t n = rule->text_size;

	if (rule->text == NULL || name == NULL) {
		return false;
	}
	while (size > 0 && name[size - 1] == '.') {
		size--; /* the root of names */
	}
	if (rule->prefix) {
		return size > n && same_text(name + size - n, rule->text, n);
	}
	return size == n && same_text(name, rule->text, n);
}

static bool matches_network(const struct rule *rule, const uint8_t *address, uint32_t size)
{
	uint32_t whole = rule->bits / 8u;
	uint32_t rest = rule->bits % 8u;

	if (rule->address_size == 0 || rule->address_size != size ||
	    memcmp(rule->address, address, whole) != 0) {
		return false;
	}
	return rest == 0 || (rule->address[whole] ^ address[whole]) >> (8u - rest) == 0;
}

static bool matches_net(const struct rule *rule, const struct ocre_action *action)
{
	if ((rule->protocols & 1u << action->protocol) == 0 || action->port < rule->low ||
	    action->port > rule->high) {
		return false;
	}
	if (rule->text == NULL && rule->address_size == 0) {
		return true; /* * */
	}
	return matches_network(rule, action->address, action->address_size) ||
	       (rule->kinds == (KIND(CONNECT) | KIND(RESOLVE)) &&
		matches_host(rule, action->name, action->name_size));
}

/* Who may connect to a name may look it up; an address as text is its own answer. */
static bool matches_resolve(const struct rule *rule, const struct ocre_action *action)
{
	struct text t = {action->name, action->name, NULL, NULL};
	uint8_t address[16];

	if (action->name == NULL) {
		return false;
	}
	t.end = action->name + action->name_size;
	if (rule->type == RULE_NET && rule->text == NULL && rule->address_size == 0) {
		return true;
	}
	if (rule->type == RULE_NET && rule->address_size == 4 && ipv4(&t, address) && at_end(&t)) {
		return matches_network(rule, address, 4);
	}
	if (rule->type == RULE_NET && rule->address_size == 16 && ipv6(&t, address) && at_end(&t)) {
		return matches_network(rule, address, 16);
	}
	return matches_host(rule, action->name, action->name_size);
}

static bool matches_topic(const struct rule *rule, const char *topic, size_t size)
{
	const char *f = rule->text;
	const char *f_end = f + rule->text_size;
	const char *t = topic;
	const char *t_end = topic + size;

	while (f < f_end) {
		if (*f == '#') {
			return true;
		}
		if (*f == '+') {
			while (t < t_end && *t != '/') {
				t++;
			}
			f++;
		} else if (t < t_end && *f == *t) {
			f++;
			t++;
		} else {
			/* a/# is also for a itself. */
			return t == t_end && f_end - f == 2 && f[0] == '/' && f[1] == '#';
		}
	}
	return t == t_end;
}

static bool matches_name(const struct rule *rule, const char *name, size_t size)
{
	size_t n = rule->text_size;

	return (rule->prefix ? size >= n : size == n) && memcmp(name, rule->text, n) == 0;
}

static bool matches(const struct rule *rule, const struct ocre_action *action)
{
	if (action->kind >= OCRE_ACTION_KINDS || (rule->kinds & 1u << action->kind) == 0) {
		return false;
	}
	if (action->kind == OCRE_ACTION_API) {
		return true;
	}
	if (action->name == NULL && action->name_size > 0) {
		return false;
	}
	switch ((enum rule_type)rule->type) {
	case RULE_ALL:
		return true;
	case RULE_PATH:
		return action->name != NULL && matches_path(rule, action->name, action->name_size);
	case RULE_NET:
		return action->kind == OCRE_ACTION_RESOLVE ? matches_resolve(rule, action)
							   : matches_net(rule, action);
	case RULE_HOST:
		return matches_resolve(rule, action);
	case RULE_TOPIC:
		return action->name != NULL && matches_topic(rule, action->name, action->name_size);
	case RULE_PIN:
		return (rule->port == UINT32_MAX || rule->port == action->port) &&
		       action->pin >= rule->low && action->pin <= rule->high;
	case RULE_NAME:
		return action->name != NULL && matches_name(rule, action->name, action->name_size);
	case RULE_COUNT:
		return action->count <= rule->high;
	case RULE_UNKNOWN:
		break;
	}
	return false;
}

bool ocre_permissions_any(const struct ocre_permissions *p, enum ocre_action_kind kind)
{
	return kind == OCRE_ACTION_NONE ||
	       (kind < OCRE_ACTION_KINDS && (p->kinds & 1u << kind) != 0);
}

/* Variables were given to the container by name already: without any grant it has them all. */
static bool by_default(const struct ocre_permissions *p, const struct ocre_action *action)
{
	return action->kind == OCRE_ACTION_NONE ||
	       (action->kind == OCRE_ACTION_ENV && (p->kinds & KIND(ENV)) == 0);
}

static const struct rule *find(const struct ocre_permissions *p, const struct ocre_action *action)
{
	for (uint32_t i = 0; i < p->count; i++) {
		if (matches(&p->rules[i], action)) {
			return &p->rules[i];
		}
	}
	return NULL;
}

bool ocre_permissions_allow(const struct ocre_permissions *p, const struct ocre_action *action)
{
	return by_default(p, action) || find(p, action) != NULL;
}

bool ocre_permissions_file(const struct ocre_permissions *p, uint32_t n, struct ocre_action *out)
{
	for (uint32_t i = 0; i < p->count; i++) {
		const struct rule *rule = &p->rules[i];

		if (rule->type != RULE_PATH || n-- > 0) {
			continue;
		}
		memset(out, 0, sizeof(*out));
		out->kind = (rule->kinds & KIND(FILE_WRITE)) != 0 ? OCRE_ACTION_FILE_WRITE
								  : OCRE_ACTION_FILE_READ;
		out->name = rule->text;
		out->name_size = rule->text_size;
		return true;
	}
	return false;
}

/* ---- words ---- */

struct out {
	char *text;
	size_t size;
	size_t used;
};

static void put(struct out *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size && out->used + 1 < out->size; i++) {
		/* Names come from guests; this goes to logs. */
		out->text[out->used++] = (uint8_t)text[i] >= ' ' && text[i] != 0x7f ? text[i] : '?';
	}
	if (out->size > 0) {
		out->text[out->used] = '\0';
	}
}

static void put_text(struct out *out, const char *text)
{
	put(out, text, strlen(text));
}

static void put_number(struct out *out, uint32_t value, uint32_t base)
{
	char digits[10];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value > 0);
	while (n > 0) {
		put(out, &digits[--n], 1);
	}
}

static void put_address(struct out *out, const struct ocre_action *action)
{
	const uint8_t *a = action->address;

	if (action->address_size == 4) {
		for (int i = 0; i < 4; i++) {
			put_text(out, i > 0 ? "." : "");
			put_number(out, a[i], 10);
		}
		return;
	}
	put_text(out, "[");
	for (int i = 0; i < 8; i++) {
		put_text(out, i > 0 ? ":" : "");
		put_number(out, (uint32_t)a[i * 2] << 8 | a[i * 2 + 1], 16);
	}
	put_text(out, "]");
}

static void put_net(struct out *out, const struct ocre_action *action)
{
	put_text(out, action->protocol == OCRE_PROTOCOL_UDP ? "udp/" : "tcp/");
	if (action->kind == OCRE_ACTION_CONNECT && action->name != NULL && action->name_size > 0) {
		put(out, action->name, action->name_size);
	} else if (action->address_size == 4 || action->address_size == 16) {
		put_address(out, action);
	} else {
		put_text(out, "*");
	}
	put_text(out, ":");
	put_number(out, action->port, 10);
}

static void put_pin(struct out *out, const struct ocre_action *action)
{
	put_number(out, action->port, 10);
	put_text(out, "/");
	put_number(out, action->pin, 10);
}

void ocre_action_grant(const struct ocre_action *action, char *text, size_t size)
{
	static const char *const names[OCRE_ACTION_KINDS] = {
		[OCRE_ACTION_NONE] = "nothing",
		[OCRE_ACTION_API] = "ocre:api",
		[OCRE_ACTION_FILE_READ] = "file:ro=",
		[OCRE_ACTION_FILE_WRITE] = "file:rw=",
		[OCRE_ACTION_CONNECT] = "net:connect=",
		[OCRE_ACTION_LISTEN] = "net:listen=",
		[OCRE_ACTION_RESOLVE] = "net:resolve=",
		[OCRE_ACTION_PUBLISH] = "msg:publish=",
		[OCRE_ACTION_SUBSCRIBE] = "msg:subscribe=",
		[OCRE_ACTION_GPIO_READ] = "gpio:read=",
		[OCRE_ACTION_GPIO_WRITE] = "gpio:write=",
		[OCRE_ACTION_SENSOR] = "sensor=",
		[OCRE_ACTION_TIMER] = "timers=",
		[OCRE_ACTION_ENV] = "env=",
		[OCRE_ACTION_THREAD] = "threads=",
		[OCRE_ACTION_NATIVE] = "native=",
	};
	struct out out = {text, size, 0};

	put_text(&out, action->kind < OCRE_ACTION_KINDS ? names[action->kind] : "nothing");
	switch (action->kind) {
	case OCRE_ACTION_CONNECT:
	case OCRE_ACTION_LISTEN:
		put_net(&out, action);
		break;
	case OCRE_ACTION_GPIO_READ:
	case OCRE_ACTION_GPIO_WRITE:
		put_pin(&out, action);
		break;
	case OCRE_ACTION_TIMER:
	case OCRE_ACTION_THREAD:
		put_number(&out, action->count, 10);
		break;
	case OCRE_ACTION_NONE:
	case OCRE_ACTION_API:
	case OCRE_ACTION_KINDS:
		break;
	default:
		if (action->name != NULL) {
			put(&out, action->name, action->name_size);
		}
		break;
	}
}

bool ocre_permissions_explain(const struct ocre_permissions *p, const struct ocre_action *action,
			      char *text, size_t size)
{
	const struct rule *rule = find(p, action);
	struct out out = {text, text != NULL ? size : 0, 0};

	if (rule != NULL) {
		put_text(&out, "allowed by ");
		put_text(&out, rule->grant);
		return true;
	}
	if (by_default(p, action)) {
		put_text(&out, "allowed: no grant is needed");
		return true;
	}
	put_text(&out, "denied: needs ");
	if (out.size > out.used) {
		ocre_action_grant(action, out.text + out.used, out.size - out.used);
	}
	return false;
}
