/* SPDX-License-Identifier: Apache-2.0 */
/*
 * posix.h - what the files of this port share.
 */
#ifndef OCRE_PORTS_POSIX_H
#define OCRE_PORTS_POSIX_H

#include <sys/stat.h>

#include <ocre/port_posix.h>

/* The number of OCRE_ERRNO_LIST for the current errno, negative. */
int ocre__posix_error(void);
int ocre__posix_errno(int host_errno);

enum ocre_port_type ocre__posix_type(mode_t mode);
void ocre__posix_stat(const struct stat *st, struct ocre_port_stat *out);
void ocre__posix_times(const struct ocre_port_times *times, struct timespec ts[2]);

/* file.c */
int ocre__posix_close(void *ctx, int32_t fd);
int64_t ocre__posix_read(void *ctx, int32_t fd, void *data, size_t size);
int64_t ocre__posix_write(void *ctx, int32_t fd, const void *data, size_t size);
int64_t ocre__posix_pread(void *ctx, int32_t fd, void *data, size_t size, uint64_t offset);
int64_t ocre__posix_pwrite(void *ctx, int32_t fd, const void *data, size_t size, uint64_t offset);
int64_t ocre__posix_seek(void *ctx, int32_t fd, int64_t offset, enum ocre_port_whence whence);
int ocre__posix_fstat(void *ctx, int32_t fd, struct ocre_port_stat *out);
int ocre__posix_set_size(void *ctx, int32_t fd, uint64_t size);
int ocre__posix_set_times(void *ctx, int32_t fd, const struct ocre_port_times *times);
int ocre__posix_set_append(void *ctx, int32_t fd, bool append);
int ocre__posix_allocate(void *ctx, int32_t fd, uint64_t offset, uint64_t size);
int ocre__posix_advise(void *ctx, int32_t fd, uint64_t offset, uint64_t size,
		       enum ocre_port_advice advice);
int ocre__posix_sync(void *ctx, int32_t fd, bool data_only);
int ocre__posix_read_dir(void *ctx, int32_t fd, uint64_t cookie, ocre_port_dirent_fn each,
			 void *arg);
int ocre__posix_file_load(void *ctx, const char *path, bool immutable, size_t limit,
			  struct ocre_port_file *out);
void ocre__posix_file_unload(void *ctx, struct ocre_port_file *file);

/* path.c */
bool ocre__posix_probe_openat2(void);
int ocre__posix_open_root(void *ctx, const char *path, int32_t *fd);
int ocre__posix_open_at(void *ctx, int32_t dir, const char *path, uint32_t flags, int32_t *fd);
int ocre__posix_stat_at(void *ctx, int32_t dir, const char *path, bool follow,
			struct ocre_port_stat *out);
int ocre__posix_set_times_at(void *ctx, int32_t dir, const char *path, bool follow,
			     const struct ocre_port_times *times);
int ocre__posix_make_dir_at(void *ctx, int32_t dir, const char *path);
int ocre__posix_remove_dir_at(void *ctx, int32_t dir, const char *path);
int ocre__posix_unlink_at(void *ctx, int32_t dir, const char *path);
int ocre__posix_rename_at(void *ctx, int32_t old_dir, const char *old_path, int32_t new_dir,
			  const char *new_path);
int ocre__posix_link_at(void *ctx, int32_t old_dir, const char *old_path, int32_t new_dir,
			const char *new_path);
int ocre__posix_symlink_at(void *ctx, const char *target, int32_t dir, const char *path);
int64_t ocre__posix_readlink_at(void *ctx, int32_t dir, const char *path, char *data, size_t size);

/* threads.c */
extern const struct ocre_port_thread_ops ocre__posix_threads;

/* ready.c */
int ocre__posix_wake_init(struct ocre_port_posix *posix);
int ocre__posix_accept(void *ctx, int32_t fd, int32_t *out);
int64_t ocre__posix_recv(void *ctx, int32_t fd, void *data, size_t size, uint32_t flags,
			 bool *truncated);
int64_t ocre__posix_send(void *ctx, int32_t fd, const void *data, size_t size);
int ocre__posix_shutdown(void *ctx, int32_t fd, uint32_t how);
int ocre__posix_ready(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		      struct ocre_port_ready *out);
int ocre__posix_wait(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		     uint64_t deadline_ns, uint8_t *ready);
void ocre__posix_wake(void *ctx);

/* socket.c */
extern const struct ocre_port_socket_ops ocre__posix_sockets;
int ocre__posix_lookups_init(struct ocre_port_posix *posix);
void ocre__posix_lookups_deinit(struct ocre_port_posix *posix);

#endif /* OCRE_PORTS_POSIX_H */
