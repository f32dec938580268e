/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit_kept.h"

#include <errno.h>
#include <string.h>

#include "../stack/raid_arguments.h"
#include "array_members.h"

struct keeping {
	const struct layout *wanted;
	bool *left_out;          /* by number of the node in WANTED */
	struct layout *copy;     /* of WANTED: arrays have fewer members there, and in the end what is left out is not there */
};

static void keeping_done(struct keeping *keeping)
{
	free(keeping->left_out);
	layout_free(keeping->copy);
}

static bool is_mapped(const struct disk_map *map, const struct node *disk)
{
	for (size_t i = 0; i < map->count; i++)
		if (!strcmp(map->pairs[i].source, disk->id))
			return map->pairs[i].target;
	return false;
}

static bool is_left_out(const struct keeping *keeping, const char *id)
{
	for (size_t i = 0; i < keeping->wanted->count; i++)
		if (!strcmp(keeping->wanted->nodes[i]->id, id))
			return keeping->left_out[i];
	return true;
}

/* Keeps the array number I without the members that are left out, if it can be made so. 0 or -errno. */
static int keep_array(struct keeping *keeping, size_t i)
{
	struct node *array = keeping->copy->nodes[i];
	size_t count = strv_length(array->on), kept = 0;
	AUTO_FREE bool *gone = calloc(count, sizeof(*gone));
	AUTO_FREE char *why = NULL;
	int r = gone ? 0 : -ENOMEM;

	for (size_t k = 0; gone && k < count; k++) {
		gone[k] = is_left_out(keeping, array->on[k]);
		kept += !gone[k];
	}
	if (r == 0 && kept)
		r = array_remove(array, gone);
	if (r == 0 && kept && raid_can_make(array, &why))
		keeping->left_out[i] = false;
	return r;
}

/* Decides on node I, after all that it lies on. 0 or -errno. */
static int decide(struct keeping *keeping, const struct disk_map *map, size_t i)
{
	struct node *node = keeping->copy->nodes[i];
	bool *left_out = &keeping->left_out[i];

	*left_out = node->type == NODE_DISK && !is_mapped(map, node);
	for (char **id = node->on; id && *id && !*left_out; id++)
		*left_out = is_left_out(keeping, *id);
	return *left_out && node->type == NODE_RAID ? keep_array(keeping, i) : 0;
}

/* Takes what is left out out of the copy: what lies on others first. Whether there was any. */
static bool drop_left_out(struct keeping *keeping)
{
	size_t count = keeping->copy->count;

	for (size_t i = count; i > 0; i--)
		if (keeping->left_out[i - 1])
			layout_remove(keeping->copy, keeping->copy->nodes[i - 1]);
	return keeping->copy->count < count;
}

int fit_kept(struct context *ctx, const struct layout *wanted, const struct disk_map *map, struct layout **ret)
{
	CLEANUP(keeping_done) struct keeping keeping = { .wanted = wanted };
	int r = layout_copy(ctx, wanted, &keeping.copy);

	if (r)
		return r;
	keeping.left_out = calloc(wanted->count + 1, sizeof(*keeping.left_out));
	r = keeping.left_out ? 0 : -ENOMEM;
	/* A copy has the nodes in the same order. */
	for (size_t i = 0; r == 0 && i < wanted->count; i++) {
		keeping.copy->nodes[i]->sizing = wanted->nodes[i]->sizing;
		keeping.copy->nodes[i]->percent = wanted->nodes[i]->percent;
		keeping.copy->nodes[i]->chosen = wanted->nodes[i]->chosen;
		r = decide(&keeping, map, i);
	}
	if (r < 0)
		return r == -ENOMEM ? context_oom(ctx) : context_fail(ctx, -r, "%s", strerror(-r));
	r = drop_left_out(&keeping) ? layout_check(ctx, keeping.copy) : 0;
	if (r == 0)
		*ret = TAKE_POINTER(keeping.copy);
	return r;
}
