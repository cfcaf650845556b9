/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasi.c - the tables of functions, and the life of what a guest sees through them.
 */
#include <string.h>

#include "internal.h"

/* ---- the tables: X(name, signature, preview 1, snapshot 0) ---- */

#define SAME(X, name, sig) X(#name, sig, ocre__wasi_##name, ocre__wasi_##name)

#define FUNCTIONS(X)                                                                               \
	SAME(X, args_get, "ii:i")                                                                  \
	SAME(X, args_sizes_get, "ii:i")                                                            \
	SAME(X, environ_get, "ii:i")                                                               \
	SAME(X, environ_sizes_get, "ii:i")                                                         \
	SAME(X, clock_res_get, "ii:i")                                                             \
	SAME(X, clock_time_get, "iIi:i")                                                           \
	SAME(X, fd_advise, "iIIi:i")                                                               \
	SAME(X, fd_allocate, "iII:i")                                                              \
	SAME(X, fd_close, "i:i")                                                                   \
	SAME(X, fd_datasync, "i:i")                                                                \
	SAME(X, fd_fdstat_get, "ii:i")                                                             \
	SAME(X, fd_fdstat_set_flags, "ii:i")                                                       \
	SAME(X, fd_fdstat_set_rights, "iII:i")                                                     \
	X("fd_filestat_get", "ii:i", ocre__wasi_fd_filestat_get, ocre__wasi_fd_filestat_get_0)     \
	SAME(X, fd_filestat_set_size, "iI:i")                                                      \
	SAME(X, fd_filestat_set_times, "iIIi:i")                                                   \
	SAME(X, fd_pread, "iiiIi:i")                                                               \
	SAME(X, fd_prestat_get, "ii:i")                                                            \
	SAME(X, fd_prestat_dir_name, "iii:i")                                                      \
	SAME(X, fd_pwrite, "iiiIi:i")                                                              \
	SAME(X, fd_read, "iiii:i")                                                                 \
	SAME(X, fd_readdir, "iiiIi:i")                                                             \
	SAME(X, fd_renumber, "ii:i")                                                               \
	X("fd_seek", "iIii:i", ocre__wasi_fd_seek, ocre__wasi_fd_seek_0)                           \
	SAME(X, fd_sync, "i:i")                                                                    \
	SAME(X, fd_tell, "ii:i")                                                                   \
	SAME(X, fd_write, "iiii:i")                                                                \
	SAME(X, path_create_directory, "iii:i")                                                    \
	X("path_filestat_get", "iiiii:i", ocre__wasi_path_filestat_get,                            \
	  ocre__wasi_path_filestat_get_0)                                                          \
	SAME(X, path_filestat_set_times, "iiiiIIi:i")                                              \
	SAME(X, path_link, "iiiiiii:i")                                                            \
	X("path_open", "iiiiiIIii:i", ocre__wasi_path_open, ocre__wasi_path_open_0)                \
	SAME(X, path_readlink, "iiiiii:i")                                                         \
	SAME(X, path_remove_directory, "iii:i")                                                    \
	SAME(X, path_rename, "iiiiii:i")                                                           \
	SAME(X, path_symlink, "iiiii:i")                                                           \
	SAME(X, path_unlink_file, "iii:i")                                                         \
	X("poll_oneoff", "iiii:i", ocre__wasi_poll_oneoff, ocre__wasi_poll_oneoff_0)               \
	SAME(X, proc_exit, "i:")                                                                   \
	SAME(X, proc_raise, "i:i")                                                                 \
	SAME(X, random_get, "ii:i")                                                                \
	SAME(X, sched_yield, ":i")                                                                 \
	SAME(X, sock_recv, "iiiiii:i")                                                             \
	SAME(X, sock_send, "iiiii:i")                                                              \
	SAME(X, sock_shutdown, "ii:i")

static const struct ocre_host_func preview1_funcs[] = {
#define PREVIEW1(name, sig, fn, fn0) {name, sig, fn},
	FUNCTIONS(PREVIEW1)
#undef PREVIEW1
	/* Came with preview 1. */
	{"sock_accept", "iii:i", ocre__wasi_sock_accept},
};

