/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images.c - loaded images: containers of the same unchanged file, or of the same bytes, share one.
 */
#include "internal.h"

#include <string.h>

/* The largest file that is taken for an image. */
#define IMAGE_MAX ((size_t)1 << 30)

static bool is_image_name(const char *name)
{
	size_t n = 0;

	if (name == NULL || name[0] == '.') {
		return false;
	}
	for (; name[n] != '\0'; n++) {
		char ch = name[n];

		if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
		      (ch >= '0' && ch <= '9') || ch == '.' || ch == '_' || ch == '-')) {
			return false;
		}
	}
	return n > 0 && n < 256;
}

static bool same_bytes(const struct ocre__image *image, const struct ocre_container_config *config)
{
	return image->path == NULL && image->bytes.data == config->bytes.data &&
	       image->bytes.size == config->bytes.size && image->code.data == config->code.data;
}

static bool same_file(const struct ocre__image *image, const struct ocre_port_stat *st,
		      const char *path)
{
	return image->path != NULL && image->device == st->device && image->inode == st->inode &&
	       image->size == st->size && image->mtime_ns == st->mtime_ns &&
	       strcmp(image->path, path) == 0;
}

static struct ocre__image *find(struct ocre_context *context, const struct ocre__driver *driver,
				const struct ocre_container_config *config,
				const struct ocre_port_stat *st, const char *path)
{
	struct ocre__image *image;

	for (image = context->images; image != NULL; image = image->next) {
		if (image->driver == driver && image->shared && image->failed == OCRE_OK &&
		    (path == NULL ? same_bytes(image, config) : same_file(image, st, path))) {
			return image;
		}
	}
	return NULL;
}

static void free_image(struct ocre_context *context, struct ocre__image *image)
{
	const struct ocre_port *port = context->port;

	if (image->file.bytes.data != NULL) {
		ocre_mem_uncharge(&context->mem, image->file.bytes.size);
		port->ops->file_unload(port->ctx, &image->file);
	}
	ocre_mem_free(&context->mem, image->path, image->path_size);
	ocre_mem_free(&context->mem, image, sizeof(*image));
}

static void unlink_image(struct ocre_context *context, struct ocre__image *image)
{
	struct ocre__image **at = &context->images;

	while (*at != NULL && *at != image) {
		at = &(*at)->next;
	}
	if (*at == image) {
		*at = image->next;
	}
}

void ocre__image_put(struct ocre_context *context, struct ocre__image *image)
{
	if (--image->users > 0) {
		return;
	}
	unlink_image(context, image);
	ocre__unlock(context);
	if (image->failed == OCRE_OK) {
		image->driver->driver->unload(image->driver->opened, image->loaded);
	}
	free_image(context, image);
	ocre__lock(context);
}

/* <workdir>/images/<image>, from ocre_mem_alloc. */
static int path_of(struct ocre_context *context, const char *name, char **path, size_t *size)
{
	static const char folder[] = "/images/";
	size_t dir = strlen(context->workdir);

	*size = dir + sizeof(folder) + strlen(name);
	*path = ocre_mem_alloc(&context->mem, *size);
	if (*path == NULL) {
		return OCRE_E_NOMEM;
	}
	memcpy(*path, context->workdir, dir);
	memcpy(*path + dir, folder, sizeof(folder) - 1);
	memcpy(*path + dir + sizeof(folder) - 1, name, strlen(name));
	return OCRE_OK;
}

static int load_file(struct ocre_context *context, struct ocre__image *image, const char *name,
		     struct ocre_diag *diag)
{
	const struct ocre_port *port = context->port;
	int rc = port->ops->file_load(port->ctx, image->path, false, IMAGE_MAX, &image->file);

	if (rc != 0) {
		memset(&image->file, 0, sizeof(image->file));
		return ocre_diag_set(diag, rc == -OCRE_ERRNO_NOENT ? OCRE_E_NOTFOUND : OCRE_E_IO,
				     OCRE_NO_OFFSET,
				     "image %s cannot be read: error %d of the port", name, rc);
	}
	if (!ocre_mem_charge(&context->mem, image->file.bytes.size)) {
		port->ops->file_unload(port->ctx, &image->file);
		memset(&image->file, 0, sizeof(image->file));
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "no memory for the image %s", name);
	}
	image->bytes = image->file.bytes;
	return OCRE_OK;
}

