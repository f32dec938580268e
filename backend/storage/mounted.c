/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mounted.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <uuid/uuid.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "../devices/sysfs.h"
#include "content.h"

/* 1, 0 or -errno: whether DEVICE is the device that DIRECTORY/NAME/dev of /sys tells of. */
static int is_shown_as(const struct context *ctx, const char *directory, const char *name, const struct mount_device *device)
{
	AUTO_FREE char *attribute = text_format("%s/dev", name), *found = NULL, *wanted = NULL;
	struct stat status;
	int r = fstat(device->fd, &status) < 0 ? -errno : attribute ? sysfs_attribute(ctx, directory, attribute, &found) : -ENOMEM;

	if (r < 0)
		return r;
	wanted = text_format("%u:%u", major(status.st_rdev), minor(status.st_rdev));
	return !wanted ? -ENOMEM : found ? !strcmp(found, wanted) : -EIO;
}

/* A btrfs shows device numbers of its own; which devices it lies on stands in /sys. 1, 0 or -errno. */
static int is_btrfs_on(const struct context *ctx, int top, const struct mount_device *devices)
{
	struct btrfs_ioctl_fs_info_args info = { 0 };
	AUTO_FREE char *directory = NULL;
	AUTO_STRV char **names = NULL;
	char uuid[UUID_STR_LEN];
	size_t count = 0;
	int r;

	while (devices[count].name)
		count++;
	if (ioctl(top, BTRFS_IOC_FS_INFO, &info) < 0)
		return errno == ENOTTY ? 0 : -errno;
	if (info.num_devices != count)
		return 0;
	uuid_unparse_lower(info.fsid, uuid);
	directory = text_format("/sys/fs/btrfs/%s/devices", uuid);
	r = directory ? sysfs_list(ctx, directory, &names) : -ENOMEM;
	if (r < 0)
		return r;
	if (strv_length(names) != count)
		return names ? 0 : -EIO;
	/* Each is one of those, and as many there are. */
	for (char **name = names; *name; name++) {
		r = 0;
		for (size_t i = 0; r == 0 && i < count; i++)
			r = is_shown_as(ctx, directory, *name, &devices[i]);
		if (r <= 0)
			return r;
	}
	return 1;
}

/* 1, 0 or -errno. Kernels before 5.8 do not tell: then the device alone decides. */
static int is_mount_root(int top)
{
	struct statx status;

	if (statx(top, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &status) < 0)
		return -errno;
	return !(status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) || (status.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* Whether the open directory TOP is the root of a mount of DEVICES: 1, 0 or -errno. */
static int is_top_of(const struct context *ctx, const struct mount_device *devices, const char *kind, int top)
{
	struct stat device, shown;
	int r;

	if (fstat(devices->fd, &device) < 0 || fstat(top, &shown) < 0)
		return -errno;
	r = is_mount_root(top);
	if (r <= 0)
		return r;
	return strcmp(kind, "btrfs") ? shown.st_dev == device.st_rdev : is_btrfs_on(ctx, top, devices);
}

int mounted_is(struct context *ctx, const struct mount_device *devices, const char *kind, const char *target)
{
	AUTO_CLOSE int top = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	return is_top_of(ctx, devices, kind, top);
}

/* Each of DEVICES holds FILESYSTEM. */
static int check_devices(struct context *ctx, const struct mount_device *devices, const struct node *filesystem, const char *target)
{
	const char *kind = filesystem->filesystem.kind;

	for (; devices->name; devices++) {
		int there = devices->fd < 0 ? 1 : content_is_there(devices->fd, kind, filesystem->uuid, NULL);

		if (there <= 0)
			return context_fail(ctx, there < 0 ? -there : ESTALE, "%s does not hold the %s filesystem %s that belongs at %s%s%s",
					    devices->name, kind, filesystem->uuid ? filesystem->uuid : "", target, there < 0 ? ": " : "",
					    there < 0 ? strerror(-there) : "");
	}
	return 0;
}

int mounted_mount(struct context *ctx, const struct mount_device *devices, const struct node *filesystem, const char *target,
		  unsigned long flags, const char *data, int *ret_top)
{
	const char *kind = filesystem->filesystem.kind;
	int there, r = check_devices(ctx, devices, filesystem, target);
	AUTO_CLOSE int top = -1;

	if (r == 0)
		r = ops_of(ctx)->mount_open(ctx, devices, target, kind, flags, data);
	if (r < 0 || devices->fd < 0)
		return r;
	top = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	there = top < 0 ? -errno : is_top_of(ctx, devices, kind, top);
	if (there > 0) {
		if (ret_top)
			*ret_top = TAKE_FD(top);
		return 0;
	}
	if (top >= 0)
		close(TAKE_FD(top));
	(void)ops_of(ctx)->unmount(ctx, target, 0);
	if (there < 0)
		return context_reword(ctx, -there, "What was mounted at %s cannot be looked at, and was unmounted again: %s", target, strerror(-there));
	return context_reword(ctx, ESTALE, "%s came to mean another device while it was mounted at %s. It was unmounted again, and nothing "
			    "is written to it", filesystem->device, target);
}

int mounted_sync(struct context *ctx, int top, const struct node *filesystem, const char *target)
{
	if (top >= 0 && syncfs(top) < 0)
		return context_fail(ctx, errno, "%s could not be written back to %s: %s", target, filesystem->device, strerror(errno));
	return 0;
}

int mounted_unmount(struct context *ctx, const struct mount_device *devices, int top, const struct node *filesystem, const char *target)
{
	int there = mounted_is(ctx, devices, filesystem->filesystem.kind, target), r, undone;

	r = mounted_sync(ctx, top, filesystem, target);
	if (top >= 0)
		close(top);
	if (there == 0)
		return r ? r : context_fail(ctx, ESTALE, "%s is not mounted at %s any more, so not all that was restored may be on it",
					    filesystem->device, target);
	/* What cannot be looked at does not stay mounted for that. */
	if (there < 0 && !r)
		r = context_fail(ctx, -there, "%s, where %s is mounted, cannot be looked at, so not all that was restored may be on it: %s", target,
				 filesystem->device, strerror(-there));
	undone = ops_of(ctx)->unmount(ctx, target, 0);
	if (r || undone)
		return r ? r : undone;
	for (; devices->name; devices++)
		if (fsync(devices->fd) < 0)
			return context_fail(ctx, errno, "%s could not be written: %s", devices->name, strerror(errno));
	return 0;
}
