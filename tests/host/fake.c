/* SPDX-License-Identifier: Apache-2.0 */
/* fake.c - see fake.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

/* ---- guest memory ---- */

static void *fake_memory(struct ocre_call *call, uint32_t addr, uint32_t size)
{
	struct fake *fake = (struct fake *)call->engine;

	if (fake->no_memory || (uint64_t)addr + size > FAKE_SIZE) {
		return NULL;
	}
	assert_int_equal(mprotect(fake->views[fake->view], FAKE_SIZE, PROT_NONE), 0);
	fake->view = (fake->view + 1) % FAKE_VIEWS;
	assert_int_equal(mprotect(fake->views[fake->view], FAKE_SIZE, PROT_READ | PROT_WRITE), 0);
	return fake->views[fake->view] + addr;
}

static const struct ocre_call_ops fake_ops = {fake_memory};

static uint8_t *map(int fd, int protection)
{
	/* With a page behind it that nobody can use. */
	uint8_t *at = (uint8_t *)mmap(NULL, FAKE_SIZE + 65536, PROT_NONE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(at != MAP_FAILED);
	assert_true(mmap(at, FAKE_SIZE, protection, MAP_SHARED | MAP_FIXED, fd, 0) == at);
	return at;
}

static void make_memory(struct fake *fake)
{
	char name[] = "/tmp/ocre-fake-XXXXXX";
	int fd = mkstemp(name);
	unsigned int i;

	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(ftruncate(fd, FAKE_SIZE), 0);
	fake->memory = map(fd, PROT_READ | PROT_WRITE);
	for (i = 0; i < FAKE_VIEWS; i++) {
		fake->views[i] = map(fd, PROT_NONE);
	}
	close(fd);
}

static void free_memory(struct fake *fake)
{
	unsigned int i;

	munmap(fake->memory, FAKE_SIZE + 65536);
	for (i = 0; i < FAKE_VIEWS; i++) {
		munmap(fake->views[i], FAKE_SIZE + 65536);
	}
}

/* ---- counted memory that can run out ---- */

static void *fake_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct fake *fake = (struct fake *)ctx;
	void *got;

	if (new_size == 0) {
		fake->held -= old_size;
		free(ptr);
		return NULL;
	}
	if (fake->allocate == 0) {
		return NULL;
	}
	fake->allocate--;
	got = realloc(ptr, new_size);
	if (got != NULL) {
		fake->held += new_size - old_size;
	}
	return got;
}

/* ---- the fixture ---- */

static int setup(void **state, unsigned int flags)
{
	struct fake *fake = (struct fake *)calloc(1, sizeof(*fake));
	static const char *const args[] = {"prog", "one", "two words"};
	static const char *const env[] = {"A=1", "LONG=some value"};

	assert_non_null(fake);
	make_memory(fake);
	strcpy(fake->dir, "/tmp/ocre-host-XXXXXX");
	assert_non_null(mkdtemp(fake->dir));
	host_mkdir(fake, "box");
	host_mkdir(fake, "outside");
	host_write(fake, "outside/secret", "secret");
	fake->allocate = UINT32_MAX;
	ocre_mem_init(&fake->mem, fake_resize, fake, SIZE_MAX);
	assert_int_equal(ocre_port_posix_init(&fake->posix, flags), 0);

	snprintf(fake->box, sizeof(fake->box), "%s/box", fake->dir);
	fake->preopens[0].host_path = fake->box;
	fake->preopens[0].guest_path = "/";
	fake->preopens[1].host_path = fake->box;
	fake->preopens[1].guest_path = "/ro";
	fake->preopens[1].read_only = true;
	fake->options.mem = &fake->mem;
	fake->options.port = &fake->posix.port;
	fake->options.args = args;
	fake->options.arg_count = 3;
	fake->options.env = env;
	fake->options.env_count = 2;
	fake->options.preopens = fake->preopens;
	fake->options.preopen_count = 2;
	fake->options.stdio[0] = -1;
	fake->options.stdio[1] = -1;
	fake->options.stdio[2] = -1;
	fake->module = &ocre_host_wasi_preview1;
	fake_restart(fake);
	*state = fake;
	return 0;
}

int fake_setup(void **state)
{
	return setup(state, 0);
}

