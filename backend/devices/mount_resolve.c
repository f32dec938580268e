/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mount_resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mount_kinds.h"
#include "mount_parts.h"

/* A mount as child of another. */
struct child {
	bool is_orphan;          /* the table does not hold its parent: it stands on the root, or on what lies beneath a chroot */
	const struct mount_entry *entry;
};

/* A mount that resolution enters, and the visible mount it is entered from. */
struct step {
	const struct mount_entry *entry;
	const struct mount_point *above;
};

struct settling {
	struct mount_tree *tree;
	struct child *children;  /* orphans first, then by parent, path, and the later one first */
	struct step *steps;      /* still to be taken */
	size_t depth;
	bool *entered;           /* by index of the table: a table that repeats ids makes no endless work */
};

static int by_id(const void *a, const void *b)
{
	const struct mount_entry *const *x = a, *const *y = b;

	return (*x)->id < (*y)->id ? -1 : (*x)->id > (*y)->id;
}

static int by_parent(const void *a, const void *b)
{
	const struct child *x = a, *y = b;
	int order;

	if (x->is_orphan != y->is_orphan)
		return x->is_orphan ? -1 : 1;
	if (!x->is_orphan && x->entry->parent != y->entry->parent)
		return x->entry->parent < y->entry->parent ? -1 : 1;
	order = mount_path_order(x->entry->path, y->entry->path);
	return order ? order : x->entry < y->entry ? 1 : -1;
}

static int find_children(struct settling *settling)
{
	const struct mount_table *table = &settling->tree->table;
	AUTO_FREE const struct mount_entry **ids = calloc(table->count + 1, sizeof(*ids));

	settling->children = calloc(table->count + 1, sizeof(*settling->children));
	if (!ids || !settling->children)
		return -ENOMEM;
	for (size_t i = 0; i < table->count; i++)
		ids[i] = &table->entries[i];
	qsort(ids, table->count, sizeof(*ids), by_id);
	for (size_t i = 0; i < table->count; i++) {
		const struct mount_entry *entry = &table->entries[i], parent = { .id = entry->parent }, *key = &parent;

		settling->children[i] = (struct child){
			.entry = entry,
			.is_orphan = entry->parent == entry->id || !bsearch(&key, ids, table->count, sizeof(*ids), by_id),
		};
	}
	qsort(settling->children, table->count, sizeof(*settling->children), by_parent);
	return 0;
}

