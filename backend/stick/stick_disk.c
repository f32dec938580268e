/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "../core/file.h"
#include "../devices/disk_busy.h"
#include "../devices/partitions.h"
#include "../devices/sysfs.h"
#include "../layout/identity.h"
#include "../probe/probe_disk.h"
#include "../storage/device.h"

/* linux/fs.h since 5.15. */
#ifndef BLKGETDISKSEQ
#define BLKGETDISKSEQ _IOR(0x12, 128, uint64_t)
#endif

#define SECTOR 512

void stick_disk_done(struct stick_disk *disk)
{
	if (disk->fd >= 0)
		close(TAKE_FD(disk->fd));
	layout_free(disk->layout);
	*disk = (struct stick_disk)STICK_DISK_NONE;
}

/* The kernel's name of the whole disk that PATH is. */
static int find(struct context *ctx, const char *path, dev_t *ret_number, char **ret_name)
{
	AUTO_FREE char *name = NULL, *whole = NULL;
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return context_fail(ctx, errno, "There is no stick at %s: %s", path, strerror(errno));
	if (!S_ISBLK(st.st_mode))
		return context_fail(ctx, ENOTBLK, "%s is no disk: name the stick by its device, such as /dev/sdb. 'lifeboat media iso' makes a file that can be copied onto one",
				    path);
	r = block_name_of_node(ctx, path, &name);
	if (r == 0 && name)
		r = block_whole(ctx, name, &whole);
	if (r == -ENOMEM)
		return context_oom(ctx);
	if (r < 0 || !whole)
		return context_fail(ctx, r < 0 ? -r : ENODEV, "Nobody can tell which disk %s is", path);
	if (strcmp(whole, name) != 0)
		return context_fail(ctx, EINVAL, "%s is a partition: name the whole stick, /dev/%s", path, whole);
	*ret_number = st.st_rdev;
	*ret_name = TAKE_POINTER(name);
	return 0;
}

/* The second name. */
static int check_name(struct context *ctx, const struct layout *layout, const struct node *node, const char *serial)
{
	AUTO_FREE char *what = node_describe(node), *best = NULL;

	if (!what)
		return context_oom(ctx);
	if (serial && disk_is_called(node, serial))
		return 0;
	/* Beside the device it need not tell the disk from all others by itself. */
	best = node->disk.serial ? strdup(node->disk.serial) : disk_best_name(layout, node);
	if (!best)
		return context_fail(ctx, ENOTUNIQ, "%s (%s) has no serial number and no other name of its own, so that it cannot be told from other disks. Take another stick", node->device, what);
	if (!serial)
		return context_fail(ctx, EINVAL, "A stick is named twice, so that no other disk is erased. %s is %s; if this is the one, say so with --serial '%s'", node->device, what, best);
	return context_fail(ctx, ENODEV, "%s is not the disk '%s', but %s; nothing was written", node->device, serial, what);
}

static int check(struct context *ctx, const struct layout *layout, const struct node *node, const char *serial)
{
	AUTO_FREE char *what = node_describe(node), *why = NULL;
	int r = what ? 0 : context_oom(ctx);

	if (r == 0 && !node->disk.removable)
		r = context_fail(ctx, EINVAL, "%s (%s) is not removable: a stick is made of a removable disk only. Nothing was written", node->device, what);
	if (r == 0)
		r = check_name(ctx, layout, node, serial);
	if (r == 0 && !node->size)
		r = context_fail(ctx, ENOMEDIUM, "No medium is in %s (%s)", node->device, what);
	if (r == 0 && node->disk.read_only)
		r = context_fail(ctx, EROFS, "%s (%s) is write-protected", node->device, what);
	if (r == 0 && node->disk.logical_sector != SECTOR)
		r = context_fail(ctx, ENOTSUP, "%s (%s) has sectors of %u bytes, and machines start from sticks with sectors of 512 bytes only", node->device, what,
				 node->disk.logical_sector);
	if (r == 0 && disk_is_busy(ctx, node, &why))
		r = context_fail(ctx, EBUSY, "%s (%s) is in use: %s. Nothing was written", node->device, what, why ? why : "");
	return r;
}

/* Whether what is open is what was checked. */
static bool is_same(int fd, dev_t number, const struct node *node)
{
	uint64_t sequence = 0, size = 0;
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_rdev != number || ioctl(fd, BLKGETSIZE64, &size) < 0 || size != node->size)
		return false;
	return !node->disk.sequence || ioctl(fd, BLKGETDISKSEQ, &sequence) < 0 || sequence == node->disk.sequence;
}

int stick_disk_open(struct context *ctx, const char *path, const char *serial, struct stick_disk *ret)
{
	struct stick_disk AUTO_STICK_DISK disk = STICK_DISK_NONE;
	AUTO_FREE char *name = NULL;
	dev_t number = 0;
	int r = find(ctx, path, &number, &name);

	if (r < 0)
		return r;
	disk.layout = layout_new();
	disk.node = disk.layout ? layout_add(disk.layout, NODE_DISK, "disk:0") : NULL;
	r = disk.node ? probe_disk_identity(ctx, name, disk.node) : -ENOMEM;
	if (r < 0)
		return r == -ENOMEM ? context_oom(ctx) : context_fail(ctx, -r, "What %s is cannot be read: %s", path, strerror(-r));
	r = check(ctx, disk.layout, disk.node, serial);
	if (r == 0)
		r = device_open(ctx, path, disk.node->device, &disk.fd);
	if (r < 0)
		return r;
	if (!is_same(disk.fd, number, disk.node))
		return context_fail(ctx, ESTALE, "%s is another disk now than it was a moment ago; nothing was written", path);
	*ret = disk;
	disk = (struct stick_disk)STICK_DISK_NONE;
	return 0;
}

static int fail_write(struct context *ctx, const struct stick_disk *disk, int r)
{
	return context_fail(ctx, -r, "%s cannot be written: %s. It does not start in this state; when the stick is in order, run the same command again",
			    disk->node->device, strerror(-r));
}

int stick_disk_write(struct context *ctx, const struct stick_disk *disk, const void *data, size_t length, uint64_t offset)
{
	const char *at = data;

	while (length) {
		ssize_t n = pwrite(disk->fd, at, length, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_write(ctx, disk, n < 0 ? -errno : -EIO);
		at += n;
		offset += (uint64_t)n;
		length -= (size_t)n;
	}
	return 0;
}

int stick_disk_settle(struct context *ctx, const struct stick_disk *disk)
{
	if (fsync(disk->fd) < 0 || ioctl(disk->fd, BLKFLSBUF) < 0)
		return fail_write(ctx, disk, -errno);
	return 0;
}

int stick_disk_read(struct context *ctx, const struct stick_disk *disk, void *data, size_t length, uint64_t offset)
{
	ssize_t n = read_full_at(disk->fd, data, length, (off_t)offset);

	if (n < 0 || (size_t)n < length)
		return context_fail(ctx, n < 0 ? (int)-n : EIO, "%s cannot be read: %s", disk->node->device, strerror(n < 0 ? (int)-n : EIO));
	return 0;
}
