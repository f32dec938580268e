/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unmounted.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>

#include "../core/byte_order.h"
#include "../devices/mounts.h"
#include "../filesystems/filesystem_trial.h"
#include "../filesystems/mkfs.h"
#include "../layout/image.h"
#include "../probe/probe_subvolume.h"
#include "../storage/detached_mount.h"
#include "../storage/volumes_bound.h"
#include "content_describe.h"
#include "contents.h"
#include "exclude.h"
#include "images.h"
#include "left_out.h"
#include "parts.h"
#include "report.h"

struct hidden {
	char *path;              /* relative to the root */
	const struct node *filesystem;
	struct detached_mount mount;
};

struct unmounted {
	struct hidden *list;
	char **shown;            /* paths of subvolumes that are captured elsewhere */
	size_t count, shown_count;
};

void unmounted_close(struct unmounted *unmounted)
{
	if (!unmounted)
		return;
	for (size_t i = 0; i < unmounted->count; i++) {
		detached_mount_close(&unmounted->list[i].mount);
		free(unmounted->list[i].path);
	}
	free(unmounted->list);
	strv_free(unmounted->shown);
	free(unmounted);
}

bool unmounted_shows(const struct unmounted *unmounted, const char *path)
{
	return unmounted && !strncmp(path, LAYOUT_UNMOUNTED_NAME "/", strlen(LAYOUT_UNMOUNTED_NAME "/")) &&
	       strv_contains(unmounted->shown, path);
}

void unmounted_used(const struct unmounted *unmounted, uint64_t *bytes, uint64_t *files)
{
	for (size_t i = 0; unmounted && i < unmounted->count; i++) {
		struct statvfs st;

		if (unmounted->list[i].mount.shared || fstatvfs(unmounted->list[i].mount.top, &st) < 0 || st.f_bfree > st.f_blocks)
			continue;
		*bytes += (uint64_t)(st.f_blocks - st.f_bfree) * st.f_frsize;
		*files += st.f_files - st.f_ffree;
	}
}

/* Subvolumes that the machine shows. */
static int add_subvolume_views(struct unmounted *unmounted, const struct layout *layout, const struct hidden *hidden)
{
	const struct node *subvolume;
	int r = 0;

	for (size_t at = 0; r == 0 && (subvolume = layout_next_child(layout, hidden->filesystem->id, NODE_SUBVOLUME, &at));) {
		AUTO_FREE char *path = NULL;

		if (!layout_child(layout, subvolume->id, NODE_MOUNT, 0))
			continue;
		path = text_format("%s/%s", hidden->path, subvolume->subvolume.path);
		r = path ? strv_append_counted(&unmounted->shown, &unmounted->shown_count, path) : -ENOMEM;
	}
	return r;
}

/* Where its files will lie, in the layout. */
static int add_mount_node(struct layout *layout, struct node *filesystem, const char *path)
{
	AUTO_FREE char *id = text_format("mount:%s", filesystem->id);
	struct node *node = id ? layout_add(layout, NODE_MOUNT, id) : NULL;

	if (!node || strv_append(&node->on, filesystem->id) < 0)
		return -ENOMEM;
	node->mount.path = text_format("/%s", path);
	return node->mount.path ? 0 : -ENOMEM;
}

/* What only a mounted filesystem tells. */
static int describe(struct capture *capture, struct node *filesystem, const struct detached_mount *mount)
{
	struct layout *layout = capture->manifest->layout;
	bool is_btrfs = !strcmp(filesystem->filesystem.kind, "btrfs");
	const char *options = detached_mount_options(filesystem->filesystem.kind);
	AUTO_FREE char *top = text_format("/proc/self/fd/%d", mount->top);
	struct statvfs st;

	if (!top)
		return -ENOMEM;
	if (fstatvfs(mount->top, &st) == 0 && st.f_bfree <= st.f_blocks) {
		filesystem->used = (uint64_t)(st.f_blocks - st.f_bfree) * st.f_frsize;
		if (filesystem->size && filesystem->used > filesystem->size)
			filesystem->used = filesystem->size;
	}
	if (options)
		return node_property_set(filesystem, "mount_options", options);
	if (!is_btrfs || layout_child(layout, filesystem->id, NODE_SUBVOLUME, 0))
		return 0;
	return probe_subvolumes(capture->ctx, layout, filesystem, top);
}

