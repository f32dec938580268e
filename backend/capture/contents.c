/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contents.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "../filesystems/filesystem_trial.h"
#include "../layout/image.h"
#include "../stack/recreate.h"
#include "blank.h"
#include "content_describe.h"
#include "content_mounts.h"
#include "left_out.h"
#include "parts.h"
#include "report.h"
#include "unmounted.h"

#define COPY_IT N_("copy it with another tool (dd, or one of its own)")

/* Partitions whose data is no file of anybody: what the boot loader's installation writes, and what is reserved. */
static const char *const no_data_kinds[] = {
	"21686148-6449-6E6F-744E-656564454649", /* BIOS boot */
	"9E1A2D38-C612-4316-AA26-8B49521E5A8B", /* PReP boot */
	"E3C9E316-0B5C-4DB8-817D-F92DF00215AE", /* Microsoft reserved */
};

static int lose_node(struct capture *capture, const struct node *node, const char *reason)
{
	AUTO_FREE char *what = content_describe(capture->manifest->layout, node);

	return what && reason ? capture_lose(capture, what, reason) : -ENOMEM;
}

const char *content_shown_at(const struct capture *capture, const struct node *filesystem)
{
	const struct mount_point *point;

	for (size_t i = 0; filesystem->device && (point = mount_tree_point(capture->mount_tree, i)); i++)
		if (point->path && point->is_mount && point->entry->device &&
		    !strcmp(point->entry->device, strrchr(filesystem->device, '/') + 1))
			return point->path;
	return NULL;
}

/* The first mount of FILESYSTEM or of a subvolume of it; NULL: none. */
static const struct node *mount_of(const struct layout *layout, const struct node *filesystem)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->nodes[i]->type == NODE_MOUNT && layout_filesystem_of(layout, layout->nodes[i]) == filesystem)
			return layout->nodes[i];
	return NULL;
}

static bool shows_a_subvolume(const struct layout *layout, const struct node *mount)
{
	return layout_find(layout, mount->on[0])->type == NODE_SUBVOLUME;
}

bool content_is_snapshot(const struct layout *layout, const struct node *filesystem)
{
	const struct node *on = layout_find(layout, filesystem->on[0]);

	return on && on->type == NODE_LV && volume_is_snapshot(on);
}

/* What Lifeboat makes, but not with the program of this system: rescue media made here have the same one. */
static int tell_program(struct capture *capture, const struct node *filesystem)
{
	AUTO_FREE char *why = NULL, *reason = NULL;
	int r;

	/* Programs are of this machine. */
	if (*capture->ctx->prefix)
		return 0;
	r = filesystem_try_here(capture->ctx, capture->manifest->layout, filesystem, &why);
	if (r || !why)
		return r;
	reason = sentence("%s. The plan of a restore is refused while the rescue media have this mkfs.%s; make them on a system with "
			     "another version, or restore files into a directory (lifeboat restore --to)", why, filesystem->filesystem.kind);
	return lose_node(capture, filesystem, reason);
}