#if OCRE_WASI_SNAPSHOT_0
static const struct ocre_host_func unstable_funcs[] = {
#define UNSTABLE(name, sig, fn, fn0) {name, sig, fn0},
	FUNCTIONS(UNSTABLE)
#undef UNSTABLE
};

const struct ocre_host_module ocre_host_wasi_unstable = {
	"wasi_unstable",
	unstable_funcs,
	sizeof(unstable_funcs) / sizeof(unstable_funcs[0]),
};
#endif

const struct ocre_host_module ocre_host_wasi_preview1 = {
	"wasi_snapshot_preview1",
	preview1_funcs,
	sizeof(preview1_funcs) / sizeof(preview1_funcs[0]),
};

/* ---- strings ---- */

bool ocre__wasi_strings_init(struct ocre_wasi *wasi, struct ocre__wasi_strings *out,
			     const char *const *list, uint32_t count)
{
	uint64_t size = 0;
	uint32_t i;
	char *at;

	for (i = 0; i < count; i++) {
		size += (uint64_t)strlen(list[i]) + 1;
	}
	if (size == 0) {
		return true;
	}
	if (size > UINT32_MAX || count > UINT32_MAX / 4) {
		return false;
	}
	at = (char *)ocre_mem_alloc(wasi->mem, (size_t)size);
	if (at == NULL) {
		return false;
	}
	out->data = at;
	out->size = (uint32_t)size;
	out->count = count;
	for (i = 0; i < count; i++) {
		size_t n = strlen(list[i]) + 1;

		memcpy(at, list[i], n);
		at += n;
	}
	return true;
}

void ocre__wasi_strings_deinit(struct ocre_wasi *wasi, struct ocre__wasi_strings *strings)
{
	ocre_mem_free(wasi->mem, strings->data, strings->size);
	strings->data = NULL;
}

const char *ocre__wasi_strings_get(const struct ocre__wasi_strings *strings, uint32_t n)
{
	const char *at = strings->data;

	while (n > 0) {
		at += strlen(at) + 1;
		n--;
	}
	return at;
}

/* ---- create, destroy ---- */

/* Room for all that is opened at the start. */
static bool make_table(struct ocre_wasi *wasi, uint32_t slots)
{
	uint32_t i;

	wasi->fds = (struct ocre__wasi_fd *)ocre_mem_alloc_array(wasi->mem, slots,
								 sizeof(wasi->fds[0]));
	if (wasi->fds == NULL) {
		return false;
	}
	wasi->fd_slots = slots;
	for (i = 0; i < slots; i++) {
		wasi->fds[i].fd = -1;
	}
	return true;
}

static uint8_t output_bit(uint32_t number)
{
	return number == 1 ? FD_STDOUT : number == 2 ? FD_STDERR : 0;
}

/* An output that goes to the embedder alone. Its rights see to it that no call reaches the port. */
static void lend_log(struct ocre_wasi *wasi, uint32_t number)
{
	struct ocre__wasi_fd entry = {
		.fd = INT32_MAX,
		.rights = RIGHT_FD_WRITE | RIGHT_FD_FDSTAT_SET_FLAGS | RIGHT_FD_FILESTAT_GET |
			  RIGHT_POLL_FD_READWRITE,
		.type = OCRE_TYPE_CHAR,
		.bits = (uint8_t)(FD_BORROWED | FD_LOG | output_bit(number)),
	};

	ocre__wasi_fd_put(wasi, number, &entry);
}

/* A descriptor of the port that stays the embedder's. */
static int lend(struct ocre_wasi *wasi, uint32_t number, int32_t fd, uint64_t rights,
		struct ocre_diag *diag)
{
	struct ocre__wasi_fd entry = {.fd = fd, .rights = rights, .bits = FD_BORROWED};
	struct ocre_port_stat st;

	if (wasi->port->ops->stat(wasi->port->ctx, fd, &st) != 0) {
		return ocre_diag_set(diag, OCRE_E_IO, OCRE_NO_OFFSET,
				     "descriptor %d is not open, give -1 for none", fd);
	}
	entry.type = (uint8_t)st.type;
	if (wasi->output != NULL) {
		entry.bits |= output_bit(number);
	}
	if (number > 2) {
		entry.inheriting = rights;
	}
	ocre__wasi_fd_put(wasi, number, &entry);
	return OCRE_OK;
}

