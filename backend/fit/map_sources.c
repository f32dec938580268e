/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The captured disks: which of them need a target, and why one has none. */
#include <errno.h>
#include <string.h>

#include "../layout/image.h"
#include "map.h"
#include "map_parts.h"

static bool has_files(const struct node *node)
{
	return (node->type == NODE_MOUNT && !node->mount.empty) || node_image(node);
}

static size_t place_of(const struct layout *layout, const char *id)
{
	size_t place = 0;

	while (place < layout->count && strcmp(layout->nodes[place]->id, id))
		place++;
	return place;
}

/* How many members an array can lose. */
static size_t spare_members(const struct node *array)
{
	const char *level = node_property(array, "level");
	size_t members = strv_length(array->on);

	if (array->type != NODE_RAID || !level || members < 2)
		return 0;
	if (!strcmp(level, "raid1"))
		return members - 1;
	if (!strcmp(level, "raid6"))
		return 2;
	return !strcmp(level, "raid4") || !strcmp(level, "raid5") || !strcmp(level, "raid10");
}

/* MARKED nodes of LAYOUT mark what they lie on, down to the disks; where any one of several members can be missing, none of them. */
static void mark_beneath(const struct layout *layout, bool *marked, bool members)
{
	for (size_t i = layout->count; i > 0; i--) {
		const struct node *node = layout->nodes[i - 1];

		for (char **on = node->on; marked[i - 1] && on && *on && (members || !spare_members(node)); on++)
			marked[place_of(layout, *on)] = true;
	}
}

static bool carries_something(const struct layout *captured, const struct node *disk)
{
	return disk->disk.table || disk->disk.boot_code || layout_child(captured, disk->id, NODE_TYPE_COUNT, 0);
}

/* Whether the disk is here itself and holds the set, and no other here claims to be it. */
static bool is_medium(const struct source *source)
{
	bool found = false, others = false;

	for (size_t i = 0; i < source->count; i++) {
		found |= source->candidates[i].is_medium;
		others |= source->candidates[i].claims_identity && !source->candidates[i].is_medium;
	}
	return found && !others;
}

static int add_source(struct proposal *proposal, struct node *disk, bool essential, bool files, bool images, char *const *protected_disks)
{
	struct source *source = &proposal->sources[proposal->count];
	int r = disk_candidates(proposal->ctx, proposal->captured, disk, proposal->present, protected_disks, &source->candidates, &source->count);

	if (r)
		return r;
	source->disk = disk;
	source->essential = essential;
	source->has_files = files;
	source->has_images = images;
	source->stays = !essential && is_medium(source);
	source->left_out = source->stays;
	proposal->count++;
	return 0;
}

static int add_sources(struct proposal *proposal, char *const *protected_disks)
{
	const struct layout *captured = proposal->captured;
	AUTO_FREE bool *essential = calloc(captured->count + 1, sizeof(*essential)), *files = calloc(captured->count + 1, sizeof(*files));
	AUTO_FREE bool *images = calloc(captured->count + 1, sizeof(*images));
	int r = 0;

	proposal->sources = calloc(captured->count + 1, sizeof(*proposal->sources));
	if (!essential || !files || !images || !proposal->sources)
		return context_oom(proposal->ctx);
	for (size_t i = 0; i < captured->count; i++) {
		essential[i] = mount_is_needed_to_start(captured->nodes[i]);
		files[i] = has_files(captured->nodes[i]);
		images[i] = node_image(captured->nodes[i]);
	}
	mark_beneath(captured, essential, false);
	mark_beneath(captured, files, true);
	mark_beneath(captured, images, true);
	for (size_t i = 0; !r && i < captured->count; i++)
		if (captured->nodes[i]->type == NODE_DISK && carries_something(captured, captured->nodes[i]))
			r = add_source(proposal, captured->nodes[i], essential[i], files[i], images[i], protected_disks);
	return r;
}

int proposal_start(struct proposal *proposal, char *const *protected_disks)
{
	int r = add_sources(proposal, protected_disks);

	if (r)
		return r;
	if (!proposal->count)
		return context_fail(proposal->ctx, ENODEV,
				    "the set holds no disks, only files: they can be restored into a directory");
	return proposal_find_equals(proposal);
}

/* Marks what cannot be made without the marked disks. */
static void mark_missing(const struct layout *layout, bool *missing)
{
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *node = layout->nodes[i];
		size_t gone = 0;

		for (char **on = node->on; on && *on; on++)
			gone += missing[place_of(layout, *on)];
		missing[i] |= gone > spare_members(node);
	}
}

int proposal_find_missing(const struct proposal *proposal, const struct source **ret)
{
	const struct layout *captured = proposal->captured;
	AUTO_FREE bool *missing = calloc(captured->count + 1, sizeof(*missing)), *needed = calloc(captured->count + 1, sizeof(*needed));
	bool any = false;

	*ret = NULL;
	if (!missing || !needed)
		return context_oom(proposal->ctx);
	for (size_t i = 0; i < proposal->count; i++)
		missing[place_of(captured, proposal->sources[i].disk->id)] = !proposal->sources[i].target;
	mark_missing(captured, missing);
	for (size_t i = 0; i < captured->count; i++)
		any |= needed[i] = missing[i] && mount_is_needed_to_start(captured->nodes[i]);
	if (any)
		mark_beneath(captured, needed, true);
	for (size_t i = 0; any && !*ret && i < proposal->count; i++)
		if (!proposal->sources[i].target && needed[place_of(captured, proposal->sources[i].disk->id)])
			*ret = &proposal->sources[i];
	return 0;
}

bool source_is_guest(const struct source *source)
{
	const struct disk_info *disk = &source->disk->disk;

	return !source->essential && !source->has_files && (disk->removable || (disk->transport && !strcmp(disk->transport, "usb")));
}

char *source_left_out_text(const struct source *source)
{
	if (source->stays)
		return sentence("it is here, and holds the recovery set or the rescue system: it stays as it is");
	if (source_is_guest(source))
		return sentence("it was plugged in when the machine was captured, and the set has no files of it");
	if (source->has_images)
		return sentence("no disk here was chosen for it; what the set has of it block by block does not come back, its files do on the "
				"filesystem of the directory above");
	return source->has_files ? sentence("no disk here was chosen for it; its files come back on the filesystem of the directory above")
				 : sentence("no disk here was chosen for it; the set has no files of it");
}