static int tell_filesystem(struct capture *capture, const struct node *filesystem)
{
	const struct node *mount = mount_of(capture->manifest->layout, filesystem);
	const char *shown = mount ? mount->mount.path + 1 : content_shown_at(capture, filesystem);
	AUTO_FREE char *why = NULL, *name = NULL, *path = NULL, *reason = NULL;

	if (node_image(filesystem))
		return 0;
	if (!mount && content_is_snapshot(capture->manifest->layout, filesystem))
		return lose_node(capture, filesystem, "it lies on an LVM snapshot and is not mounted, so its files are not in the set: to have them, "
				 "mount it, and capture again");
	if (can_recreate(capture->manifest->layout, filesystem, &why))
		return tell_program(capture, filesystem);
	name = shown ? bytes_escape(shown, strlen(shown)) : NULL;
	path = name ? text_format("/%s", name) : NULL;
	if (shown && !path)
		return -ENOMEM;
	if (!mount && shown)
		reason = sentence("mounted at %s, where it is not looked into, and %s: it does not come back; %s", path, why, sentence_words(COPY_IT));
	else if (!mount)
		reason = sentence("not mounted, and %s: it does not come back; %s", why, sentence_words(COPY_IT));
	else if (path && content_is_walked(capture, mount->mount.path) && mount->mount.path[1] && shows_a_subvolume(capture->manifest->layout, mount))
		reason = sentence("%s: only the files of its mounted subvolumes are in the set; they come back at the same paths, on the "
				     "filesystems of the directories above, and other subvolumes do not come back", why);
	else if (path && content_is_walked(capture, mount->mount.path) && mount->mount.path[1])
		reason = sentence("%s: its files are in the set and come back at %s, on the filesystem of that directory", why, path);
	else if (path && mount->mount.path[1])
		reason = sentence("mounted at %s, but %s: it does not come back; %s", path, why, sentence_words(COPY_IT));
	else
		reason = sentence(mount && shows_a_subvolume(capture->manifest->layout, mount) ?
					  N_("%s: no machine can be restored from this set, only files into a directory (lifeboat restore --to), those "
					     "of its mounted subvolumes") :
					  N_("%s: no machine can be restored from this set, only files into a directory (lifeboat restore --to)"),
				  why);
	return lose_node(capture, filesystem, reason);
}