static const char *open_problem(int rc)
{
	switch (rc) {
	case -OCRE_ERRNO_NOENT:
		return "there is no such directory";
	case -OCRE_ERRNO_NOTDIR:
		return "it is not a directory";
	case -OCRE_ERRNO_ACCES:
	case -OCRE_ERRNO_PERM:
		return "permission denied";
	case -OCRE_ERRNO_LOOP:
		return "too many symbolic links";
	case -OCRE_ERRNO_MFILE:
	case -OCRE_ERRNO_NFILE:
		return "too many open files";
	default:
		return "it could not be opened";
	}
}

static int open_status(int rc)
{
	switch (rc) {
	case -OCRE_ERRNO_NOENT:
	case -OCRE_ERRNO_NOTDIR:
		return OCRE_E_NOTFOUND;
	case -OCRE_ERRNO_ACCES:
	case -OCRE_ERRNO_PERM:
		return OCRE_E_ACCESS;
	default:
		return OCRE_E_IO;
	}
}

static int open_preopen(struct ocre_wasi *wasi, uint32_t number, uint32_t n,
			const struct ocre_wasi_preopen *preopen, struct ocre_diag *diag)
{
	struct ocre__wasi_fd entry = {
		.rights = UINT64_MAX,
		.inheriting = UINT64_MAX,
		.preopen = n,
		.type = OCRE_TYPE_DIRECTORY,
		.bits = FD_PREOPEN,
	};
	int rc = ocre__wasi_open_beneath(wasi->port, preopen->host_path, preopen->beneath,
					 &entry.fd);

	if (rc != 0) {
		const char *beneath = preopen->beneath != NULL ? preopen->beneath : "";

		return ocre_diag_set(diag, open_status(rc), OCRE_NO_OFFSET, "directory %s%s%s: %s",
				     preopen->host_path, *beneath != '\0' ? "/" : "", beneath,
				     open_problem(rc));
	}
	if (preopen->read_only) {
		entry.bits |= FD_READ_ONLY;
	}
	if (preopen->entries_only) {
		entry.bits |= FD_READ_ONLY | FD_ENTRIES;
	}
	ocre__wasi_fd_put(wasi, number, &entry);
	return OCRE_OK;
}

static bool copy_names(struct ocre_wasi *wasi, const struct ocre_wasi_options *options)
{
	size_t size = options->preopen_count * sizeof(const char *);
	const char **names;
	bool ok;
	uint32_t i;

	if (options->preopen_count == 0) {
		return true;
	}
	names = (const char **)ocre_mem_alloc_array(wasi->mem, options->preopen_count,
						    sizeof(names[0]));
	if (names == NULL) {
		return false;
	}
	for (i = 0; i < options->preopen_count; i++) {
		names[i] = options->preopens[i].guest_path;
	}
	ok = ocre__wasi_strings_init(wasi, &wasi->names, names, options->preopen_count);
	ocre_mem_free(wasi->mem, names, size);
	return ok;
}

static bool copy_entries(struct ocre_wasi *wasi, const struct ocre_wasi_options *options)
{
	size_t size = options->entry_count * sizeof(const char *);
	const char **names;
	bool ok;
	uint32_t i;

	if (options->entry_count == 0) {
		return true;
	}
	names = (const char **)ocre_mem_alloc_array(wasi->mem, options->entry_count,
						    sizeof(names[0]));
	if (names == NULL) {
		return false;
	}
	for (i = 0; i < options->entry_count; i++) {
		names[i] = options->entries[i].name;
	}
	ok = ocre__wasi_strings_init(wasi, &wasi->entry_names, names, options->entry_count);
	ocre_mem_free(wasi->mem, names, size);
	if (!ok) {
		return false;
	}
	wasi->entries = (struct ocre__wasi_entry *)ocre_mem_alloc_array(
		wasi->mem, options->entry_count, sizeof(wasi->entries[0]));
	if (wasi->entries == NULL) {
		return false;
	}
	wasi->entry_count = options->entry_count;
	for (i = 0; i < options->entry_count; i++) {
		wasi->entries[i].preopen = options->entries[i].preopen;
		wasi->entries[i].read_only = options->entries[i].read_only;
	}
	return true;
}

