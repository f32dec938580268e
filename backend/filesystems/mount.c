/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounts a new filesystem, or a subvolume of it, where the captured system had it, below target->root. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "../devices/sysfs.h"
#include "../storage/actions.h"
#include "../storage/content.h"
#include "../storage/device.h"
#include "../storage/hold.h"
#include "mount_options.h"
#include "../storage/mounted.h"

#define FILESYSTEMS_LIMIT (64u << 10)

/* New string; NULL when out of memory. */
static char *target_of(const struct target *target, const struct node *mount)
{
	return text_format("%s%s", target->root, strcmp(mount->mount.path, "/") ? mount->mount.path : "");
}

/* 1 when the running kernel can mount KIND, 0 when not, -errno. */
static int kernel_knows(struct context *ctx, const char *kind)
{
	AUTO_FREE char *path = context_path(ctx, "/proc/filesystems"), *text = NULL;
	char *rest = NULL;
	int r = path ? file_read(AT_FDCWD, path, FILESYSTEMS_LIMIT, &text, NULL) : -ENOMEM;

	if (r)
		return r;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *tab = strrchr(line, '\t');

		if (tab && !strcmp(tab + 1, kind))
			return 1;
	}
	return 0;
}

static int mount_check(struct context *ctx, const struct target *target, const struct action *action)
{
	const struct node *filesystem = layout_filesystem_of(target->result, action->node);
	const char *kind = filesystem ? filesystem->filesystem.kind : NULL;
	int knows;

	if (!filesystem || !filesystem->device)
		return context_fail(ctx, EINVAL, "What was mounted at %s is not in the layout",
				    action->node->mount.path);
	if (strlen(target->root) + strlen(action->node->mount.path) >= PATH_MAX)
		return context_fail(ctx, ENAMETOOLONG,
				    "The mount point %.64s... cannot be made below %s, because the whole path is longer than "
				    "%d bytes; restore with a shorter --root",
				    action->node->mount.path, target->root, PATH_MAX - 1);
	knows = kernel_knows(ctx, kind);
	if (!knows && run_is_present(NULL, "modprobe")) {
		struct run run = { .argv = (const char *const[]){ "modprobe", "-q", kind, NULL },
				   .accept = { [1] = true } };

		if (!ops_of(ctx)->run(ctx, &run, NULL))
			knows = kernel_knows(ctx, kind);
	}
	if (knows < 0)
		return context_fail(ctx, -knows, "The kernel's list of filesystems could not be read: %s",
				    strerror(-knows));
	if (!knows)
		return context_fail(ctx, ENODEV, "The kernel that runs here cannot mount %s, which %s needs", kind,
				    action->node->mount.path);
	return 0;
}

static char *mount_print(const struct target *target, const struct action *action)
{
	const struct node *filesystem = layout_filesystem_of(target->result, action->node);
	const struct node *on = layout_find(target->result, action->node->on[0]);
	bool subvolume = on && on->type == NODE_SUBVOLUME;

	if (mount_is_private(action->node))
		return sentence("Mount %s, which was not mounted when the machine was captured, to restore its files",
				   filesystem ? filesystem->device : "");
	return subvolume ? sentence("Mount %s (subvolume %s) as %s", filesystem ? filesystem->device : "", on->subvolume.path,
				    action->node->mount.path)
			 : sentence("Mount %s as %s", filesystem ? filesystem->device : "", action->node->mount.path);
}

struct mount_work {
	const struct target *target;
	const struct node *filesystem;
	const char *path;
	struct mount_device *devices;
};

static int prepare_mount(struct context *ctx, void *data)
{
	struct mount_work *work = data;
	int r = make_directories(work->path, 0755);

	if (r)
		return context_fail(ctx, -r, "The directory %s could not be made: %s", work->path, strerror(-r));
	return content_devices_open(ctx, work->target, work->filesystem, work->devices);
}

/* The number of the subvolume that MOUNT shows, as it was made here; 0: none. */
static uint64_t subvolume_of(const struct target *target, const struct node *mount)
{
	const struct node *on = layout_find(target->result, mount->on[0]);

	return on && on->type == NODE_SUBVOLUME ? on->subvolume.number : 0;
}

/* ext4 keeps blocks back from its last files, so that what delayed writes still need is there ("reserved_clusters" in
 * Documentation/filesystems/ext4). A filesystem that was full to the last block was filled from these, too, and its files come back in another
 * order. They are kept back again when it is mounted the next time. A kernel without the knob has none to give. */
