/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trial_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include "../core/mount_open.h"
#include "../core/ops.h"
#include "../storage/btrfs_forget.h"
#include "../storage/loop_device.h"
#include "mkfs.h"
#include "mount_options.h"
#include "subvolumes.h"

#define KERNEL_MESSAGE 512
/* No -errno of a mount: a device that went away (-ENODEV) is not a missing driver. */
#define NO_DRIVER (-4096)

struct trial {
	const struct target *target;
	const struct node *filesystem;
	char **devices; /* of its files, NULL-ended */
	bool whole; /* it has the size it will have */
};

/* 0 or -errno. */
static int configure(int fs, char *const *devices, const char *data)
{
	int r = fsconfig(fs, FSCONFIG_SET_STRING, "source", devices[0], 0) < 0 ? -errno : 0;

	for (char *const *device = devices + 1; r == 0 && *device; device++)
		r = fsconfig(fs, FSCONFIG_SET_STRING, "device", *device, 0) < 0 ? -errno : 0;
	if (r == 0)
		r = mount_set_options(fs, data);

	return r < 0 ? r : fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ? -errno : 0;
}

/* Which of an ext filesystem's features may be why: the kernel tells its log alone. The end of a sentence, "" when all are common. New
 * string. */
static char *rare_features(const struct node *filesystem)
{
	static const char *const common[] = { "has_journal", "ext_attr", "resize_inode", "dir_index", "filetype", "extent", "64bit", "flex_bg",
					      "sparse_super", "large_file", "huge_file", "uninit_bg", "dir_nlink", "extra_isize",
					      "metadata_csum", "needs_recovery", "orphan_present", NULL };
	const char *features = node_property(filesystem, "features");
	AUTO_FREE char *copy = strdup(features && !strncmp(filesystem->filesystem.kind, "ext", 3) ? features : ""), *rare = strdup("");
	char *rest = NULL;

	for (char *name = copy && rare ? strtok_r(copy, ", ", &rest) : NULL; name; name = strtok_r(NULL, ", ", &rest)) {
		AUTO_FREE char *before = NULL;

		if (strv_contains((char *const *)common, name))
			continue;
		before = rare;
		rare = text_format("%s%s%s", before, *before ? ", " : "", name);
		if (!rare)
			return NULL;
	}
	return rare && *rare ? sentence(". Features that not every kernel can mount: %s. Start a rescue system whose kernel can", rare)
			     : TAKE_POINTER(rare);
}

/* Mounts, attached nowhere. The mount's descriptor, or -errno with a sentence; NO_DRIVER without one: the kernel does not know the
 * kind. */
static int mount_detached(struct context *ctx, const struct trial *trial, const char *data)
{
	const char *kind = trial->filesystem->filesystem.kind;
	AUTO_CLOSE int fs = fsopen(kind, FSOPEN_CLOEXEC);
	AUTO_FREE char *rare = NULL, *why = NULL;
	char message[KERNEL_MESSAGE] = "";
	int mounted, r = fs < 0 ? -errno : configure(fs, trial->devices, data);

	if (fs < 0 && r == -ENODEV)
		return NO_DRIVER;
	mounted = r ? -1 : fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOATIME);
	if (mounted >= 0)
		return mounted;
	if (!r)
		r = -errno;
	/* "e btrfs: what is wrong". */
	if (fs < 0 || read(fs, message, sizeof(message) - 1) < 0)
		*message = '\0';
	rare = rare_features(trial->filesystem);
	if (!rare)
		return context_oom(ctx);
	why = *message ? sentence("%s; the kernel says: %s", strerror(-r), message + 2) : sentence("%s", strerror(-r));
	return context_fail(ctx, -r,
			    *data ? N_("The %s filesystem '%s' cannot be mounted by the kernel that runs here with the options %s, tried on a sparse "
				       "file: %s%s")
				  : N_("The %s filesystem '%s' cannot be mounted by the kernel that runs here%s, tried on a sparse file: %s%s"),
			    kind, mkfs_name(trial->filesystem), data, why ? why : "", rare);
}

/* With the options of MOUNT, and without those that are only wished. As mount_detached(). */
static int mount_as_planned(struct context *ctx, const struct trial *trial, const struct node *mount, uint64_t subvolume)
{
	AUTO_FREE char *data = mount_options_data(trial->target, mount, subvolume, true);
	AUTO_FREE char *fewer = mount_options_data(trial->target, mount, subvolume, false);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int fd;

	if (!data || !fewer)
		return context_scope_keep(&scope, context_oom(ctx));
	fd = mount_detached(ctx, trial, data);
	if (fd >= 0 || fd == NO_DRIVER || !strcmp(data, fewer))
		return context_scope_keep(&scope, fd);
	context_scope_end(&scope);
	return mount_detached(ctx, trial, fewer);
}

/* The mount that NODE's mount point lies in; NULL for the root. */
static const struct node *mount_around(const struct layout *layout, const struct node *node)
{
	const struct node *best = NULL;
	const char *path = node->mount.path;

	for (size_t i = 0; i < layout->count; i++) {
		const struct node *other = layout->nodes[i];
		size_t length = other->type == NODE_MOUNT ? strlen(other->mount.path) : 0;

		if (!length || other == node || strncmp(other->mount.path, path, length) ||
		    (length > 1 && path[length] != '/') || (best && strlen(best->mount.path) > length))
			continue;
		best = other;
	}
	return best;
}

