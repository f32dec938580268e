/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wishes.h"

#include <errno.h>
#include <string.h>

#include "../fit/fit.h"
#include "../fit/sizes.h"
#include "../fit/sizes_group.h"
#include "shape.h"
#include "wishes_join.h"
#include "wishes_members.h"
#include "wishes_parts.h"
#include "wishes_plain.h"
#include "wishes_spread.h"

#define MIB (1ULL << 20)
/* mkswap(8) takes less; a smaller one serves nobody. */

/* ---- leaving out ---- */

static bool is_dropped(json_t *wishes, const struct node *node)
{
	return json_is_true(json_object_get(json_object_get(wishes, node->id), "drop"));
}

/* Logical partitions lie in the extended one, though the graph has them on the disk; and the kernel numbers them without gaps. */
static int check_logical(struct context *ctx, const struct layout *captured, const struct layout *kept)
{
	for (size_t i = 0; i < captured->count; i++) {
		const struct node *gone = captured->nodes[i], *node;
		bool logical = wish_has_role(gone, "logical");
		AUTO_FREE char *name = NULL, *other = NULL;

		if (layout_find(kept, gone->id) || (!logical && !wish_has_role(gone, "extended")))
			continue;
		name = wish_name(gone);
		for (size_t at = 0; (node = layout_next_child(kept, gone->on[0], NODE_PARTITION, &at));)
			if (wish_has_role(node, "logical") && (!logical || node->partition.number > gone->partition.number)) {
				other = wish_name(node);
				return context_fail(ctx, EINVAL,
						    logical ? N_("%s cannot be left out alone: behind it lies %s, which would get another number") :
							      N_("%s cannot be left out alone: %s lies in it"),
						    name ? name : gone->id, other ? other : node->id);
			}
	}
	return 0;
}

static int check_root(struct context *ctx, const struct layout *captured, const struct layout *kept)
{
	for (size_t i = 0; i < captured->count; i++) {
		const struct node *node = captured->nodes[i], *filesystem = layout_filesystem_of(captured, node);
		AUTO_FREE char *name = NULL;

		if (node->type != NODE_MOUNT || strcmp(node->mount.path, "/") || layout_find(kept, node->id))
			continue;
		name = filesystem ? wish_name(filesystem) : NULL;
		return context_fail(ctx, EINVAL, "%s holds /, which the machine starts from: it cannot be left out, nor can what it lies on",
				    name ? name : node->on[0]);
	}
	return 0;
}

/* What lay behind the dropped partition GONE moves up by whole MiB, the extended partition around it becomes smaller, and so does the disk. */
static void close_gap(struct layout *wanted, const struct node *gone)
{
	uint64_t size = gone->size / MIB * MIB, end = gone->partition.start + gone->size;
	struct node *disk = layout_find(wanted, gone->on[0]), *node;

	for (size_t at = 0; disk && (node = layout_next_child(wanted, disk->id, NODE_PARTITION, &at));) {
		if (node->partition.start >= end)
			node->partition.start -= size;
		else if (node->partition.start + node->size >= end)
			node->size -= size;
	}
	if (disk)
		disk->size -= size;
}

static int compare_places(const void *a, const void *b)
{
	const struct node *one = *(const struct node *const *)a, *two = *(const struct node *const *)b;

	return one->partition.start < two->partition.start ? 1 : one->partition.start > two->partition.start ? -1 : 0;
}

/* The logical partitions of a dropped extended one are dropped, too, and were no room of their own. */
static bool is_gap(const struct layout *captured, const struct layout *wanted, const struct node *node)
{
	const struct node *other;

	if (node->type != NODE_PARTITION || layout_find(wanted, node->id) || !wish_is_on_disk(captured, node))
		return false;
	for (size_t at = 0; wish_has_role(node, "logical") && (other = layout_next_child(captured, node->on[0], NODE_PARTITION, &at));)
		if (wish_has_role(other, "extended") && !layout_find(wanted, other->id))
			return false;
	return true;
}

