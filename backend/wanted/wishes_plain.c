/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wishes_plain.h"

#include <errno.h>
#include <string.h>

#include "../fit/fit.h"
#include "../fit/sizes.h"
#include "partition_kinds.h"
#include "shape.h"

#define MIB (1ULL << 20)

/* The one of MEMBERS that takes over what lies on the array: what the wish names, where it is still a member. */
static const char *member_of(const struct wish *wish, char *const *members)
{
	return wish->member && strv_contains(members, wish->member) ? wish->member : members[0];
}

/* A partition that said it was part of an array, or encrypted, says what it holds now. 0 or -ENOMEM. */
static int follow_kinds(struct layout *layout, char *const *ids)
{
	int r = 0;

	for (char *const *id = ids; r == 0 && *id; id++) {
		struct node *partition = layout_find(layout, *id);

		if (partition && partition->type == NODE_PARTITION && partition_kind_is_stacked(partition->partition.kind))
			r = partition_set_kind(partition, partition_kind_of(sizes_content(layout, partition),
									   strncmp(partition->partition.kind, "0x", 2) != 0));
	}
	return r;
}

/* What was spread over the members of ARRAY lies on MEMBER, one of them, alone: it gets as many bytes as the array had. On a disk that has fewer for
 * it, it becomes smaller again as far as what is in it allows. 0 or -ENOMEM. */
static int make_room(struct layout *layout, const struct node *array, const char *member)
{
	struct node *place = layout_find(layout, member), *disk = place;
	const struct node *content = sizes_content(layout, array);
	uint64_t lacking = array->size > place->size ? (array->size - place->size + MIB - 1) / MIB * MIB : 0;
	int r = 0;

	if (array->type != NODE_RAID || !lacking)
		return 0;
	if (place->type == NODE_PARTITION) {
		disk = layout_find(layout, place->on[0]);
		r = fit_resize(layout, disk, place, place->size + lacking);
	} else {
		disk->size += lacking;
	}
	if (content && disk->used)
		disk->used = content->used < disk->size - disk->used ? disk->used + content->used : disk->size;
	return r;
}

/* Takes the node GONE out. 0 or -ENOMEM. */
static int make_plain(const struct wish *wish, struct layout *layout, struct node *gone)
{
	AUTO_STRV char **members = TAKE_POINTER(gone->on);
	int r = make_room(layout, gone, member_of(wish, members));

	if (r == 0)
		r = shape_move_contents(layout, gone->id, member_of(wish, members));
	layout_remove(layout, gone);
	return r < 0 ? r : follow_kinds(layout, members);
}

int wishes_make_plain(struct context *ctx, const struct wish *list, struct layout *layout)
{
	int r = 0;

	for (const struct wish *wish = list; r == 0 && wish->id; wish++) {
		struct node *node = wish->plain ? layout_find(layout, wish->id) : NULL;

		if (node)
			r = make_plain(wish, layout, node) < 0 ? context_oom(ctx) : 0;
	}
	return r;
}
