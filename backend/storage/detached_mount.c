/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detached_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../core/byte_order.h"
#include "../core/bytes.h"
#include "../core/macro.h"
#include "../core/mount_open.h"
#include "btrfs_forget.h"

/* Without RECOVERY a journal that would have to be replayed is an error on a read-only device. */
static const struct {
	const char *kind, *options, *without_recovery;
	bool shows;              /* the options say how files show */
} kinds[] = {
	{ "ext3", NULL, "noload", false },
	{ "ext4", NULL, "noload", false },
	{ "xfs", "nouuid", "norecovery", false },
	{ "btrfs", "subvolid=5", "rescue=nologreplay", false },
	{ "f2fs", NULL, "disable_roll_forward", false },
	{ "vfat", "fmask=0022,dmask=0022,utf8=1", NULL, true },
	{ "exfat", "fmask=0022,dmask=0022", NULL, true },
};

const char *detached_mount_options(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (kinds[i].shows && !strcmp(kinds[i].kind, kind))
			return kinds[i].options;
	return NULL;
}

bool detached_mount_knows(const char *kind)
{
	AUTO_CLOSE int fs = fsopen(kind, FSOPEN_CLOEXEC);

	return fs >= 0 || errno != ENODEV;
}

/* A mount of DEVICE that is attached nowhere. READ_ONLY: the superblock too, not only this mount, which is so unless it is WRITABLE. A descriptor or
 * -errno. */
static int mount_once(const char *device, const char *kind, const char *options, const char *more, bool read_only, bool writable)
{
	AUTO_CLOSE int fs = fsopen(kind, FSOPEN_CLOEXEC);
	int fd, r;

	if (fs < 0)
		return -errno;
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", device, 0) < 0 ||
	    (read_only && fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0))
		return -errno;
	r = mount_set_options(fs, options);
	if (r == 0)
		r = mount_set_options(fs, more);
	if (r < 0)
		return r;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(fs, FSMOUNT_CLOEXEC, (writable ? 0 : MOUNT_ATTR_RDONLY) | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return fd < 0 ? -errno : fd;
}

/* ext4 serves the older two where the kernel has no driver of their own. */
static int mount_kind(const char *device, const char *kind, const char *options, const char *more, bool read_only)
{
	int fd = mount_once(device, kind, options, more, read_only, false);

	if (fd == -ENODEV && (!strcmp(kind, "ext2") || !strcmp(kind, "ext3")))
		fd = mount_once(device, "ext4", options, more, read_only, false);
	return fd;
}

/* It is mounted elsewhere: the kernel gives the same superblock, in the state it has. */
static int mount_shared(const char *device, const char *kind, const char *options, struct detached_mount *mount)
{
	mount->shared = true;
	mount->mount_fd = mount_kind(device, kind, options, NULL, true);
	if (mount->mount_fd == -EBUSY)
		mount->mount_fd = mount_kind(device, kind, options, NULL, false);
	return mount->mount_fd < 0 ? mount->mount_fd : 0;
}

/* Of a btrfs on several devices the kernel takes the others as they are, not read-only as the one that it is given: it would replay the log onto
 * those alone. True where IMAGE is one of such; *RET_LOG: its log holds something. Offsets: btrfs, Documentation/dev/On-disk-format, superblock. */
static bool is_one_of_several(int image, const char *kind, bool *ret_log)
{
	static const off_t superblock = 64 << 10;
	enum { LOG_ROOT = 96, DEVICES = 136, END = 144 };
	unsigned char sb[END];

	if (strcmp(kind, "btrfs") || pread(image, sb, sizeof(sb), superblock) != (ssize_t)sizeof(sb))
		return false;
	*ret_log = le64(sb + LOG_ROOT) != 0;
	return le64(sb + DEVICES) > 1;
}

/* It is not in use. A read-only mount alone may still write: it replays journals and removes orphans, unless the device forbids it. */
static int mount_alone(int image, const char *kind, const char *options, const char *without_recovery,
		       struct detached_mount *mount)
{
	int sector = 512, r;

	(void)ioctl(image, BLKSSZGET, &sector);
	r = loop_device_open(image, (uint32_t)sector, true, &mount->loop);
	if (r < 0)
		return r;
	if (is_one_of_several(image, kind, &mount->unreplayed)) {
		mount->mount_fd = mount_kind(mount->loop.path, kind, options, without_recovery, true);
		return mount->mount_fd < 0 ? mount->mount_fd : 0;
	}
	mount->unreplayed = false;
	mount->mount_fd = mount_kind(mount->loop.path, kind, options, NULL, true);
	if (mount->mount_fd < 0 && mount->mount_fd != -ENODEV && without_recovery) {
		mount->mount_fd = mount_kind(mount->loop.path, kind, options, without_recovery, true);
		mount->unreplayed = mount->mount_fd >= 0;
	}
	return mount->mount_fd < 0 ? mount->mount_fd : 0;
}

int detached_mount_open(const char *device, const char *kind, struct detached_mount *ret)
{
	struct detached_mount mount = DETACHED_MOUNT_NONE;
	AUTO_CLOSE int image = open(device, O_RDONLY | O_EXCL | O_CLOEXEC);
	const char *options = NULL, *without_recovery = NULL;
	int r;

	if (image < 0 && errno != EBUSY)
		return -errno;
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		if (strcmp(kinds[i].kind, kind))
			continue;
		options = kinds[i].options;
		without_recovery = kinds[i].without_recovery;
	}
	r = image < 0 ? mount_shared(device, kind, options, &mount)
		      : mount_alone(image, kind, options, without_recovery, &mount);
	if (r == 0)
		mount.top = openat(mount.mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && mount.top < 0)
		r = -errno;
	if (r < 0)
		detached_mount_close(&mount);
	else
		*ret = mount;
	return r;
}

int detached_mount_open_part(int device, uint64_t start, uint64_t size, bool writable, struct detached_mount *ret)
{
	struct detached_mount mount = DETACHED_MOUNT_NONE;
	int sector = 512, r;

	(void)ioctl(device, BLKSSZGET, &sector);
	r = writable ? loop_device_open_part_to_write(device, (uint32_t)sector, start, size, &mount.loop) :
		       loop_device_open_part(device, (uint32_t)sector, start, size, &mount.loop);
	if (r == 0) {
		mount.mount_fd = mount_once(mount.loop.path, "ext4", NULL, writable ? NULL : "noload", !writable, writable);
		if (mount.mount_fd >= 0)
			mount.top = openat(mount.mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = mount.mount_fd < 0 ? mount.mount_fd : mount.top < 0 ? -errno : 0;
	}
	if (r < 0)
		detached_mount_close(&mount);
	else
		*ret = mount;
	return r;
}

int detached_mount_sync(const struct detached_mount *mount)
{
	return syncfs(mount->top) < 0 ? -errno : 0;
}

void detached_mount_close(struct detached_mount *mount)
{
	if (mount->top >= 0)
		close(mount->top);
	if (mount->mount_fd >= 0)
		close(mount->mount_fd);
	if (mount->loop.path)
		btrfs_forget(mount->loop.path);
	loop_device_done(&mount->loop);
	*mount = DETACHED_MOUNT_NONE;
}