static void open_reserve(struct context *ctx, int fd)
{
	AUTO_FREE char *name = NULL, *knob = NULL;
	struct stat device;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (fd < 0 || fstat(fd, &device) < 0)
		return;
	if (block_name(ctx, major(device.st_rdev), minor(device.st_rdev), &name) < 0)
		return;
	knob = name ? text_format("/sys/fs/ext4/%s/reserved_clusters", name) : NULL;
	if (knob && access(knob, W_OK) == 0)
		(void)ops_of(ctx)->write_text(ctx, knob, "0");
}

static int mount_run(struct context *ctx, struct target *target, struct action *action)
{
	const struct node *filesystem = layout_filesystem_of(target->result, action->node);
	uint64_t subvolume = subvolume_of(target, action->node);
	AUTO_FREE char *path = target_of(target, action->node);
	AUTO_FREE char *data = mount_options_data(target, action->node, subvolume, true);
	AUTO_FREE char *fewer = mount_options_data(target, action->node, subvolume, false);
	AUTO_FREE char *text = path ? sentence("make the directory %s", path) : NULL;
	struct mount_work work = { target, filesystem, path, content_devices(target, filesystem) };
	struct error_scope scope;
	int top = -1, r;

	r = text && data && fewer && work.devices ? ops_of(ctx)->change(ctx, text, prepare_mount, &work) : context_oom(ctx);
	if (r) {
		content_devices_free(work.devices);
		return r;
	}
	scope = context_scope_begin(ctx);
	r = mounted_mount(ctx, work.devices, filesystem, path, MS_NOATIME, *data ? data : NULL, &top);
	if (r && r != -ESTALE && strcmp(data, fewer)) {
		context_scope_end(&scope);
		context_info(ctx, "%s is mounted without the options %s, which this kernel does not take",
			     action->node->mount.path, data);
		r = mounted_mount(ctx, work.devices, filesystem, path, MS_NOATIME, *fewer ? fewer : NULL, &top);
	} else {
		context_scope_keep(&scope, r);
	}
	if (!r && !strncmp(filesystem->filesystem.kind, "ext", 3))
		open_reserve(ctx, work.devices->fd);
	if (r || work.devices->fd < 0)
		content_devices_free(work.devices);
	else
		action->mounted = work.devices;
	action->top = top;
	return r;
}

static int mount_done(struct context *ctx, const struct target *target, const struct action *action)
{
	const struct node *filesystem = layout_filesystem_of(target->result, action->node);
	AUTO_FREE char *path = target_of(target, action->node);

	if (!filesystem || !action->mounted)
		return 0;
	return path ? mounted_is(ctx, action->mounted, filesystem->filesystem.kind, path) : -ENOMEM;
}

struct place {
	const char *root;        /* of the new system */
	const struct node *mount;
};

/* The directory where a filesystem was mounted only to be restored goes, and the root looks as if it had never been there. */
static int remove_place(struct context *ctx, void *data)
{
	const struct place *place = data;
	AUTO_CLOSE int root = open(place->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat before;

	if (root < 0 || fstat(root, &before) < 0 || unlinkat(root, place->mount->mount.path + 1, AT_REMOVEDIR) < 0 ||
	    (unlinkat(root, LAYOUT_UNMOUNTED_NAME, AT_REMOVEDIR) < 0 && errno != ENOTEMPTY) ||
	    futimens(root, (const struct timespec[]){ before.st_atim, before.st_mtim }) < 0)
		return context_fail(ctx, errno, "The directory %s could not be removed from the new root: %s", place->mount->mount.path,
				    strerror(errno));
	return 0;
}

static int mount_undo(struct context *ctx, struct target *target, struct action *action)
{
	const struct node *filesystem = layout_filesystem_of(target->result, action->node);
	AUTO_FREE char *path = target_of(target, action->node);
	struct place place = { target->root, action->node };
	int r;

	if (!filesystem || !action->mounted)
		return 0;
	r = path ? mounted_unmount(ctx, action->mounted, action->top, filesystem, path) : context_oom(ctx);
	if (!path && action->top >= 0)
		close(action->top);
	action->top = -1;
	content_devices_free(TAKE_POINTER(action->mounted));
	return r == 0 && mount_is_private(action->node) ? ops_of(ctx)->change(ctx, "remove its mount point", remove_place, &place) : r;
}

const struct action_type action_mount = {
	.name = "mount",
	.destructive = false,
	.check = mount_check,
	.print = mount_print,
	.run = mount_run,
	.done = mount_done,
	.undo = mount_undo,
};