/* Snapshots share their blocks on the disk, but not in a set. */
static void say_subvolumes(struct capture *capture, const struct node *filesystem, const char *path)
{
	const struct layout *layout = capture->manifest->layout;
	const struct node *subvolume;
	size_t count = 0;

	for (size_t at = 0; (subvolume = layout_next_child(layout, filesystem->id, NODE_SUBVOLUME, &at));)
		count += !layout_child(layout, subvolume->id, NODE_MOUNT, 0);
	if (count)
		context_info(capture->ctx, "%s has %zu subvolumes and snapshots that are not mounted: each is captured with all its files, blocks "
			     "that they share as often as they are seen. --exclude '/%s/NAME' leaves one out", filesystem->device, count, path);
}

static int add_volume(struct capture *capture, const struct hidden *hidden)
{
	int r = volumes_add(capture->volumes, hidden->path, hidden->mount.top);

	return r == 0 || r == -ENOMEM ? r : context_fail(capture->ctx, -r, "the files of %s, which is not mounted, cannot be read: %s",
							  hidden->filesystem->device, strerror(-r));
}

static int add(struct capture *capture, struct unmounted *unmounted, struct node *filesystem, const char *path,
	       struct detached_mount *mount)
{
	struct hidden *grown = reallocarray(unmounted->list, unmounted->count + 1, sizeof(*grown)), *hidden;
	int r;

	if (!grown)
		return -ENOMEM;
	unmounted->list = grown;
	hidden = &grown[unmounted->count];
	*hidden = (struct hidden){ .path = strdup(path), .filesystem = filesystem };
	if (!hidden->path)
		return -ENOMEM;
	hidden->mount = *mount;
	*mount = DETACHED_MOUNT_NONE;
	unmounted->count++;
	r = describe(capture, filesystem, &hidden->mount);
	if (r == 0)
		say_subvolumes(capture, filesystem, path);
	if (r == 0)
		r = add_subvolume_views(unmounted, capture->manifest->layout, hidden);
	if (r == 0)
		r = volumes_leave_bound(capture->volumes, capture->manifest->layout, filesystem, filesystem->device, hidden->path);
	if (r == 0)
		r = add_volume(capture, hidden);
	return r < 0 ? r : add_mount_node(capture->manifest->layout, filesystem, path);
}

/* Its blocks are kept instead of its files: all of it, and the journal, which is replayed when it is mounted. ERROR: why it could not be mounted;
 * 0: it was not unmounted cleanly, or REFUSED, a sentence, says why it would not be made again. 1; 0 when that cannot be; -errno. */
static int take_image(struct capture *capture, struct node *filesystem, int error, const char *refused)
{
	AUTO_FREE char *what = content_describe(capture->manifest->layout, filesystem);
	int r = what ? images_take(capture, filesystem) : -ENOMEM;

	if (r <= 0)
		return r;
	if (error == -ENODEV)
		context_info(capture->ctx, "%s is not mounted, and the kernel that runs here has no driver for %s: it is captured as an image and comes back as "
			     "it is", what, filesystem->filesystem.kind);
	else if (error)
		context_info(capture->ctx, "%s is not mounted, and it could not be mounted to be read (%s): it is captured as an image and comes back as it is, "
			     "with its faults", what, strerror(-error));
	else if (refused)
		context_info(capture->ctx, "%s is not mounted: it is captured as an image and comes back as it is. %s", what, refused);
	else
		context_info(capture->ctx, "%s was not unmounted cleanly, and a capture does not write to it to repair that: it is captured as an image, with "
			     "its journal, and comes back as it is. Mount it once, unmount it, and capture again, to have its files in the set", what);
	return r;
}

/* Without its journal replayed, a filesystem is a picture of a moment that never was. */
static int say_unreplayed(struct capture *capture, const struct node *filesystem)
{
	AUTO_FREE char *what = content_describe(capture->manifest->layout, filesystem);

	return what ? capture_lose(capture, what,
				   N_("it was not unmounted cleanly, and a capture does not write to it to repair that: those of its files are in the "
				   "set that can be read without its journal; others are missing, in the worst case all of them, and what was written "
				   "last may be damaged. Mount it once, unmount it, and capture again"))
		    : -ENOMEM;
}

static int say_closed(struct capture *capture, const struct node *filesystem, int error)
{
	AUTO_FREE char *what = content_describe(capture->manifest->layout, filesystem);
	const char *shown = content_shown_at(capture, filesystem);
	AUTO_FREE char *path = shown ? bytes_escape(shown, strlen(shown)) : NULL, *reason = NULL;

	if (path)
		reason = sentence("mounted at /%s, where it is not looked into, and it could not be mounted to be read (%s): it comes back empty. "
				     "Unmount it there, and capture again", path, strerror(-error));
	else if (error == -ENODEV)
		reason = sentence("not mounted, and the kernel that runs here has no driver for %s: it comes back empty. Load the driver, "
				     "or mount the filesystem, and capture again", filesystem->filesystem.kind);
	else
		reason = sentence("not mounted, and it could not be mounted to be read (%s): it comes back empty. Check it, mount it, and "
				     "capture again", strerror(-error));
	return what && reason ? capture_lose(capture, what, reason) : -ENOMEM;
}