/* Without the lock: it is marked as loading, so nobody else touches it. */
static int load(struct ocre_context *context, struct ocre__image *image, const char *name,
		struct ocre_diag *diag)
{
	const struct ocre_driver *driver = image->driver->driver;
	struct ocre_driver_image in = {.path = image->path};
	int rc = OCRE_OK;

	if (image->path != NULL && driver->run != NULL) {
		rc = load_file(context, image, name, diag);
	}
	if (rc != OCRE_OK) {
		return rc;
	}
	in.bytes = image->bytes;
	in.code = image->file.code;
	/* A port's code may be of another build: then it is none. */
	if (in.code.size == 0 ||
	    driver->load(image->driver->opened, &in, &image->loaded, NULL) != OCRE_OK) {
		in.code = image->code;
		rc = driver->load(image->driver->opened, &in, &image->loaded, diag);
	}
	return rc == OCRE_OK ? rc
			     : ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "image %s: %s", name,
					     ocre_status_text(rc));
}

static int wait_loaded(struct ocre_context *context, struct ocre__image *image,
		       struct ocre_diag *diag)
{
	int rc;

	image->users++;
	while (image->loading) {
		ocre__wait_context(context, OCRE__NEVER);
	}
	if (image->failed == OCRE_OK) {
		return OCRE_OK;
	}
	rc = image->failed;
	ocre__image_put(context, image);
	return ocre_diag_set(diag, rc, OCRE_NO_OFFSET,
			     "another container could not load the same image either");
}

static int stat_image(struct ocre_context *context, const struct ocre__driver *driver,
		      const char *name, struct ocre_port_stat *st, struct ocre_diag *diag)
{
	const struct ocre_port *port = context->port;
	int rc;

	memset(st, 0, sizeof(*st));
	if (driver->driver->run == NULL) {
		return OCRE_OK; /* the driver itself looks for it */
	}
	rc = port->ops->stat_at(port->ctx, context->images_dir, name, true, st);
	if (rc == -OCRE_ERRNO_NOENT) {
		return ocre_diag_set(diag, OCRE_E_NOTFOUND, OCRE_NO_OFFSET,
				     "there is no image %s in %s/images", name, context->workdir);
	}
	return rc == 0 ? OCRE_OK
		       : ocre_diag_set(diag, OCRE_E_IO, OCRE_NO_OFFSET,
				       "image %s cannot be read: error %d of the port", name, rc);
}

int ocre__image_get(struct ocre_context *context, const struct ocre__driver *driver,
		    const struct ocre_container_config *config, struct ocre__image **out,
		    struct ocre_diag *diag)
{
	struct ocre_port_stat st;
	struct ocre__image *image;
	char *path = NULL;
	size_t path_size = 0;
	int rc;

	if (config->bytes.data == NULL) {
		if (context->workdir == NULL || !is_image_name(config->image)) {
			return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
					     "'%s' is no name of an image%s",
					     config->image != NULL ? config->image : "",
					     context->workdir == NULL
						     ? " without a working directory: give bytes"
						     : ": a-z A-Z 0-9 . _ - and no dot first");
		}
		rc = stat_image(context, driver, config->image, &st, diag);
		if (rc == OCRE_OK) {
			rc = path_of(context, config->image, &path, &path_size);
		}
		if (rc != OCRE_OK) {
			return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "no memory for an image");
		}
	}
	image = find(context, driver, config, &st, path);
	if (image != NULL) {
		ocre_mem_free(&context->mem, path, path_size);
		rc = wait_loaded(context, image, diag);
		*out = rc == OCRE_OK ? image : *out;
		return rc;
	}
	image = ocre_mem_alloc(&context->mem, sizeof(*image));
	if (image == NULL) {
		ocre_mem_free(&context->mem, path, path_size);
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for an image");
	}
	image->driver = driver;
	image->path = path;
	image->path_size = path_size;
	image->bytes = config->bytes;
	image->code = config->code;
	image->users = 1;
	image->loading = true;
	image->shared = driver->driver->run != NULL;
	if (path != NULL) {
		image->device = st.device;
		image->inode = st.inode;
		image->size = st.size;
		image->mtime_ns = st.mtime_ns;
	}
	image->next = context->images;
	context->images = image;

	ocre__unlock(context);
	rc = load(context, image, config->image != NULL ? config->image : "(bytes)", diag);
	ocre__lock(context);
	image->loading = false;
	image->failed = rc;
	ocre__context_changed(context);
	if (rc != OCRE_OK) {
		ocre__image_put(context, image);
		return rc;
	}
	*out = image;
	return OCRE_OK;
}