/* Makes the mount points that lie in MOUNT, below TOP. */
static int make_points(struct context *ctx, const struct trial *trial, const struct node *mount, int top)
{
	const struct layout *layout = trial->target->result;

	for (size_t i = 0; i < layout->count; i++) {
		const struct node *node = layout->nodes[i];
		const char *below;
		int fd;

		/* The text first: it is cheap, and mount_around() looks at all mounts. */
		if (node->type != NODE_MOUNT || strncmp(node->mount.path, mount->mount.path, strlen(mount->mount.path)) ||
		    mount_around(layout, node) != mount)
			continue;
		below = node->mount.path + strlen(mount->mount.path);
		fd = subvolume_open(top, below, strlen(below), true);
		if (fd < 0)
			return context_fail(ctx, -fd,
					    "The mount point %s cannot be made in the %s filesystem '%s', tried on a sparse file: %s",
					    node->mount.path, trial->filesystem->filesystem.kind, mkfs_name(trial->filesystem),
					    strerror(-fd));
		close(fd);
	}
	return 0;
}

static bool has_subvolumes(const struct trial *trial)
{
	return layout_child(trial->target->result, trial->filesystem->id, NODE_SUBVOLUME, 0);
}

/* Makes the subvolumes; the top of the filesystem stays open in *RET_TOP. */
static int try_subvolumes(struct context *ctx, const struct trial *trial, int *ret_top)
{
	AUTO_CLOSE int mounted = mount_detached(ctx, trial, "subvolid=5");

	if (mounted < 0)
		return mounted;
	*ret_top = openat(mounted, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_top < 0)
		return context_fail(ctx, errno, "The top of a btrfs filesystem cannot be opened: %s", strerror(errno));
	return subvolumes_try(ctx, trial->target, trial->filesystem, *ret_top);
}

/* How much an empty one of this size takes. Root may use what is reserved; of btrfs f_bfree counts the chunks of its own tables. */
static void note_room(const struct trial *trial, int mounted)
{
	struct node *node = layout_find(trial->target->result, trial->filesystem->id);
	struct statfs status;

	if (!trial->whole || !node || node->filesystem.room || fstatfs(mounted, &status) < 0)
		return;
	node->filesystem.room = (uint64_t)(strcmp(node->filesystem.kind, "btrfs") ? status.f_bfree : status.f_bavail) *
				(uint64_t)status.f_bsize;
	node->filesystem.room_files = status.f_files ? (uint64_t)status.f_ffree : 0;
	node->filesystem.room_unit = (uint64_t)status.f_bsize;
}

/* One mount of the filesystem. TOP: of a btrfs with subvolumes, else -1. */
static int try_mount(struct context *ctx, const struct trial *trial, const struct node *mount, int top)
{
	const struct node *on = layout_find(trial->target->result, mount->on[0]);
	AUTO_CLOSE int mounted = -1;
	uint64_t number = 0;
	int r = on->type == NODE_SUBVOLUME ? subvolume_number(top, on->subvolume.path, &number) : 0;

	if (r)
		return context_fail(ctx, -r, "The subvolume %s cannot be made, tried on a sparse file: %s", on->subvolume.path,
				    strerror(-r));
	mounted = mount_as_planned(ctx, trial, mount, number);
	if (mounted < 0)
		return mounted;
	note_room(trial, mounted);
	return make_points(ctx, trial, mount, mounted);
}

static int try_all(struct context *ctx, const struct trial *trial)
{
	const struct layout *layout = trial->target->result;
	AUTO_CLOSE int top = -1;
	int r = has_subvolumes(trial) ? try_subvolumes(ctx, trial, &top) : 0;

	for (size_t i = 0; !r && i < layout->count; i++)
		if (layout->nodes[i]->type == NODE_MOUNT && layout_filesystem_of(layout, layout->nodes[i]) == trial->filesystem)
			r = try_mount(ctx, trial, layout->nodes[i], top);
	/* The check of the mount says so, after it tried to load the driver. */
	return r == NO_DRIVER ? 0 : r;
}

/* A loop device over IMAGE; loads the driver where there is none yet. */
static int open_loop(struct context *ctx, int image, uint32_t sector, struct loop_device *loop)
{
	int r = loop_device_open(image, sector, false, loop);

	if (r == -ENOENT && run_is_present(NULL, "modprobe")) {
		struct run run = { .argv = (const char *const[]){ "modprobe", "-q", "loop", NULL }, .accept = { [1] = true } };
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		/* Whether it helped is seen next. */
		(void)ops_of(ctx)->run(ctx, &run, NULL);
		r = loop_device_open(image, sector, false, loop);
	}
	return r;
}

static int open_loops(struct context *ctx, const int *images, size_t count, uint32_t sector, struct loop_device *loops, char ***devices)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		r = open_loop(ctx, images[i], sector, &loops[i]);
		if (r == 0)
			r = strv_append(devices, loops[i].path);
	}
	return r;
}

int trial_mount(struct context *ctx, const struct target *target, const struct node *filesystem, const int *images, size_t count,
		uint32_t sector, bool whole)
{
	struct trial trial = { .target = target, .filesystem = filesystem, .whole = whole };
	struct loop_device *loops;
	int r;

	if (*ctx->prefix)
		return 0;
	loops = calloc(count, sizeof(*loops));
	if (!loops)
		return context_oom(ctx);
	for (size_t i = 0; i < count; i++)
		loops[i] = LOOP_DEVICE_NONE;
	r = open_loops(ctx, images, count, sector, loops, &trial.devices);
	if (r)
		context_warn(ctx,
			     "Whether the kernel that runs here can mount the %s filesystem '%s' could not be tried, because no "
			     "loop device can be set up: %s",
			     filesystem->filesystem.kind, mkfs_name(filesystem), strerror(-r));
	r = r ? 0 : try_all(ctx, &trial);
	for (size_t i = 0; i < count; i++) {
		if (count > 1 && loops[i].path)
			btrfs_forget(loops[i].path);
		loop_device_done(&loops[i]);
	}
	free(loops);
	strv_free(trial.devices);
	return r;
}
