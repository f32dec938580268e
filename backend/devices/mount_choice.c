/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mount_choice.h"

#include <errno.h>
#include <string.h>

#include "mount_kinds.h"
#include "mount_parts.h"

/* Mounts of one directory of one filesystem. */
struct group {
	struct mount_point **points; /* in the order of preference */
	size_t count;
	const struct mount_point *walked; /* the one that is captured; NULL: all are seen through another mount */
};

struct choosing {
	struct mount_tree *tree;
	struct group *groups;    /* in the order of their filesystems and directories */
	size_t count;
};

static int compare_parts(const struct mount_point *x, const struct mount_point *y)
{
	if (x->entry->major != y->entry->major)
		return x->entry->major < y->entry->major ? -1 : 1;
	if (x->entry->minor != y->entry->minor)
		return x->entry->minor < y->entry->minor ? -1 : 1;
	return mount_path_order(x->part, y->part);
}

/* The root directory comes first; then what needs no directories that a filesystem in memory holds; then the kernel's order. */
static int by_part(const void *a, const void *b)
{
	const struct mount_point *const *x = a, *const *y = b;
	int order = compare_parts(*x, *y);
	bool x_root = !strcmp((*x)->path, "."), y_root = !strcmp((*y)->path, ".");
	bool x_made = (*x)->above && !mount_is_on_disk((*x)->above->entry), y_made = (*y)->above && !mount_is_on_disk((*y)->above->entry);

	if (order || x_root != y_root)
		return order ? order : x_root ? -1 : 1;
	if (x_made != y_made)
		return x_made ? 1 : -1;
	return (*x)->entry < (*y)->entry ? -1 : (*x)->entry > (*y)->entry;
}

static int leave(struct mount_point *point, char *reason)
{
	point->choice = MOUNT_LEAVE;
	point->reason = reason;
	return reason ? 0 : -ENOMEM;
}

static char *printable(const char *path)
{
	return bytes_escape(path, strlen(path));
}

/* Leaves out what needs no comparison with others; *RET_CANDIDATE for all else. */
static int choose_by_kind(struct mount_point *point, bool *ret_candidate)
{
	const char *kind = point->entry->kind, *deleted = strstr(point->part, "//deleted");

	*ret_candidate = false;
	point->choice = MOUNT_WALK;
	if (mount_is_network(point->entry))
		return leave(point, sentence("%s, a network mount: its files belong to another machine", kind));
	if (mount_is_served_by_program(point->entry))
		return leave(point, sentence("%s, a filesystem that a program serves: it is not looked into", kind));
	if (!strcmp(kind, "autofs"))
		return leave(point, sentence("autofs, an automount point: nothing is mounted there now"));
	if (!mount_is_on_disk(point->entry))
		return leave(point, sentence("%s: not a filesystem on a disk", kind));
	if (deleted && !deleted[9])
		return leave(point, sentence("%s: something that is deleted", kind));
	if (point->blind) {
		AUTO_FREE char *target = printable(point->blind->target);

		return leave(point, target ? sentence("it lies below the %s mounted at %s, which is not looked into",
							 point->blind->entry->kind, target) : NULL);
	}
	*ret_candidate = true;
	return 0;
}

static int leave_as_view(struct mount_point *point, const struct mount_point *other)
{
	AUTO_FREE char *target = printable(other->target);

	return leave(point, target ? sentence("a second view of files that are captured at %s", target) : NULL);
}

/* Where WALKED, mounted from further up in the same filesystem, has the directory that POINT shows. */
static char *place_in(const struct mount_point *walked, const struct mount_point *point)
{
	const char *rest;

	if (!path_is_below(point->part, walked->part, &rest))
		return NULL;
	return text_format("%s%s", walked->target[1] ? walked->target : "", rest);
}

static int by_group(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return compare_parts(x->points[0], y->points[0]);
}

/* Calls TAKE for every walked mount of the same filesystem that stands further up in it, nearest first, with the place at which it has the
 * directory of GROUP; until it gives other than 0. */
static int each_above(struct choosing *choosing, struct group *group,
		      int (*take)(struct choosing *choosing, struct group *group, const struct mount_point *walked, const char *place))
{
	struct mount_point key = *group->points[0], *pointer = &key;
	AUTO_FREE char *part = strdup(key.part);
	char *cut;
	int r = part ? 0 : -ENOMEM;

	key.part = part;
	while (r == 0 && part[1] && (cut = strrchr(part, '/'))) {
		const struct group wanted = { .points = &pointer }, *found;
		AUTO_FREE char *place = NULL;

		cut[cut == part] = '\0';
		found = bsearch(&wanted, choosing->groups, choosing->count, sizeof(*choosing->groups), by_group);
		if (!found || !found->walked)
			continue;
		place = place_in(found->walked, group->points[0]);
		r = place ? take(choosing, group, found->walked, place) : -ENOMEM;
	}
	return r;
}

