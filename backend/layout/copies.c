/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "copies.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "image.h"

/* The kernel tells these apart by their UUIDs alone. What comes back as an image is not mounted. */
static bool is_known_by_uuid(const struct node *node)
{
	return node->type == NODE_FILESYSTEM && node->uuid && *node->uuid && !node_image(node) &&
	       (!strcmp(node->filesystem.kind, "btrfs") || !strcmp(node->filesystem.kind, "xfs"));
}

struct candidate {
	const struct node *node;
	size_t number;
	bool is_mounted;
};

static int compare_identity(const struct candidate *one, const struct candidate *two)
{
	int order = strcmp(one->node->filesystem.kind, two->node->filesystem.kind);

	return order ? order : strcasecmp(one->node->uuid, two->node->uuid);
}

/* Those of one identity lie beside each other, and the original is the first of them. */
static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *one = a, *two = b;
	int order = compare_identity(one, two);

	if (order)
		return order;
	if (one->is_mounted != two->is_mounted)
		return one->is_mounted ? -1 : 1;
	return (one->number > two->number) - (one->number < two->number);
}

static void mark_mounted(const struct layout *layout, struct candidate *candidates, size_t count)
{
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *mount = layout->nodes[i];
		const struct node *shown = mount->type == NODE_MOUNT && !mount_is_private(mount) ? layout_filesystem_of(layout, mount) : NULL;

		for (size_t k = 0; shown && k < count; k++)
			candidates[k].is_mounted |= candidates[k].node == shown;
	}
}

int copies_find(const struct layout *layout, const struct node ***ret)
{
	AUTO_FREE struct candidate *candidates = calloc(layout->count + 1, sizeof(*candidates));
	const struct node **originals = calloc(layout->count + 1, sizeof(*originals));
	const struct candidate *first = candidates;
	size_t count = 0;

	if (!candidates || !originals) {
		free(originals);
		return -ENOMEM;
	}
	for (size_t i = 0; i < layout->count; i++)
		if (is_known_by_uuid(layout->nodes[i]))
			candidates[count++] = (struct candidate){ .node = layout->nodes[i], .number = i };
	if (count > 1) {
		mark_mounted(layout, candidates, count);
		qsort(candidates, count, sizeof(*candidates), compare_candidates);
	}
	for (size_t i = 1; i < count; i++) {
		if (compare_identity(first, &candidates[i]))
			first = &candidates[i];
		else
			originals[candidates[i].number] = first->node;
	}
	*ret = originals;
	return 0;
}