/* A partition, a disk or something opened in which nothing was recognized. */
static int tell_unrecognized(struct capture *capture, const struct node *node)
{
	const struct node *disk = layout_disk_of(capture->manifest->layout, node);
	bool own = node->device != NULL;
	const char *device = own ? node->device : disk ? disk->device : NULL;
	AUTO_CLOSE int fd = device ? open(device, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	AUTO_FREE char *size = bytes_print_size(node->size), *what = NULL, *reason = NULL;
	off_t end = fd >= 0 && own ? lseek(fd, 0, SEEK_END) : -1;
	int blank = fd < 0 ? -errno : content_is_blank(fd, own ? 0 : node->partition.start, end > 0 ? (uint64_t)end : node->size);

	if (blank == 1 && (own && end > 0 ? (uint64_t)end : node->size) <= BLANK_WHOLE)
		return 0;
	what = own || !device ? sentence("%s, unrecognized data, %s", device ? device : node->id, size ? size : "?")
			      : sentence("%s (a partition of it), unrecognized data, %s", device, size ? size : "?");
	if (blank == 1)
		return !what ? -ENOMEM : capture_exclude(capture, what,
							 N_("taken as empty: samples of it are zeros, not all of it was read. Copy it with "
							    "another tool if it holds data"));
	reason = blank < 0 ? sentence("it cannot be read (%s): it comes back empty", strerror(-blank))
			   : sentence("no filesystem that is known, so not captured: it comes back empty; if it is in use, %s",
				      sentence_words(COPY_IT));
	return what && reason ? capture_lose(capture, what, reason) : -ENOMEM;
}

/* What may be said of an array, container or volume when nothing is known of what is on it. New string. */
static char *closed_reason(const struct node *node)
{
	const char *copy_it = sentence_words(COPY_IT);

	switch (node->type) {
	case NODE_RAID:
		return sentence("not assembled, so what is on it is not in the set: assemble it, mount what is on it, and capture again, or %s",
				copy_it);
	case NODE_LUKS:
		return sentence("not open, so what is in it is not in the set: open it, mount what is in it, and capture again, or %s", copy_it);
	case NODE_PV:
		return sentence("no volume group is known that it belongs to, so what is on it is not in the set: %s", copy_it);
	default:
		return sentence("not active, so what is on it is not in the set: activate it, mount what is on it, and capture again, or %s", copy_it);
	}
}

/* Other volumes that are made of one, such as its snapshots, are none of its contents. */
static bool carries_contents(const struct layout *layout, const struct node *node)
{
	return layout_count_children(layout, node->id, NODE_TYPE_COUNT) > layout_count_children(layout, node->id, NODE_LV);
}

/* LUKS, LVM, RAID: the lowest of a stack that is not recreated speaks for all that lies on it; one that carries nothing known, for itself. */
static int tell_member(struct capture *capture, const struct node *node)
{
	const struct layout *layout = capture->manifest->layout;
	const struct node *below = layout_find(layout, node->on[0]);
	bool on_disk = below->type == NODE_DISK || (below->type == NODE_PARTITION && layout_find(layout, below->on[0])->type == NODE_DISK);
	AUTO_FREE char *why = NULL, *why_below = NULL, *reason = NULL;

	if (node->type == NODE_LV && volume_is_hidden(node))
		return 0;
	if (node->type != NODE_VG && !carries_contents(layout, node)) {

		if (node->device && node->type != NODE_PV)
			return *capture->ctx->prefix ? 0 : tell_unrecognized(capture, node);
		reason = closed_reason(node);
		return lose_node(capture, node, reason);
	}
	if (can_recreate(layout, node, &why) || (!on_disk && !can_recreate(layout, below, &why_below)))
		return 0;
	reason = why ? sentence("%s: its place stays empty; the set describes it for a later version, and holds the files of the filesystems on it",
				why) :
		       NULL;
	return lose_node(capture, node, reason);
}

static bool may_hold_data(const struct node *partition)
{
	if (partition->partition.role && !strcmp(partition->partition.role, "extended"))
		return false;
	for (size_t i = 0; partition->partition.kind && i < ARRAY_LENGTH(no_data_kinds); i++)
		if (!strcasecmp(partition->partition.kind, no_data_kinds[i]))
			return false;
	return true;
}

bool content_may_be_unrecognized(const struct layout *layout, const struct node *node)
{
	switch (node->type) {
	case NODE_PARTITION:
		return !layout_child(layout, node->id, NODE_TYPE_COUNT, 0) && may_hold_data(node);
	case NODE_DISK:
		return !layout_child(layout, node->id, NODE_TYPE_COUNT, 0) && !node->disk.table;
	case NODE_LUKS:
	case NODE_LV:
	case NODE_RAID:
		return !carries_contents(layout, node) && node->device &&
		       (node->type != NODE_LV || (!volume_is_hidden(node) && !volume_is_snapshot(node)));
	default:
		return false;
	}
}

static int tell_node(struct capture *capture, const struct node *node)
{
	/* Once is enough. */
	if (left_out_has(capture, node) || strv_contains(capture->closed, node->id))
		return 0;
	switch (node->type) {
	case NODE_FILESYSTEM:
		return tell_filesystem(capture, node);
	case NODE_LUKS:
	case NODE_PV:
	case NODE_VG:
	case NODE_LV:
	case NODE_RAID:
		return tell_member(capture, node);
	case NODE_PARTITION:
	case NODE_DISK:
		return content_may_be_unrecognized(capture->manifest->layout, node) && !*capture->ctx->prefix ? tell_unrecognized(capture, node) : 0;
	default:
		return 0;
	}
}

/* Whether the captured directory is bound from a filesystem that is mounted in it, as the root of a system of OSTree is: no plain tree. */
static bool is_part_of_what_it_holds(const struct capture *capture)
{
	const struct mount_point *root = mount_tree_at(capture->mount_tree, "."), *point;

	if (!root || !root->is_mount || !root->entry->device || !root->part[1])
		return false;
	for (size_t i = 0; (point = mount_tree_point(capture->mount_tree, i)); i++)
		if (point->path && point->is_mount && point->entry->device && !strcmp(point->entry->device, root->entry->device) &&
		    !point->part[1])
			return true;
	return false;
}

int contents_tell(struct capture *capture)
{
	const struct layout *layout = capture->manifest->layout;
	int r = 0;

	/* A plain tree has no disks. */
	if (!layout->count && strcmp(capture->root, "/") && !is_part_of_what_it_holds(capture))
		return 0;
	for (size_t i = 0; r == 0 && i < layout->count; i++)
		r = tell_node(capture, layout->nodes[i]);
	if (r == 0)
		r = content_mounts_tell(capture);
	return r == -ENOMEM ? context_oom(capture->ctx) : r;
}
