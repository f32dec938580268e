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
#include "../probe/sysfs.h"
#include "actions.h"

/* A btrfs shows device numbers of its own; which devices it lies on stands in /sys. */
static bool is_btrfs_on(const struct context *ctx, int top, dev_t number)
{
	struct btrfs_ioctl_fs_info_args info = { 0 };
	AUTO_FREE char *directory = NULL, *wanted = text_format("%u:%u", major(number), minor(number));
	AUTO_STRV char **devices = NULL;
	char uuid[UUID_STR_LEN];

	if (!wanted || ioctl(top, BTRFS_IOC_FS_INFO, &info) < 0 || info.num_devices != 1)
		return false;
	uuid_unparse_lower(info.fsid, uuid);
	directory = text_format("/sys/fs/btrfs/%s/devices", uuid);
	devices = directory ? sysfs_list(ctx, directory) : NULL;
	if (strv_length(devices) == 1) {
		AUTO_FREE char *attribute = text_format("%s/dev", devices[0]);
		AUTO_FREE char *found = attribute ? sysfs_text(ctx, directory, attribute) : NULL;

		return found && !strcmp(found, wanted);
	}
	return false;
}

/* Kernels before 5.8 do not tell: then the device alone decides. */
static bool is_mount_root(int top)
{
	struct statx status;

	return statx(top, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &status) == 0 &&
	       (!(status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) || (status.stx_attributes & STATX_ATTR_MOUNT_ROOT));
}

int mounted_is(struct context *ctx, int fd, const char *kind, const char *target)
{
	AUTO_CLOSE int top = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat device, shown;

	if (top < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (fstat(fd, &device) < 0 || fstat(top, &shown) < 0)
		return -errno;
	if (!is_mount_root(top))
		return 0;
	return strcmp(kind, "btrfs") ? shown.st_dev == device.st_rdev : is_btrfs_on(ctx, top, device.st_rdev);
}

int mounted_mount(struct context *ctx, int fd, const struct node *filesystem, const char *target, unsigned long flags,
		  const char *data)
{
	const char *kind = filesystem->filesystem.kind;
	int there = fd < 0 ? 1 : content_is_there(fd, kind, filesystem->uuid, NULL), r;

	if (there <= 0)
		return context_fail(ctx, there < 0 ? -there : ESTALE, "%s does not hold the %s filesystem %s that belongs at %s%s%s",
				    filesystem->device, kind, filesystem->uuid ? filesystem->uuid : "", target,
				    there < 0 ? ": " : "", there < 0 ? strerror(-there) : "");
	r = ctx->ops->mount_open(ctx, fd, filesystem->device, target, kind, flags, data);
	if (r < 0 || fd < 0)
		return r;
	there = mounted_is(ctx, fd, kind, target);
	if (there > 0)
		return 0;
	(void)ctx->ops->unmount(ctx, target, 0);
	return context_reword(ctx, ESTALE, "%s came to mean another device while it was mounted at %s. It was unmounted again, and nothing "
			    "is written to it", filesystem->device, target);
}

int mounted_unmount(struct context *ctx, int fd, const struct node *filesystem, const char *target)
{
	AUTO_CLOSE int top = -1;
	int there = mounted_is(ctx, fd, filesystem->filesystem.kind, target), r = 0, undone;

	if (there <= 0)
		return context_fail(ctx, ESTALE, "%s is not mounted at %s any more, so not all that was restored may be on it",
				    filesystem->device, target);
	top = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0 || syncfs(top) < 0)
		r = context_fail(ctx, errno, "%s could not be written back to %s: %s", target, filesystem->device, strerror(errno));
	if (top >= 0)
		close(TAKE_FD(top));
	undone = ctx->ops->unmount(ctx, target, 0);
	if (r || undone)
		return r ? r : undone;
	if (fsync(fd) < 0)
		return context_fail(ctx, errno, "%s could not be written: %s", filesystem->device, strerror(errno));
	return 0;
}
