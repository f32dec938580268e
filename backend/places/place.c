/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which places can be listed, by scheme: one table. */
#include "place.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../remote/kernel_mount.h"
#include "../remote/remote.h"
#include "../remote/sftp.h"

#define PATIENCE_S 30.0

static int open_path(struct context *ctx, struct place *place, bool write)
{
	(void)write;
	place->type = &place_directory;
	place->fd = open(place->location->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->fd >= 0)
		return 0;
	if (errno == ENOTDIR)
		return context_fail(ctx, ENOTDIR, "%s is no directory, and only directories and servers hold several sets", place->shown);
	return context_fail(ctx, errno, "the directory %s cannot be opened: %s", place->shown, strerror(errno));
}

static int open_mounted(struct context *ctx, struct place *place, bool write)
{
	AUTO_FREE char *rest = NULL;

	place->type = &place_directory;
	place->fd = write ? kernel_mount_open_to_write(ctx, place->location, &rest) : kernel_mount_open(ctx, place->location);
	if (place->fd < 0)
		return place->fd;
	/* To be written to, the nearest directory above one that is missing would do. */
	if (rest && strcmp(rest, ".") != 0)
		return context_fail(ctx, ENOENT, "there is no directory at %s: check the name", place->shown);
	return 0;
}

static int open_s3(struct context *ctx, struct place *place, bool write)
{
	(void)write;
	place->type = &place_s3;
	return remote_new(ctx, place->location, PATIENCE_S, &place->remote);
}

static int open_sftp(struct context *ctx, struct place *place, bool write)
{
	(void)write;
	place->type = &place_sftp;
	return sftp_new(ctx, place->location, PATIENCE_S, &place->sftp);
}

static const struct {
	const char *scheme;
	int (*open)(struct context *ctx, struct place *place, bool write);
} schemes[] = {
	{ LOCATION_PATH, open_path }, { "nfs", open_mounted }, { "smb", open_mounted }, { "s3", open_s3 }, { "ssh", open_sftp },
};

static int open_place(struct context *ctx, struct place *place, bool write)
{
	for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++)
		if (location_has_scheme(place->location, schemes[i].scheme))
			return schemes[i].open(ctx, place, write);
	if (location_has_scheme(place->location, "http") || location_has_scheme(place->location, "https"))
		return context_fail(ctx, EOPNOTSUPP, "%s cannot be listed: an HTTP server does not say what it has; name a set there with 'lifeboat show --set'",
				    place->shown);
	return context_fail(ctx, EOPNOTSUPP, "%s cannot be listed: Lifeboat lists the sets in directories, and on NFS, SMB, SSH and S3 servers", place->shown);
}

int place_open(struct context *ctx, const char *where, bool write, struct place **ret)
{
	AUTO_PLACE struct place *place = calloc(1, sizeof(*place));
	int r;

	if (!place)
		return context_oom(ctx);
	place->fd = -1;
	r = location_parse(ctx, where, &place->location);
	if (r < 0)
		return r;
	place->shown = location_show(place->location);
	r = place->shown ? open_place(ctx, place, write) : context_oom(ctx);
	if (r == 0)
		*ret = TAKE_POINTER(place);
	return r;
}

void place_close(struct place *place)
{
	if (!place)
		return;
	if (place->fd >= 0)
		close(place->fd);
	remote_free(place->remote);
	sftp_free(place->sftp);
	location_free(place->location);
	free(place->shown);
	free(place);
}

int place_list(struct context *ctx, struct place *place, const char *folder, int (*each)(void *data, const struct place_item *item), void *data)
{
	int r = place->type->list(ctx, place, folder, each, data);

	return r == -ENOMEM ? context_oom(ctx) : r;
}

/* In an address all but what needs none is escaped. */
static char *escape(const char *name)
{
	AUTO_BUFFER struct buffer escaped = { 0 };

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;
		char text[sizeof("%00")];
		int n = snprintf(text, sizeof(text), (c < 0x80 && isalnum(c)) || strchr("-._~/", c) ? "%c" : "%%%02X", c);

		if (buffer_append(&escaped, text, (size_t)n) < 0)
			return NULL;
	}
	return escaped.data ? TAKE_POINTER(escaped.data) : strdup("");
}

char *place_address(const struct place *place, const char *folder)
{
	const char *path = place->location->path;
	bool local = location_has_scheme(place->location, LOCATION_PATH), slash = *path && path[strlen(path) - 1] == '/';
	AUTO_FREE char *name = local ? strdup(folder) : escape(folder);
	AUTO_FREE char *whole = name ? text_format("%s%s%s", path, slash || !*folder ? "" : "/", name) : NULL;
	struct location child = *place->location;

	child.path = whole;
	return whole ? location_print(&child) : NULL;
}

int place_hold(struct context *ctx, struct place *place, const char *folder, int *ret_fd)
{
	*ret_fd = -1;
	return place->type->hold ? place->type->hold(ctx, place, folder, ret_fd) : 0;
}

int place_remove(struct context *ctx, struct place *place, const char *path)
{
	return place->type->remove(ctx, place, path);
}

int place_remove_folder(struct context *ctx, struct place *place, const char *folder, bool *ret_left)
{
	*ret_left = false;
	return place->type->remove_folder ? place->type->remove_folder(ctx, place, folder, ret_left) : 0;
}
