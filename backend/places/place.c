/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which places can be listed, by scheme: one table. */
#include "place.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../remote/remote.h"
#include "../remote/sftp.h"

#define PATIENCE_S 30.0
#define CLOSE_S 3.0

static int open_directory(struct context *ctx, struct place *place, bool write)
{
	place->mounted = !location_has_scheme(place->location, LOCATION_PATH) || file_server_has(ctx, place->location->path);
	place->type = place->mounted ? &place_patient : &place_directory;
	place->fd = place->mounted ? place_patient_open(ctx, place, write) : place_directory_open(ctx, place, write);
	return place->fd < 0 ? place->fd : 0;
}

static int open_s3(struct context *ctx, struct place *place, bool write)
{
	(void)write;
	place->type = &place_s3;
	return remote_new(ctx, place->location, place->server.patience ? place->server.patience : PATIENCE_S, &place->remote);
}

static int open_sftp(struct context *ctx, struct place *place, bool write)
{
	(void)write;
	place->type = &place_sftp;
	return sftp_new(ctx, place->location, place->server.patience ? place->server.patience : PATIENCE_S, &place->sftp);
}

static const struct {
	const char *scheme;
	int (*open)(struct context *ctx, struct place *place, bool write);
} schemes[] = {
	{ LOCATION_PATH, open_directory }, { "nfs", open_directory }, { "smb", open_directory }, { "s3", open_s3 }, { "ssh", open_sftp },
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

int place_open(struct context *ctx, const char *where, bool write, double patience, struct place **ret)
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
	place->server.place = place->shown;
	place->server.patience = patience;
	r = place->shown ? open_place(ctx, place, write) : context_oom(ctx);
	if (r == 0)
		*ret = TAKE_POINTER(place);
	return r;
}

bool place_may_fall_silent(const char *where)
{
	AUTO_LOCATION struct location *location = NULL;
	struct context ctx;
	bool may;

	if (location_parse(NULL, where, &location) < 0)
		return false;
	context_init(&ctx);
	may = location_has_scheme(location, "nfs") || location_has_scheme(location, "smb") ||
	      (location_has_scheme(location, LOCATION_PATH) && file_server_has(&ctx, location->path));
	context_done(&ctx);
	return may;
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

static void close_held(void *data)
{
	close(*(int *)data);
}

void place_let_go(const struct place *place, int fd)
{
	int *held = fd >= 0 && place->mounted ? malloc(sizeof(*held)) : NULL;

	/* The server is asked to unlock it. */
	if (held) {
		*held = fd;
		file_server_try(CLOSE_S, close_held, free, held);
	} else if (fd >= 0) {
		close(fd);
	}
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
