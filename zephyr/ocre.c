/* SPDX-License-Identifier: Apache-2.0 */
/* ocre.c - a context of what prj.conf chose. This is the one file that knows the choices. */
#include <string.h>

#include <zephyr/logging/log.h>

#if defined(CONFIG_OCRE_API)
#include <ocre/choice.h>
#endif
#include <ocre/providers.h>
#include <ocre/zephyr.h>

LOG_MODULE_REGISTER(ocre, CONFIG_OCRE_LOG_LEVEL);

static void log_line(void *ctx, int level, const char *text)
{
	(void)ctx;
	switch (level) {
	case 1:
		LOG_ERR("%s", text);
		break;
	case 2:
		LOG_WRN("%s", text);
		break;
	case 3:
		LOG_INF("%s", text);
		break;
	default:
		LOG_DBG("%s", text);
		break;
	}
}

static void add(struct ocre_zephyr *ocre, const struct ocre_host_provider *provider,
		const void *config)
{
	struct ocre_provider_choice *to = &ocre->providers[ocre->wasm.provider_count++];

	to->provider = provider;
	to->config = config;
}

static void add_providers(struct ocre_zephyr *ocre)
{
	(void)add; /* where nothing is configured */
#if defined(CONFIG_OCRE_WASI)
	add(ocre, &ocre_provider_wasi, NULL);
#endif
#if defined(CONFIG_OCRE_EVENT)
	static const struct ocre_uname uname = {.os = "Zephyr", .node = CONFIG_BOARD};

	add(ocre, &ocre_provider_event, &uname);
#endif
#if defined(CONFIG_OCRE_MESSAGING)
	add(ocre, &ocre_provider_messaging, NULL);
#endif
#if defined(CONFIG_OCRE_GPIO)
	add(ocre, &ocre_provider_gpio, ocre->board);
#endif
#if defined(CONFIG_OCRE_SENSOR)
	add(ocre, &ocre_provider_sensor, ocre->board);
#endif
	ocre->wasm.providers = ocre->providers;
}

static void init_heap(struct ocre_zephyr *ocre)
{
#if defined(CONFIG_OCRE_HEAP_OWN)
	ocre_zephyr_heap_init(&ocre->heap, ocre->memory, sizeof(ocre->memory));
#else
	ocre_zephyr_heap_init(&ocre->heap, NULL, 0);
#endif
}

static int init_board(struct ocre_zephyr *ocre, const struct ocre_board *given,
		      struct ocre_diag *diag)
{
	ocre->board = given;
#if defined(CONFIG_OCRE_BOARD)
	if (given == NULL) {
		int rc = ocre_zephyr_board_init(&ocre->devices, &ocre->mem, ocre_zephyr_devices(),
						diag);

		ocre->board = rc == OCRE_OK ? &ocre->devices.board : NULL;
		return rc;
	}
#else
	(void)diag;
#endif
	return OCRE_OK;
}

static void deinit_board(struct ocre_zephyr *ocre)
{
#if defined(CONFIG_OCRE_BOARD)
	if (ocre->board == &ocre->devices.board) {
		ocre_zephyr_board_deinit(&ocre->devices);
	}
#endif
	ocre->board = NULL;
}

/* With the heap. Fills in what a context of `ocre` is made of. */
static int prepare(struct ocre_zephyr *ocre, struct ocre_context_config *c, struct ocre_diag *diag)
{
	int rc;

	ocre->context = NULL;
	memset(&ocre->wasm, 0, sizeof(ocre->wasm));
	ocre_mem_init(&ocre->mem, ocre_zephyr_heap_resize, &ocre->heap, SIZE_MAX);
	ocre_port_zephyr_init(&ocre->port, &ocre->heap);
	rc = init_board(ocre, c->board, diag);
	if (rc != OCRE_OK) {
		return rc;
	}
	add_providers(ocre);
	ocre->driver.driver = &ocre_driver_wasm;
	ocre->driver.config = &ocre->wasm;
	c->resize = ocre_zephyr_heap_resize;
	c->resize_ctx = &ocre->heap;
	c->port = &ocre->port.port;
	if (c->driver_count == 0) {
		c->drivers = &ocre->driver;
		c->driver_count = 1;
	}
	if (c->log == NULL) {
		c->log = log_line;
	}
	c->board = ocre->board;
#if defined(CONFIG_OCRE_HEAP_OWN)
	if (c->memory_limit == 0) {
		c->memory_limit = CONFIG_OCRE_HEAP_SIZE; /* so that none takes more than it needs */
	}
#endif
	return OCRE_OK;
}

int ocre_zephyr_open(struct ocre_zephyr *ocre, const struct ocre_context_config *config,
		     struct ocre_diag *diag)
{
	struct ocre_context_config c;
	int rc;

	memset(&c, 0, sizeof(c));
	if (config != NULL) {
		c = *config;
	}
	init_heap(ocre);
	rc = prepare(ocre, &c, diag);
	if (rc != OCRE_OK) {
		return rc;
	}
#if defined(CONFIG_OCRE_FILES)
	if (c.workdir == NULL && CONFIG_OCRE_WORKDIR[0] != '\0') {
		c.workdir = CONFIG_OCRE_WORKDIR;
	}
#endif
	if (config == NULL) {
		c.honest_exit_codes = true;
	}
	rc = ocre_context_open(&c, &ocre->context, diag);
	if (rc != OCRE_OK) {
		deinit_board(ocre);
	}
	return rc;
}

void ocre_zephyr_close(struct ocre_zephyr *ocre)
{
#if defined(CONFIG_OCRE_SHELL)
	ocre_zephyr_shell(NULL, NULL, 0);
#endif
	ocre_context_close(ocre->context);
	ocre->context = NULL;
	deinit_board(ocre);
}

#if defined(CONFIG_OCRE_API)

/* What <ocre/ocre.h> runs on. Its heap is there from the first call on, for its own records too. */
static struct {
	struct ocre_zephyr ocre;
	bool has_heap;
	bool used;
} api;

static K_MUTEX_DEFINE(api_lock);

static bool use_api(bool used)
{
	bool was;

	k_mutex_lock(&api_lock, K_FOREVER);
	was = api.used;
	api.used = used;
	k_mutex_unlock(&api_lock);
	return was;
}

int ocre_choice_open(struct ocre_context_config *config, struct ocre_diag *diag)
{
	int rc;

	if (use_api(true)) {
		return ocre_diag_set(diag, OCRE_E_BUSY, OCRE_NO_OFFSET,
				     "there is a context; on Zephyr destroy it first");
	}
	if (!api.has_heap) {
		init_heap(&api.ocre);
		ocre_platform_zephyr_init(&api.ocre.heap, log_line);
		api.has_heap = true;
	}
	rc = prepare(&api.ocre, config, diag);
	if (rc != OCRE_OK) {
		use_api(false);
	}
	return rc;
}

void ocre_choice_close(const struct ocre_context_config *config)
{
	(void)config;
	deinit_board(&api.ocre);
	use_api(false);
}

#endif
