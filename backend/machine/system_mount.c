/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "system_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mount.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "../layout/closed.h"
#include "../layout/stretch.h"
#include "../storage/table_entry.h"
#include "../storage/volume_look.h"
#include "../storage/mount_unreplayed.h"
#include "../storage/mounted.h"
#include "../filesystems/subvolumes.h"

bool system_mount_holds(const struct node *mount, const char *path)
{
	const char *point = mount->mount.path;
	size_t length = strlen(point);

	if (!strcmp(point, "/"))
		return true;
	return !strncmp(path, point, length) && (path[length] == '/' || path[length] == '\0');
}

const struct node *system_mount_of(const struct layout *captured, const char *path)
{
	const struct node *best = NULL;

	for (size_t i = 0; i < captured->count; i++) {
		const struct node *node = captured->nodes[i];

		if (node->type == NODE_MOUNT && system_mount_holds(node, path) &&
		    (!best || strlen(node->mount.path) > strlen(best->mount.path)))
			best = node;
	}
	return best;
}

/* The captured filesystem a mount shows, and the subvolume of it (NULL: none). */
static const struct node *filesystem_of(const struct layout *captured, const struct node *mount, const struct node **ret_subvolume)
{
	const struct node *below = mount->on && mount->on[0] ? layout_find(captured, mount->on[0]) : NULL;

	*ret_subvolume = NULL;
	if (below && below->type == NODE_SUBVOLUME) {
		*ret_subvolume = below;
		below = below->on && below->on[0] ? layout_find(captured, below->on[0]) : NULL;
	}
	return below && below->type == NODE_FILESYSTEM ? below : NULL;
}

/* The filesystem of PRESENT that is WANTED, by kind and UUID: the last of *RET_COUNT. NULL: none. */
static const struct node *same_filesystem(const struct layout *present, const struct node *wanted, size_t *ret_count)
{
	const struct node *found = NULL;

	*ret_count = 0;
	for (size_t i = 0; wanted->uuid && i < present->count; i++) {
		const struct node *node = present->nodes[i];

		if (node->type != NODE_FILESYSTEM || !node->uuid || !node->device || strcasecmp(node->uuid, wanted->uuid) ||
		    !node->filesystem.kind || !wanted->filesystem.kind || strcmp(node->filesystem.kind, wanted->filesystem.kind))
			continue;
		found = node;
		++*ret_count;
	}
	return found;
}

/* A name with a comma cannot stand in a list of options: the number does, looked up in the top of the filesystem. */
static int number_of(struct context *ctx, const struct mount_device *devices, const struct node *filesystem, const char *where, const char *path,
		     uint64_t *ret)
{
	AUTO_CLOSE int top = -1;
	int r = mounted_mount(ctx, devices, filesystem, where, MS_RDONLY | MS_NOSUID | MS_NODEV, "subvolid=5", &top), undone;

	if (r)
		return r;
	r = subvolume_number(top, path, ret);
	if (r)
		r = context_fail(ctx, -r, "The subvolume %s cannot be found: %s", path, strerror(-r));
	close(TAKE_FD(top));
	undone = ops_of(ctx)->unmount(ctx, where, 0);
	return r ? r : undone;
}

/* The options FILESYSTEM is mounted with; of SUBVOLUME, unless it is NULL. In *RET. */
static int add_subvolume(struct context *ctx, const struct mount_device *devices, const struct node *filesystem, const char *where,
			 const struct node *subvolume, char **ret)
{
	const char *options = mount_unreplayed_options(filesystem->filesystem.kind);
	const char *path = subvolume ? subvolume->subvolume.path : "", *comma = options && subvolume ? "," : "";
	uint64_t number = 0;
	int r = strchr(path, ',') ? number_of(ctx, devices, filesystem, where, path, &number) : 0;

	if (r)
		return r;
	*ret = number ? text_format("%s%ssubvolid=%" PRIu64, options ? options : "", comma, number)
		      : text_format("%s%s%s%s", options ? options : "", comma, subvolume ? "subvol=/" : "", path);
	return *ret ? 0 : context_oom(ctx);
}

