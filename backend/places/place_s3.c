/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A prefix in a bucket of an S3 server with sets below it. Folders are there as long as something is in them. */
#include <string.h>

#include "../core/bytes.h"
#include "../remote/s3.h"
#include "place.h"

struct listener {
	int (*each)(void *data, const struct place_item *item);
	void *data;
	size_t skip;             /* bytes of names that are the folder's */
};

static int tell(void *data, const struct s3_item *item)
{
	const struct listener *listener = data;
	struct place_item told = { .name = item->name + listener->skip, .folder = item->folder, .file = !item->folder, .size = item->size,
				   .changed = item->changed };

	return strlen(item->name) <= listener->skip ? 0 : listener->each(listener->data, &told);
}

static int list(struct context *ctx, struct place *place, const char *folder, int (*each)(void *data, const struct place_item *item), void *data)
{
	AUTO_FREE char *prefix = *folder ? text_format("%s/", folder) : strdup("");
	struct listener listener = { each, data, prefix ? strlen(prefix) : 0 };

	return prefix ? s3_list(ctx, place->remote, prefix, false, tell, &listener) : context_oom(ctx);
}

static int remove_object(struct context *ctx, struct place *place, const char *path)
{
	return s3_delete(ctx, place->remote, path);
}

static int sweep(struct context *ctx, struct place *place, const char *folder)
{
	AUTO_FREE char *prefix = *folder ? text_format("%s/", folder) : strdup("");

	return prefix ? s3_abort_all(ctx, place->remote, prefix) : context_oom(ctx);
}

const struct place_type place_s3 = { .list = list, .remove = remove_object, .sweep = sweep };