int fake_setup_walk(void **state)
{
	return setup(state, OCRE_PORT_POSIX_WALK);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int fake_teardown(void **state)
{
	struct fake *fake = (struct fake *)*state;

	ocre_wasi_destroy(fake->wasi);
	assert_int_equal(fake->held, 0);
	assert_int_equal(fake->mem.used, 0);
	ocre_port_posix_deinit(&fake->posix);
	nftw(fake->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free_memory(fake);
	free(fake);
	return 0;
}

void fake_restart(struct fake *fake)
{
	struct ocre_diag diag = {0};

	ocre_wasi_destroy(fake->wasi);
	fake->wasi = NULL;
	assert_int_equal(ocre_wasi_create(&fake->options, &fake->wasi, &diag), OCRE_OK);
}

/* ---- calls ---- */

static int run(struct fake *fake)
{
	int rc;

	fake->call.charge = 0;
	rc = fake->func->fn(&fake->call);
	switch (rc) {
	case OCRE_HOST_DONE:
		return (int)fake->call.ret[0];
	case OCRE_HOST_PARK:
		assert_true(fake->park.fd_count <= OCRE_PARK_FDS);
		return -1;
	case OCRE_HOST_EXIT:
		return -2;
	default:
		fail();
		return -3;
	}
}

static const struct ocre_host_func *find_in(const struct ocre_host_module *module, const char *name)
{
	size_t i;

	for (i = 0; i < module->count; i++) {
		if (strcmp(module->funcs[i].name, name) == 0) {
			return &module->funcs[i];
		}
	}
	return NULL;
}

static const struct ocre_host_func *find(const struct ocre_host_module *module, const char *name)
{
	const struct ocre_host_func *func = find_in(module, name);

	if (func == NULL) {
		func = find_in(&ocre_host_wasi_sockets, name);
	}
	if (func == NULL) {
		fail_msg("there is no function %s", name);
	}
	return func;
}

int fake_call(struct fake *fake, const char *name, ...)
{
	const char *sig;
	va_list list;
	unsigned int n = 0;

	fake->func = find(fake->module, name);
	va_start(list, name);
	for (sig = fake->func->sig; *sig != ':'; sig++) {
		fake->args[n++] = *sig == 'I' ? va_arg(list, uint64_t) : va_arg(list, uint32_t);
	}
	va_end(list);
	memset(&fake->call, 0, sizeof(fake->call));
	memset(&fake->record, 0, sizeof(fake->record));
	memset(&fake->park, 0xff, sizeof(fake->park));
	fake->call.ops = &fake_ops;
	fake->call.engine = fake;
	fake->call.host = fake->wasi;
	fake->call.func = fake->func;
	fake->call.arg = fake->args;
	fake->call.park = &fake->park;
	fake->call.record = &fake->record;
	return run(fake);
}

int fake_resume(struct fake *fake)
{
	fake->call.resumed = true;
	memset(&fake->park, 0xff, sizeof(fake->park));
	return run(fake);
}

int fake_finish(struct fake *fake)
{
	const struct ocre_port *port = &fake->posix.port;
	int rc;

	do {
		assert_true(port->ops->wait(port->ctx, fake->park.fds, fake->park.fd_count,
					    fake->park.deadline_ns, NULL) >= 0);
		rc = fake_resume(fake);
	} while (rc == -1);
	return rc;
}

/* ---- guest memory, from the test ---- */

uint32_t fake_path(struct fake *fake, uint32_t at, const char *path, uint32_t *size)
{
	*size = (uint32_t)strlen(path);
	memcpy(fake->memory + at, path, *size);
	/* Not a NUL, so that one is missed who looks for it. */
	fake->memory[at + *size] = '#';
	return at;
}

uint32_t fake_iov(struct fake *fake, uint32_t index, uint32_t addr, uint32_t size)
{
	ocre_put_u32(fake->memory + AT_IOVS + index * 8, addr);
	ocre_put_u32(fake->memory + AT_IOVS + index * 8 + 4, size);
	return AT_IOVS;
}

uint32_t fake_u32(const struct fake *fake, uint32_t addr)
{
	return ocre_get_u32(fake->memory + addr);
}

uint64_t fake_u64(const struct fake *fake, uint32_t addr)
{
	return ocre_get_u64(fake->memory + addr);
}

int fake_open(struct fake *fake, uint32_t dir, const char *path, uint32_t lookup, uint32_t oflags,
	      uint64_t rights, uint32_t *fd)
{
	uint32_t size;
	uint32_t at = fake_path(fake, AT_PATH, path, &size);
	int rc = fake_call(fake, "path_open", dir, lookup, at, size, oflags, rights, rights, 0u,
			   AT_OUT);

	if (rc == E_OK && fd != NULL) {
		*fd = fake_u32(fake, AT_OUT);
	} else if (rc == E_OK) {
		assert_int_equal(fake_call(fake, "fd_close", fake_u32(fake, AT_OUT)), E_OK);
	}
	return rc;
}

int fake_at(struct fake *fake, const char *name, uint32_t dir, const char *path)
{
	uint32_t size;
	uint32_t at = fake_path(fake, AT_PATH, path, &size);

	return fake_call(fake, name, dir, at, size);
}

int fake_write(struct fake *fake, uint32_t fd, const char *text)
{
	uint32_t size = (uint32_t)strlen(text);

	memcpy(fake->memory + AT_DATA, text, size);
	return fake_call(fake, "fd_write", fd, fake_iov(fake, 0, AT_DATA, size), 1u, AT_OUT);
}

/* ---- the host's side ---- */

static const char *host_path(const struct fake *fake, const char *path, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", fake->dir, path);
	return out;
}

void host_write(const struct fake *fake, const char *path, const char *text)
{
	char name[512];
	FILE *file = fopen(host_path(fake, path, name, sizeof(name)), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
}

void host_mkdir(const struct fake *fake, const char *path)
{
	char name[512];

	assert_int_equal(mkdir(host_path(fake, path, name, sizeof(name)), 0777), 0);
}

void host_symlink(const struct fake *fake, const char *target, const char *path)
{
	char name[512];

	assert_int_equal(symlink(target, host_path(fake, path, name, sizeof(name))), 0);
}

bool host_exists(const struct fake *fake, const char *path)
{
	char name[512];
	struct stat st;

	return lstat(host_path(fake, path, name, sizeof(name)), &st) == 0;
}

bool host_contains(const struct fake *fake, const char *path, const char *text)
{
	char name[512];
	char data[512];
	FILE *file = fopen(host_path(fake, path, name, sizeof(name)), "r");
	size_t n;

	if (file == NULL) {
		return false;
	}
	n = fread(data, 1, sizeof(data) - 1, file);
	fclose(file);
	data[n] = '\0';
	return strcmp(data, text) == 0;
}