/* All are left out when WALKED shows the directory, too. A mount on that very place is its best view. 1: what stands still further up shows
 * the same, or nothing. */
static int find_other_view(struct choosing *choosing, struct group *group, const struct mount_point *walked, const char *place)
{
	const struct mount_point *seen = mount_tree_containing(choosing->tree, place);

	for (size_t i = 0; i < group->count && seen == walked; i++)
		if (leave_as_view(group->points[i], walked) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < group->count; i++)
		if (group->points[i] == seen && !strcmp(seen->target, place))
			group->walked = seen;
	return 1;
}

static int choose_group(struct choosing *choosing, struct group *group)
{
	bool is_root = !strcmp(group->points[0]->path, ".");
	int r = is_root || group->points[0]->is_subvolume ? 0 : each_above(choosing, group, find_other_view);

	if (r < 0 || group->points[0]->choice == MOUNT_LEAVE)
		return r < 0 ? r : 0;
	r = 0;
	if (!group->walked)
		group->walked = group->points[0];
	for (size_t i = 0; i < group->count && r == 0; i++)
		if (group->points[i] != group->walked)
			r = leave_as_view(group->points[i], group->walked);
	return r;
}

/* Where WALKED shows the subvolume of GROUP it is left out: its own mount is where it is captured. */
static int add_view(struct choosing *choosing, struct group *group, const struct mount_point *walked, const char *place)
{
	struct mount_tree *tree = choosing->tree;
	AUTO_FREE char *target = printable(group->walked->target);
	struct mount_view view = { 0 };
	const char *rest;

	(void)walked;
	if (!strcmp(place, group->walked->target) || !path_is_below(place, tree->root, &rest) || !rest[1])
		return 0;
	if (tree->view_count == tree->view_capacity) {
		size_t capacity = tree->view_capacity ? 2 * tree->view_capacity : 16;
		struct mount_view *grown = reallocarray(tree->views, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		tree->views = grown;
		tree->view_capacity = capacity;
	}
	view.path = strdup(rest + 1);
	view.reason = target ? sentence("a second view of files that are captured at %s", target) : NULL;
	tree->views[tree->view_count++] = view;
	return view.path && view.reason ? 0 : -ENOMEM;
}

static int by_view(const void *a, const void *b)
{
	const struct mount_view *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int add_views(struct choosing *choosing)
{
	struct mount_tree *tree = choosing->tree;
	int r = 0;

	for (size_t i = 0; i < choosing->count && r == 0; i++)
		if (choosing->groups[i].walked && choosing->groups[i].points[0]->is_subvolume)
			r = each_above(choosing, &choosing->groups[i], add_view);
	if (tree->view_count)
		qsort(tree->views, tree->view_count, sizeof(*tree->views), by_view);
	return r;
}

/* Groups are chosen in their order: what lies further up in a filesystem first. */
static int choose_candidates(struct choosing *choosing, struct mount_point **points, size_t count)
{
	int r = 0;

	qsort(points, count, sizeof(*points), by_part);
	for (size_t i = 0; i < count && r == 0;) {
		struct group *group = &choosing->groups[choosing->count++];

		group->points = &points[i];
		while (i < count && !compare_parts(group->points[0], points[i]))
			i++, group->count++;
		r = choose_group(choosing, group);
	}
	return r == 0 ? add_views(choosing) : r;
}

int mount_tree_choose(struct mount_tree *tree)
{
	AUTO_FREE struct mount_point **points = calloc(tree->count + 1, sizeof(struct mount_point *));
	AUTO_FREE struct group *groups = calloc(tree->count + 1, sizeof(*groups));
	struct choosing choosing = { .tree = tree, .groups = groups };
	size_t count = 0;
	int r = points && groups ? 0 : -ENOMEM;

	for (size_t i = 0; i < tree->count && r == 0; i++) {
		struct mount_point *point = &tree->points[i];
		bool is_candidate = point->path && !strcmp(point->path, ".");

		/* The root directory is captured whatever it lies on: the operator named it. */
		if (point->path && !is_candidate)
			r = choose_by_kind(point, &is_candidate);
		if (is_candidate)
			points[count++] = point;
	}
	return r == 0 ? choose_candidates(&choosing, points, count) : r;
}