/* Index of the first child that stands on PARENT, NULL for orphans; the table's length when there is none. */
static size_t first_child(const struct settling *settling, const struct mount_entry *parent)
{
	size_t low = 0, high = settling->tree->table.count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct child *child = &settling->children[middle];
		bool before = parent && (child->is_orphan || child->entry->parent < parent->id);

		if (before)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_child(const struct settling *settling, size_t index, const struct mount_entry *parent)
{
	const struct child *child = &settling->children[index];

	if (index >= settling->tree->table.count)
		return false;
	return parent ? !child->is_orphan && child->entry->parent == parent->id : child->is_orphan;
}

static void push(struct settling *settling, const struct mount_entry *entry, const struct mount_point *above)
{
	size_t index = (size_t)(entry - settling->tree->table.entries);

	if (!settling->entered[index])
		settling->steps[settling->depth++] = (struct step){ entry, above };
	settling->entered[index] = true;
}

/* Resolution from the visible mount PARENT (NULL: from the root) enters those of its children whose path no other one covers. */
static void enter_children(struct settling *settling, const struct mount_entry *parent, const struct mount_point *above)
{
	const struct mount_entry *last = NULL;
	const char *rest;

	for (size_t i = first_child(settling, parent); is_child(settling, i, parent); i++) {
		const struct mount_entry *entry = settling->children[i].entry;

		if (!path_is_below(entry->path, parent ? parent->path : "/", &rest) ||
		    (last && path_is_below(entry->path, last->path, &rest)))
			continue;
		push(settling, entry, above);
		last = entry;
	}
}

static bool is_subvolume(const struct mount_entry *entry)
{
	const char *option = entry->superblock_options;
	size_t length = strlen(entry->root);

	if (strcmp(entry->kind, "btrfs"))
		return false;
	while (option && strncmp(option, "subvol=", 7)) {
		option = strchr(option, ',');
		option = option ? option + 1 : NULL;
	}
	return option && !strncmp(option + 7, entry->root, length) && (!option[7 + length] || option[7 + length] == ',');
}

static int add_point(struct mount_tree *tree, const struct mount_entry *entry, const struct mount_point *above)
{
	struct mount_point *point = &tree->points[tree->count++];

	*point = (struct mount_point){
		.entry = entry, .target = entry->path, .path = mount_tree_relative(tree, entry->path), .part = strdup(entry->root),
		.is_mount = true, .is_subvolume = is_subvolume(entry), .above = above,
	};
	/* Whoever captures a directory of a server has requested it. */
	if (above && above->path && strcmp(above->path, "."))
		point->blind = above->blind ? above->blind : mount_is_blind(above->entry) ? above : NULL;
	return point->part ? 0 : -ENOMEM;
}

static int take_steps(struct settling *settling)
{
	struct mount_tree *tree = settling->tree;

	enter_children(settling, NULL, NULL);
	while (settling->depth) {
		struct step step = settling->steps[--settling->depth];
		size_t top = first_child(settling, step.entry);

		/* What stands on its root covers it whole. */
		if (is_child(settling, top, step.entry) && !strcmp(settling->children[top].entry->path, step.entry->path)) {
			push(settling, settling->children[top].entry, step.above);
			continue;
		}
		if (add_point(tree, step.entry, step.above) < 0)
			return -ENOMEM;
		enter_children(settling, step.entry, &tree->points[tree->count - 1]);
	}
	return 0;
}

static int by_target(const void *a, const void *b)
{
	const struct mount_point *const *x = a, *const *y = b;

	return mount_path_order((*x)->target, (*y)->target);
}

static void sort_points(struct mount_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		tree->by_path[i] = &tree->points[i];
	qsort(tree->by_path, tree->count, sizeof(*tree->by_path), by_target);
}

static int by_relative(const void *a, const void *b)
{
	const struct mount_point *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

static void sort_inside(struct mount_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->points[i].path)
			tree->inside[tree->inside_count++] = &tree->points[i];
	qsort(tree->inside, tree->inside_count, sizeof(*tree->inside), by_relative);
}

/* The root directory, where nothing is mounted on it, is a part of the mount it lies in. */
static int add_root(struct mount_tree *tree)
{
	const struct mount_point *on = mount_tree_containing(tree, tree->root);
	struct mount_point *point = &tree->points[tree->count];
	const char *rest;

	if (!on || !path_is_below(tree->root, on->target, &rest) || !rest[1])
		return 0;
	*point = (struct mount_point){ .entry = on->entry, .target = tree->root, .path = ".", .above = on->above };
	point->part = text_format("%s%s", on->part[1] ? on->part : "", rest);
	tree->count++;
	sort_points(tree);
	return point->part ? 0 : -ENOMEM;
}

int mount_tree_resolve(struct mount_tree *tree)
{
	size_t count = tree->table.count;
	struct settling settling = { .tree = tree };
	int r = find_children(&settling);

	settling.steps = calloc(count + 1, sizeof(*settling.steps));
	settling.entered = calloc(count + 1, sizeof(*settling.entered));
	tree->points = calloc(count + 1, sizeof(*tree->points));
	tree->by_path = calloc(count + 1, sizeof(*tree->by_path));
	tree->inside = calloc(count + 1, sizeof(*tree->inside));
	if (r == 0 && settling.steps && settling.entered && tree->points && tree->by_path && tree->inside)
		r = take_steps(&settling);
	else
		r = -ENOMEM;
	free(settling.children);
	free(settling.steps);
	free(settling.entered);
	if (r < 0)
		return r;
	sort_points(tree);
	r = add_root(tree);
	sort_inside(tree);
	return r;
}