/* The last first, so that those in front are still where CAPTURED has them. */
static int close_gaps(struct context *ctx, const struct layout *captured, struct layout *wanted)
{
	AUTO_FREE const struct node **gaps = calloc(captured->count + 1, sizeof(*gaps));
	size_t count = 0;

	if (!gaps)
		return context_oom(ctx);
	for (size_t i = 0; i < captured->count; i++)
		if (is_gap(captured, wanted, captured->nodes[i]))
			gaps[count++] = captured->nodes[i];
	qsort(gaps, count, sizeof(*gaps), compare_places);
	for (size_t i = 0; i < count; i++)
		close_gap(wanted, gaps[i]);
	return 0;
}

/* The hidden parts of volumes that are not made go with them; the last first, for parts have parts. */
static void drop_parts(const struct layout *captured, bool *dropped)
{
	for (size_t i = captured->count; i > 0; i--) {
		bool used = false, had_use = false;

		if (captured->nodes[i - 1]->type != NODE_LV || !volume_is_hidden(captured->nodes[i - 1]))
			continue;
		for (size_t k = i; k < captured->count; k++) {
			bool above = captured->nodes[k]->type == NODE_LV && strv_contains(captured->nodes[k]->on, captured->nodes[i - 1]->id);

			had_use |= above && dropped[k];
			used |= above && !dropped[k];
		}
		dropped[i - 1] |= had_use && !used;
	}
}

static int copy_kept(struct context *ctx, json_t *wishes, const struct layout *captured, struct layout **ret)
{
	AUTO_FREE struct node **kept = calloc(captured->count + 1, sizeof(struct node *));
	AUTO_FREE bool *dropped = calloc(captured->count + 1, sizeof(*dropped));
	struct layout view = { .nodes = kept };
	int r;

	if (!kept || !dropped)
		return context_oom(ctx);
	for (size_t i = 0; i < captured->count; i++)
		dropped[i] = is_dropped(wishes, captured->nodes[i]);
	layout_spread(captured, dropped);
	drop_parts(captured, dropped);
	for (size_t i = 0; i < captured->count; i++)
		if (!dropped[i])
			view.nodes[view.count++] = captured->nodes[i];
	r = check_root(ctx, captured, &view);
	if (!r)
		r = check_logical(ctx, captured, &view);
	if (!r)
		r = layout_copy(ctx, &view, ret);
	return r ? r : close_gaps(ctx, captured, *ret);
}

/* ---- what lies on what ---- */

/* Whether a logical partition of the disk of EXTENDED, number PLACE, comes before it. */
static bool comes_late(const struct layout *layout, const struct node *extended, size_t place)
{
	for (size_t i = 0; i < place; i++)
		if (wish_has_role(layout->nodes[i], "logical") && !strcmp(layout->nodes[i]->on[0], extended->on[0]))
			return true;
	return false;
}

/* An extended partition comes before the logical ones in it, though the graph has them all on the disk. */
static void order_extended(struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++) {
		struct node *node = layout->nodes[i];
		size_t to = 0;

		if (!wish_has_role(node, "extended") || !comes_late(layout, node, i))
			continue;
		while (strcmp(layout->nodes[to]->id, node->on[0]))
			to++;
		memmove(layout->nodes + to + 2, layout->nodes + to + 1, (i - to - 1) * sizeof(node));
		layout->nodes[to + 1] = node;
	}
}

/* CAPTURED with other arrays, groups and disks beneath what is on them. */
static int change_shape(struct context *ctx, const struct wish *list, const struct layout *captured, struct layout **ret)
{
	AUTO_LAYOUT struct layout *layout = NULL;
	int r = layout_copy(ctx, captured, &layout);

	if (!r)
		r = wishes_set_members(ctx, list, layout);
	if (!r)
		r = wishes_spread(ctx, list, layout);
	if (!r)
		r = wishes_join(ctx, list, layout);
	if (!r)
		r = wishes_make_plain(ctx, list, layout);
	if (!r && layout_sort(layout))
		r = context_oom(ctx);
	if (r)
		return r;
	order_extended(layout);
	*ret = TAKE_POINTER(layout);
	return 0;
}

/* ---- kinds and sizes ---- */

static int change_kind(struct context *ctx, struct node *node, const char *kind)
{
	char *copy = strdup(kind);

	if (!copy)
		return context_oom(ctx);
	free(node->filesystem.kind);
	node->filesystem.kind = copy;
	node_properties_clear(node);
	return 0;
}