/* Opens all devices of FILESYSTEM, of PRESENT; *RET is closed by close_devices(), also after an error. 0 or -errno with a sentence. */
static int open_devices(struct context *ctx, const struct layout *present, const struct node *filesystem, struct mount_device **ret)
{
	size_t count = strv_length(filesystem->on);
	struct mount_device *devices = *ret = calloc(count + 1, sizeof(*devices));

	if (!devices)
		return context_oom(ctx);
	for (size_t i = 0; i < count; i++) {
		const struct node *on = count > 1 ? layout_find(present, filesystem->on[i]) : filesystem;
		const char *name = on && on->device ? on->device : filesystem->on[i];
		int fd = open(name, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return context_fail(ctx, errno, "%s cannot be opened: %s", name, strerror(errno));
		devices[i] = (struct mount_device){ fd, name };
	}
	return 0;
}

static void close_devices(struct mount_device *devices)
{
	for (struct mount_device *device = devices; device && device->name; device++)
		close(device->fd);
	free(devices);
}

/* Narrows STRETCH, an array with partitions, to the one that is PARTITION of the captured machine. False where its table does not have it. */
static bool narrow_to(const struct layout *present, const struct node *partition, struct stretch *stretch)
{
	AUTO_CLOSE int fd = open(stretch->holder->device, O_RDONLY | O_CLOEXEC);
	uint64_t start, size;

	if (fd < 0 ||
	    table_entry_find(fd, stretch->start, stretch->size, layout_sector_of(present, stretch->holder), partition, &start, &size) < 0)
		return false;
	stretch->start += start;
	stretch->size = size;
	return true;
}

/* Where WANTED lies beneath something of PRESENT that is not assembled or active, or on a partition of that, as far as it can be read there. */
static bool find_beneath(const struct layout *captured, const struct layout *present, const struct node *wanted, struct stretch *ret)
{
	const struct node *on = wanted->on[1] ? NULL : layout_find(captured, wanted->on[0]);
	const struct node *partition = on && on->type == NODE_PARTITION ? on : NULL;
	const struct node *holder = layout_same_holder(present, partition ? layout_find(captured, partition->on[0]) : on);

	return holder && !holder->device && layout_stretch(present, holder, ret) && ret->holder->device &&
	       (!partition || narrow_to(present, partition, ret));
}

/* Opens the stretch as LOOP, which is the one device in *RET. As open_devices(). */
static int open_stretch(struct context *ctx, const struct layout *present, const struct stretch *stretch, struct loop_device *loop,
			struct mount_device **ret)
{
	AUTO_CLOSE int fd = open(stretch->holder->device, O_RDONLY | O_CLOEXEC);
	struct mount_device *devices = *ret = calloc(2, sizeof(*devices));
	int r;

	if (!devices)
		return context_oom(ctx);
	if (fd < 0)
		return context_fail(ctx, errno, "%s cannot be opened: %s", stretch->holder->device, strerror(errno));
	r = loop_device_open_part(fd, layout_sector_of(present, stretch->holder), stretch->start, stretch->size, loop);
	if (r == 0)
		devices[0] = (struct mount_device){ fcntl(loop->fd, F_DUPFD_CLOEXEC, 0), loop->path };
	if (r == 0 && devices[0].fd < 0)
		r = -errno;
	return r < 0 ? context_fail(ctx, -r, "The content of %s cannot be looked at: %s", stretch->holder->device, strerror(-r)) : 0;
}

/* The volume of PRESENT, not active, that WANTED lies on, where it can be mapped to be looked into; NULL: there is none. */
static const struct node *find_volume(const struct layout *captured, const struct layout *present, const struct node *wanted)
{
	const struct node *holder = wanted->on[1] ? NULL : layout_same_holder(present, layout_find(captured, wanted->on[0]));

	return holder && holder->type == NODE_LV && !holder->device && volume_look_can(present, holder) ? holder : NULL;
}

/* Maps VOLUME as *DEVICE, a new string, which is the one device in *RET. As open_devices(). */
static int open_volume(struct context *ctx, const struct layout *present, const struct node *volume, char **device, struct mount_device **ret)
{
	struct mount_device *devices = *ret = calloc(2, sizeof(*devices));
	int fd, r = devices ? volume_look(ctx, present, volume, &fd, device) : context_oom(ctx);

	if (r == 0)
		devices[0] = (struct mount_device){ fd, *device };
	return r;
}

static int mount_devices(struct context *ctx, const struct mount_device *devices, const struct node *filesystem, const struct node *subvolume,
			 const char *where)
{
	AUTO_FREE char *data = NULL;
	int r = make_directories(where, 0700);

	if (r < 0 && r != -EROFS)
		return context_fail(ctx, -r, "%s could not be made: %s", where, strerror(-r));
	r = add_subvolume(ctx, devices, filesystem, where, subvolume, &data);
	return r ? r : mounted_mount(ctx, devices, filesystem, where, MS_RDONLY | MS_NOSUID | MS_NODEV, data, NULL);
}

/* Says that the filesystem of MOUNT is on no disk here, or that nobody can look: -ENOKEY. */
static int fail_unseen(struct context *ctx, const struct layout *captured, const struct layout *present, const struct node *mount,
		       const struct node *wanted)
{
	const char *kind = wanted && wanted->filesystem.kind ? wanted->filesystem.kind : "?";
	const char *uuid = wanted && wanted->uuid ? wanted->uuid : sentence_words(N_("without a UUID"));
	const struct node *closed = wanted ? layout_closed_beneath(captured, present, wanted) : NULL;
	AUTO_FREE char *name = closed ? node_describe(closed) : NULL;

	if (!closed)
		return context_fail(ctx, ENODEV, "The filesystem of %s (%s %s) is on no disk of this machine", mount->mount.path, kind, uuid);
	if (!name)
		return context_oom(ctx);
	return context_fail(ctx, ENOKEY,
			    closed->type == NODE_LUKS ? N_("The filesystem of %s (%s %s) lies in the %s, which is not open: its files were not looked at") :
			    closed->type == NODE_RAID ? N_("The filesystem of %s (%s %s) lies on the %s, which is not assembled: its files were not looked at") :
							N_("The filesystem of %s (%s %s) lies on the %s, which is not active: its files were not looked at"),
			    mount->mount.path, kind, uuid, name);
}

int system_mount_one(struct context *ctx, const struct layout *captured, const struct layout *present, const struct node *mount,
		     const char *where, struct loop_device *loop)
{
	const struct node *subvolume, *wanted = filesystem_of(captured, mount, &subvolume);
	size_t count = 0;
	const struct node *here = wanted ? same_filesystem(present, wanted, &count) : NULL, *volume;
	struct mount_device *devices = NULL;
	AUTO_FREE char *mapped = NULL;
	struct node beneath;
	struct stretch stretch;
	int r;

	*loop = LOOP_DEVICE_NONE;
	if (count > 1)
		return context_fail(ctx, EEXIST, "The filesystem of %s (%s %s) is on %zu devices of this machine, %s among them, so nobody can "
				    "tell which one is meant; detach the copies", mount->mount.path, here->filesystem.kind, here->uuid,
				    count, here->device);
	if (here) {
		r = open_devices(ctx, present, here, &devices);
	} else if (wanted && find_beneath(captured, present, wanted, &stretch)) {
		r = open_stretch(ctx, present, &stretch, loop, &devices);
		beneath = *wanted;
		beneath.device = loop->path;
		here = &beneath;
	} else if (wanted && (volume = find_volume(captured, present, wanted))) {
		r = open_volume(ctx, present, volume, &mapped, &devices);
		beneath = *wanted;
		beneath.device = mapped;
		here = &beneath;
	} else {
		r = fail_unseen(ctx, captured, present, mount, wanted);
	}
	if (!r)
		r = mount_devices(ctx, devices, here, subvolume, where);
	close_devices(devices);
	if (r)
		loop_device_done(loop);
	return r;
}

int system_unmount_one(struct context *ctx, const char *where, struct loop_device *loop)
{
	int r = ops_of(ctx)->unmount(ctx, where, 0);

	if (r < 0)
		loop_device_leave(loop);
	else
		loop_device_done(loop);
	return r;
}

static int compare_points(const void *a, const void *b)
{
	const struct node *left = *(const struct node *const *)a, *right = *(const struct node *const *)b;

	/* A point comes before those below it. */
	return strcmp(left->mount.path, right->mount.path);
}

static int mount_below(struct context *ctx, const struct layout *captured, const struct layout *present, const struct node *node,
		       const char *root, struct system_mounts *mounts)
{
	bool is_root = !strcmp(node->mount.path, "/");
	AUTO_FREE char *where = text_format("%s%s", root, is_root ? "" : node->mount.path);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct loop_device loop = LOOP_DEVICE_NONE;
	int r;

	r = where ? system_mount_one(ctx, captured, present, node, where, &loop) : -ENOMEM;
	loop_device_leave(&loop);
	if (r == 0 && strv_append(&mounts->mounted, where) < 0)
		r = -ENOMEM;
	if (r == -ENOKEY && !is_root) {
		r = strv_append(&mounts->closed, node->mount.path);
		return r < 0 || strv_append(&mounts->lines, context_detail(ctx)) < 0 ? context_oom(ctx) : 0;
	}
	if (r == -ENOMEM)
		context_oom(ctx);
	if (r < 0 && (is_root || r == -ENOMEM))
		return context_scope_keep(&scope, r);
	if (r < 0)
		context_warn(ctx, "%s", context_detail(ctx));
	return 0;
}

int system_mount_all(struct context *ctx, const struct layout *captured, const struct layout *present, const char *root,
		     struct system_mounts *mounts)
{
	AUTO_FREE const struct node **points = calloc(captured->count + 1, sizeof(*points));
	size_t count = 0;
	int r = 0;

	if (!points)
		return context_oom(ctx);
	for (size_t i = 0; i < captured->count; i++)
		if (captured->nodes[i]->type == NODE_MOUNT && !mount_is_private(captured->nodes[i]))
			points[count++] = captured->nodes[i];
	qsort(points, count, sizeof(*points), compare_points);
	if (count == 0 || strcmp(points[0]->mount.path, "/"))
		return context_fail(ctx, EINVAL, "The set does not say where the filesystem of / lies");
	for (size_t i = 0; r == 0 && i < count; i++)
		r = mount_below(ctx, captured, present, points[i], root, mounts);
	return r;
}

void system_unmount(struct context *ctx, struct system_mounts *mounts)
{
	for (size_t i = strv_length(mounts->mounted); i > 0; i--) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		if (ops_of(ctx)->unmount(ctx, mounts->mounted[i - 1], 0) < 0)
			context_warn(ctx, "%s", context_detail(ctx));
	}
	strv_free(mounts->mounted);
	strv_free(mounts->closed);
	strv_free(mounts->lines);
	*mounts = (struct system_mounts){ 0 };
}