/* True for an ext2, ext3 or ext4 filesystem without a journal that was not unmounted: its superblock says so. */
static bool is_unclean(const struct node *filesystem)
{
	static const uint64_t superblock = 1024; /* ext4/super.rst: s_state at 0x3A, bit 1: unmounted cleanly */
	AUTO_CLOSE int fd = strncmp(filesystem->filesystem.kind, "ext", 3) ? -1 : open(filesystem->device, O_RDONLY | O_CLOEXEC);
	unsigned char state[2];

	return fd >= 0 && pread(fd, state, sizeof(state), (off_t)(superblock + 0x3a)) == sizeof(state) && !(le16(state) & 1);
}

/* Why the files of FILESYSTEM, open as MOUNT, are not taken though they can be read: its journal is not replayed, then *RET_REFUSED is NULL; or the
 * programs here refuse its features, which the kernel may take for reading alone: what holds such files is not planned. 1, 0: they are; -errno. */
static int is_better_kept(struct capture *capture, const struct node *filesystem, const struct detached_mount *mount, char **ret_refused)
{
	int r;

	*ret_refused = NULL;
	if (mount->unreplayed || is_unclean(filesystem))
		return 1;
	r = mount->shared ? 0 : filesystem_try_here(capture->ctx, capture->manifest->layout, filesystem, ret_refused);
	return r < 0 ? r : *ret_refused != NULL;
}

static int open_one(struct capture *capture, struct unmounted *unmounted, struct node *filesystem)
{
	AUTO_FREE char *path = text_format("%s/%s", LAYOUT_UNMOUNTED_NAME, strchr(filesystem->id, ':') + 1);
	AUTO_FREE char *device = content_device(capture->manifest->layout, filesystem), *refused = NULL;
	CLEANUP(detached_mount_close) struct detached_mount mount = DETACHED_MOUNT_NONE;
	int r, kept;

	if (!path || !device)
		return -ENOMEM;
	if (exclude_match(capture->exclude, LAYOUT_UNMOUNTED_NAME) >= 0 || exclude_match(capture->exclude, path) >= 0)
		return capture_exclude(capture, path, N_("pattern of the operator: this filesystem, which is not mounted, comes back empty"));
	r = detached_mount_open(filesystem->device, filesystem->filesystem.kind, &mount);
	if (r == -ENOMEM)
		return r;
	kept = r < 0 ? 1 : is_better_kept(capture, filesystem, &mount, &refused);
	if (kept < 0)
		return kept;
	if (kept) {
		bool shared = r == 0 && mount.shared;
		int taken;

		/* It is held alone. */
		if (r == 0 && !shared)
			detached_mount_close(&mount);
		taken = shared ? 0 : take_image(capture, filesystem, r, refused);
		if (taken)
			return taken < 0 ? taken : 0;
		if (r < 0)
			return say_closed(capture, filesystem, r);
		if (!shared)
			r = detached_mount_open(filesystem->device, filesystem->filesystem.kind, &mount);
		if (r < 0)
			return r == -ENOMEM ? r : say_closed(capture, filesystem, r);
		/* What is refused is told with the contents. */
		r = refused ? 0 : say_unreplayed(capture, filesystem);
	}
	context_info(capture->ctx, "%s is not mounted, or only a part of it is: its files are captured at /%s", device, path);
	return r < 0 ? r : add(capture, unmounted, filesystem, path, &mount);
}

int unmounted_open(struct capture *capture, struct unmounted **ret)
{
	struct layout *layout = capture->manifest->layout;
	struct unmounted *unmounted = *ret = calloc(1, sizeof(*unmounted));
	size_t count = layout->count;
	int r = unmounted ? 0 : -ENOMEM;

	/* Devices of another machine are only told of. */
	if (r == 0 && *capture->ctx->prefix)
		return 0;
	for (size_t i = 0; r == 0 && i < count; i++) {
		struct node *node = layout->nodes[i];
		AUTO_FREE char *why = NULL;

		if (node->type == NODE_FILESYSTEM && node->device && !layout_child(layout, node->id, NODE_MOUNT, 0) &&
		    mkfs_can_make(node, &why) && !node_image(node) && !content_is_snapshot(layout, node) && !left_out_has(capture, node))
			r = open_one(capture, unmounted, node);
	}
	if (r == 0)
		r = layout_check(capture->ctx, layout);
	return r == -ENOMEM ? context_oom(capture->ctx) : r;
}