/* Partition or volume that has the size of NODE, which it is or which lies on it, and what NODE's SIZE means for it. */
static struct node *sized_node(const struct layout *wanted, const struct node *node, uint64_t *size)
{
	const struct node *found = wish_sized(wanted, node);
	struct node *sized = found ? layout_find(wanted, found->id) : NULL;

	if (sized && node != sized && node->size && node->size < sized->size)
		*size += sized->size - node->size;
	return sized;
}

/* SIZE in whole MiB or extents more or less than SIZED has, so that what lies behind stays aligned. */
static uint64_t aligned_size(const struct layout *wanted, const struct node *sized, uint64_t size)
{
	uint64_t step = sized->type == NODE_LV ? group_extent(wanted, layout_find(wanted, sized->on[0])) : MIB;

	return size > sized->size ? sized->size + (size - sized->size + step - 1) / step * step : sized->size - (sized->size - size) / step * step;
}

static int change_size(struct context *ctx, struct layout *wanted, const struct wish *wish, struct node *sized, uint64_t size)
{
	uint64_t least = sizes_least_chosen(wanted, sized);
	AUTO_FREE char *needs = NULL, *has = NULL, *name = wish_name(sized);

	if (sized->sizing)
		return context_fail(ctx, EINVAL, "The size of %s was chosen twice", name ? name : sized->id);
	sized->sizing = wish->sizing;
	sized->percent = wish->percent;
	if (wish->sizing != SIZING_FIXED)
		return 0;
	size = aligned_size(wanted, sized, size);
	needs = bytes_print_size(least);
	has = bytes_print_size(size);
	if (size < sized->size && size < least)
		return context_fail(ctx, ENOSPC, "%s cannot become as small as %s: its contents need %s", name ? name : sized->id, has ? has : "",
				    needs ? needs : "");
	/* Whether a group has so many extents is known when it is laid onto disks. */
	sized->chosen = size;
	if (sized->type == NODE_LV || size == sized->size)
		return 0;
	return fit_resize(wanted, layout_find(wanted, sized->on[0]), sized, size) ? context_oom(ctx) : 0;
}

/* The sizes that were chosen of nodes of TYPE. */
static int change_sizes(struct context *ctx, struct layout *wanted, const struct wish *list, enum node_type type)
{
	int r = 0;

	for (const struct wish *wish = list; !r && wish->id; wish++) {
		const struct node *node = wish->sizing ? layout_find(wanted, wish->id) : NULL;
		uint64_t size = wish->size;
		struct node *sized = node ? sized_node(wanted, node, &size) : NULL;
		AUTO_FREE char *name = node && !sized ? wish_name(node) : NULL;

		if (node && !sized)
			return context_fail(ctx, EINVAL, "The size of %s cannot be chosen together with the other changes", name ? name : wish->id);
		if (sized && sized->type == type)
			r = change_size(ctx, wanted, wish, sized, size);
	}
	return r;
}

int wishes_apply(struct context *ctx, json_t *wishes, const struct layout *captured, struct layout **ret)
{
	AUTO_FREE struct wish *list = calloc(json_object_size(wishes) + 1, sizeof(*list));
	AUTO_LAYOUT struct layout *shaped = NULL, *before = NULL, *wanted = NULL;
	int r;

	if (wishes && !json_is_object(wishes))
		return context_fail(ctx, EINVAL, "The changes of the plan are no JSON object");
	r = list ? wishes_read(ctx, captured, wishes, list) : context_oom(ctx);
	if (!r)
		r = change_shape(ctx, list, captured, &shaped);
	/* What is left out takes what lies on it then. */
	if (!r)
		r = copy_kept(ctx, wishes, shaped, &wanted);
	for (const struct wish *wish = list; !r && wish->id; wish++) {
		struct node *node = wish->kind ? layout_find(wanted, wish->id) : NULL;

		if (node && strcmp(wish->kind, node->filesystem.kind))
			r = change_kind(ctx, node, wish->kind);
	}
	if (!r)
		r = layout_copy(ctx, wanted, &before);
	if (!r)
		r = change_sizes(ctx, wanted, list, NODE_PARTITION);
	if (!r)
		r = sizes_carry(ctx, before, wanted, fit_array);
	if (!r)
		r = change_sizes(ctx, wanted, list, NODE_LV);
	if (!r && wishes_mark_added(captured, wanted))
		r = context_oom(ctx);
	if (!r)
		*ret = TAKE_POINTER(wanted);
	return r;
}
