/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Removing sets: what was looked at is looked at again, the manifest goes first, and nothing goes whose name is not a member's. */
#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../set/manifest.h"
#include "../sink/names.h"
#include "sets.h"

struct names {
	const char *folder;      /* below the set's */
	char **owned;
	size_t count;
};

static int keep_owned(void *data, const struct place_item *item)
{
	struct names *names = data;

	/* Nor the manifest, which went first, if it came back. */
	if (!item->file || !set_owns_name(names->folder, item->name) || (!*names->folder && !strcmp(item->name, MANIFEST_NAME)))
		return 0;
	return strv_append_counted(&names->owned, &names->count, item->name);
}

static char *join(const char *above, const char *name)
{
	return text_format("%s%s%s", above, *above && *name ? "/" : "", name);
}

/* Removes the members in FOLDER below the set's. */
static int remove_members(struct context *ctx, struct place *place, const struct known_set *set, const char *folder)
{
	AUTO_FREE char *path = join(set->folder, folder);
	struct names names = { .folder = folder };
	int r = path ? place_list(ctx, place, path, keep_owned, &names) : context_oom(ctx);

	for (size_t i = 0; r == 0 && i < names.count; i++) {
		AUTO_FREE char *member = join(path, names.owned[i]);

		r = member ? place_remove(ctx, place, member) : context_oom(ctx);
	}
	strv_free(names.owned);
	return r;
}

static int remove_folder(struct context *ctx, struct place *place, const struct known_set *set, const char *folder, bool *left)
{
	AUTO_FREE char *path = join(set->folder, folder);
	bool some = false;
	int r = path ? place_remove_folder(ctx, place, path, &some) : context_oom(ctx);

	*left |= some;
	return r;
}

static int remove_set(struct context *ctx, struct place *place, struct known_set *set)
{
	static const char *const folders[] = { SEGMENTS_NAME, ATTACHMENTS_NAME };
	AUTO_FREE char *manifest = join(set->folder, MANIFEST_NAME), *shown = bytes_escape(set->folder, strlen(set->folder));
	bool left = false;
	int r = manifest && shown ? place_remove(ctx, place, manifest) : context_oom(ctx);

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(folders); i++) {
		r = remove_members(ctx, place, set, folders[i]);
		if (r == 0)
			r = remove_folder(ctx, place, set, folders[i], &left);
	}
	if (r == 0 && place->type->sweep)
		r = place->type->sweep(ctx, place, set->folder);
	/* A claim, if there is one, lies at the top: last. */
	if (r == 0)
		r = remove_members(ctx, place, set, "");
	if (r == 0 && *set->folder)
		r = remove_folder(ctx, place, set, "", &left);
	if (r < 0)
		return r;
	set->removed = true;
	if (left)
		context_warn(ctx, "the set %s was removed, and its directory stays, because files lie in it that are not the set's", shown);
	return 0;
}

/* Whether it is still what was shown. */
static bool is_same(const struct known_set *now, const struct known_set *then)
{
	if (now->state != then->state)
		return false;
	return then->state == SET_HALF ? now->created == then->created : !strcmp(now->manifest, then->manifest);
}

/* While it is held. */
static int prune_held(struct context *ctx, struct place *place, struct known_set *set, const char *shown)
{
	struct known_set now = { 0 };
	bool is = false, same;
	int r = known_set_look(ctx, place, set->folder, &now, &is);

	same = is && is_same(&now, set);
	known_set_done(&now);
	if (r < 0)
		return r;
	if (!same) {
		context_warn(ctx, "the set %s is left as it is: it has changed since it was looked at", shown);
		return 0;
	}
	return remove_set(ctx, place, set);
}

static int prune_one(struct context *ctx, struct place *place, struct known_set *set)
{
	AUTO_FREE char *shown = bytes_escape(*set->folder ? set->folder : ".", strlen(*set->folder ? set->folder : "."));
	int fd = -1, r = shown ? place_hold(ctx, place, set->folder, &fd) : context_oom(ctx);

	if (r == -EBUSY) {
		context_warn(ctx, "the set %s is left as it is: a capture is writing to it", shown);
		return 0;
	}
	if (r == 0)
		r = prune_held(ctx, place, set, shown);
	place_let_go(place, fd);
	return r;
}

int sets_prune(struct context *ctx, struct sets *sets)
{
	int first = 0;

	for (size_t i = 0; i < sets->count; i++) {
		int r = sets->sets[i].goes ? context_check_cancel(ctx) : 0;

		if (r == 0 && sets->sets[i].goes)
			r = prune_one(ctx, sets->place, &sets->sets[i]);
		if (r == -ECANCELED || r == -ENOMEM)
			return first ? first : r;
		/* The first sentence is the one that the context keeps. */
		first = first ? first : r;
	}
	return first;
}