static int open_all(struct ocre_wasi *wasi, const struct ocre_wasi_options *options,
		    struct ocre_diag *diag)
{
	uint64_t usual = RIGHT_FD_DATASYNC | RIGHT_FD_SYNC | RIGHT_FD_FDSTAT_SET_FLAGS |
			 RIGHT_FD_FILESTAT_GET | RIGHT_POLL_FD_READWRITE | RIGHT_FD_SEEK |
			 RIGHT_FD_TELL | RIGHT_FD_ADVISE | RIGHT_SOCK_SHUTDOWN;
	uint64_t writing = RIGHT_FD_WRITE | RIGHT_FD_ALLOCATE | RIGHT_FD_FILESTAT_SET_SIZE |
			   RIGHT_FD_FILESTAT_SET_TIMES;
	uint32_t next = 3;
	uint32_t i;
	int rc = OCRE_OK;

	for (i = 0; i < 3 && rc == OCRE_OK; i++) {
		if (options->stdio[i] >= 0) {
			rc = lend(wasi, i, options->stdio[i],
				  usual | (i == 0 ? RIGHT_FD_READ : writing), diag);
		} else if (i > 0 && wasi->output != NULL) {
			lend_log(wasi, i);
		}
	}
	for (i = 0; i < options->preopen_count && rc == OCRE_OK; i++) {
		rc = open_preopen(wasi, next++, i, &options->preopens[i], diag);
	}
	for (i = 0; i < options->socket_count && rc == OCRE_OK; i++) {
		rc = lend(wasi, next++, options->sockets[i], UINT64_MAX, diag);
	}
	return rc;
}

int ocre_wasi_create(const struct ocre_wasi_options *options, struct ocre_wasi **out,
		     struct ocre_diag *diag)
{
	uint32_t max_fds = options->max_fds != 0 ? options->max_fds : OCRE_WASI_MAX_FDS_DEFAULT;
	struct ocre_wasi *wasi;
	uint64_t given = 3 + (uint64_t)options->preopen_count + options->socket_count;
	uint32_t i;
	int rc;

	if (given > max_fds) {
		return ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET,
				     "the guest would start with more than %u descriptors",
				     max_fds);
	}
	wasi = (struct ocre_wasi *)ocre_mem_alloc(options->mem, sizeof(*wasi));
	if (wasi == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for WASI");
	}
	wasi->mem = options->mem;
	wasi->port = options->port;
	wasi->max_fds = max_fds;
	wasi->allowed = options->allowed;
	wasi->allowed_ctx = options->allowed_ctx;
	wasi->output = options->output;
	wasi->output_ctx = options->output_ctx;
	for (i = 0; i < WASI_LOOKUPS; i++) {
		wasi->lookups[i].fd = -1;
	}
	if (!ocre__wasi_strings_init(wasi, &wasi->args, options->args, options->arg_count) ||
	    !ocre__wasi_strings_init(wasi, &wasi->env, options->env, options->env_count) ||
	    !copy_names(wasi, options) || !copy_entries(wasi, options) ||
	    !make_table(wasi, (uint32_t)given)) {
		rc = ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				   "no memory for arguments, environment and descriptors");
		goto destroy;
	}
	rc = open_all(wasi, options, diag);
	if (rc != OCRE_OK) {
		goto destroy;
	}
	*out = wasi;
	return OCRE_OK;

destroy:
	ocre_wasi_destroy(wasi);
	return rc;
}

void ocre_wasi_destroy(struct ocre_wasi *wasi)
{
	if (wasi == NULL) {
		return;
	}
	ocre__wasi_close_all(wasi);
#if OCRE_WASI_SOCKETS
	ocre__wasi_names_close(wasi);
#endif
	ocre_mem_free(wasi->mem, wasi->fds, wasi->fd_slots * sizeof(wasi->fds[0]));
	ocre_mem_free(wasi->mem, wasi->entries, wasi->entry_count * sizeof(wasi->entries[0]));
	ocre__wasi_strings_deinit(wasi, &wasi->entry_names);
	ocre__wasi_strings_deinit(wasi, &wasi->names);
	ocre__wasi_strings_deinit(wasi, &wasi->env);
	ocre__wasi_strings_deinit(wasi, &wasi->args);
	ocre_mem_free(wasi->mem, wasi, sizeof(*wasi));
}
