/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory of an SSH server with sets in it. Links in it are told as what no set has. */
#include <errno.h>
#include <string.h>

#include "../remote/sftp.h"
#include "place.h"

struct listener {
	int (*each)(void *data, const struct place_item *item);
	void *data;
};

static int tell(void *data, const struct sftp_entry *entry)
{
	const struct listener *listener = data;
	struct place_item item = { .name = entry->name, .folder = entry->directory, .file = entry->regular, .size = entry->regular ? entry->size : 0,
				   .changed = (time_t)entry->modified };

	return listener->each(listener->data, &item);
}

/* Whether FOLDER is a directory, and those above it: servers follow links, and what lies behind them is not the set's. 1, 0, or -errno. */
static int is_folder(struct context *ctx, struct place *place, const char *folder)
{
	AUTO_FREE char *path = strdup(folder);
	struct sftp_entry entry;

	for (char *slash = path; slash; slash++) {
		int r;

		slash = strchr(slash, '/');
		if (slash)
			*slash = '\0';
		r = *path ? sftp_describe(ctx, place->sftp, path, &entry) : 0;
		if (r < 0 || (*path && !entry.directory))
			return r == -ENOENT ? 0 : r;
		if (!slash)
			return 1;
		*slash = '/';
	}
	return context_oom(ctx);
}

static int list(struct context *ctx, struct place *place, const char *folder, int (*each)(void *data, const struct place_item *item), void *data)
{
	struct listener listener = { each, data };
	int r = is_folder(ctx, place, folder);

	if (r <= 0)
		return r;
	r = sftp_list(ctx, place->sftp, folder, tell, &listener);
	if (r != -ENOENT)
		return r;
	return *folder ? 0 : context_fail(ctx, ENOENT, "there is no directory at %s: check the name", place->shown);
}

static int remove_file(struct context *ctx, struct place *place, const char *path)
{
	int r = sftp_remove(ctx, place->sftp, path);

	return r == -ENOENT ? 0 : r;
}

struct count {
	size_t items;
};

static int count_item(void *data, const struct sftp_entry *entry)
{
	(void)entry;
	((struct count *)data)->items++;
	return 0;
}

/* Servers do not say why a directory cannot be removed: it is looked whether something is in it. */
static int remove_folder(struct context *ctx, struct place *place, const char *folder, bool *ret_left)
{
	struct count count = { 0 };
	int r = is_folder(ctx, place, folder);

	if (r <= 0)
		return r;
	r = sftp_list(ctx, place->sftp, folder, count_item, &count);
	if (r == 0 && count.items) {
		*ret_left = true;
		return 0;
	}
	if (r == 0)
		r = sftp_remove_directory(ctx, place->sftp, folder);
	return r == -ENOENT ? 0 : r;
}

const struct place_type place_sftp = { .list = list, .remove = remove_file, .remove_folder = remove_folder };
