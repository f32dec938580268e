/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "images_spread.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../layout/layout.h"
#include "image_take.h"
#include "parts.h"

bool images_spread_is(const struct node *node)
{
	return !strcmp(node->filesystem.kind, "btrfs") && node->device && node->on[1] && strv_length(node->on) == node_number(node, "devices") &&
	       !node_property(node, "truncated");
}

/* From then on NODE is what lies on its first device. */
static void forget_members(struct node *node)
{
	static const char *const keys[] = { "devid", "size", "uuid" };

	for (size_t i = 0; i < strv_length(node->on); i++)
		for (size_t k = 0; k < ARRAY_LENGTH(keys); k++) {
			AUTO_FREE char *key = text_format("member_%zu_%s", i, keys[k]);

			if (key)
				node_property_drop(node, key);
		}
	node_property_drop(node, "devices");
	node->used = 0;
	for (size_t i = 1; node->on[i]; i++)
		free(TAKE_POINTER(node->on[i]));
}

/* What of NODE lies on HOLDER, in *RET. */
static int add_part(struct layout *layout, const struct node *node, const struct node *holder, struct node **ret)
{
	AUTO_FREE char *id = text_format("%s.%s", node->id, holder->id);
	struct node *part = id ? layout_add(layout, NODE_FILESYSTEM, id) : NULL;

	if (!part || strv_append(&part->on, holder->id) < 0)
		return -ENOMEM;
	part->filesystem.kind = strdup(node->filesystem.kind);
	part->device = strdup(holder->device);
	part->uuid = node->uuid ? strdup(node->uuid) : NULL;
	part->label = node->label ? strdup(node->label) : NULL;
	*ret = part;
	return part->filesystem.kind && part->device && !part->uuid == !node->uuid && !part->label == !node->label ? 0 : -ENOMEM;
}

/* Each device of NODE for reading: 1; 0 when one cannot be had as of one moment; -ENOMEM. */
static int open_members(const struct capture *capture, const struct node *node, int *fds, uint64_t *ends)
{
	const struct layout *layout = capture->manifest->layout;

	for (size_t i = 0; node->on[i]; i++) {
		const struct node *holder = layout_find(layout, node->on[i]);
		AUTO_FREE char *writer = NULL;

		if (!holder || !holder->device || !image_place_is_recreated(layout, holder))
			return 0;
		fds[i] = image_open_still(capture, holder, &writer, &ends[i]);
		if (fds[i] < 0)
			return fds[i] == -ENOMEM ? -ENOMEM : 0;
	}
	return 1;
}

/* Takes the devices of NODE, whose ids are in ON. */
static int take_members(struct capture *capture, struct node *node, char **on, int *fds, const uint64_t *ends)
{
	struct layout *layout = capture->manifest->layout;
	struct node *part = node;
	int r = 0;

	for (size_t i = 0; r == 0 && on[i]; i++) {
		if (i > 0)
			r = add_part(layout, node, layout_find(layout, on[i]), &part);
		if (r == 0) {
			r = image_take(capture, part, fds[i], ends[i]);
			fds[i] = -1;
		}
	}
	return r;
}

int images_spread_take(struct capture *capture, struct node *node)
{
	AUTO_STRV char **on = NULL;
	size_t count = strv_length(node->on);
	AUTO_FREE int *fds = malloc(count * sizeof(*fds));
	AUTO_FREE uint64_t *ends = calloc(count, sizeof(*ends));
	int r = fds && ends ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < count; i++) {
		fds[i] = -1;
		r = strv_append(&on, node->on[i]);
	}
	if (r < 0)
		return r;
	r = open_members(capture, node, fds, ends);
	if (r == 1) {
		forget_members(node);
		r = take_members(capture, node, on, fds, ends);
		r = r == 0 ? 1 : r;
	}
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return r;
}
