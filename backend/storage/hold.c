/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../core/claim.h"
#include "../core/file.h"
#include "../layout/identity.h"
#include "../probe/probe_disk.h"
#include "device.h"
#include "held_directory.h"

/* linux/fs.h since 5.15. */
#ifndef BLKGETDISKSEQ
#define BLKGETDISKSEQ _IOR(0x12, 128, uint64_t)
#endif

/* 0: this kernel does not number disks. */
static uint64_t sequence_of(int fd)
{
	uint64_t sequence = 0;

	return ioctl(fd, BLKGETDISKSEQ, &sequence) < 0 ? 0 : sequence;
}

/* 0: the disk is gone. */
static uint64_t size_of(int fd)
{
	uint64_t size = 0;

	return ioctl(fd, BLKGETSIZE64, &size) < 0 ? 0 : size;
}

static bool same_text(const char *a, const char *b)
{
	return (!a && !b) || (a && b && !strcmp(a, b));
}

/* Where the kernel has no sequence numbers, what the disk says of itself must do. */
static bool has_same_identity(struct context *ctx, const struct node *disk)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	struct node *now = layout ? layout_add(layout, NODE_DISK, "now") : NULL;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (!now || probe_disk_identity(ctx, disk->disk.name, now))
		return false;
	return same_text(now->disk.model, disk->disk.model) && same_text(now->disk.serial, disk->disk.serial) &&
	       same_text(now->disk.wwn, disk->disk.wwn);
}

/* What is wrong with HOLD, as the end of a sentence; NULL: nothing. */
static const char *find_fault(struct context *ctx, const struct disk_hold *hold)
{
	struct stat named;

	if (stat(hold->disk->device, &named) < 0 || !S_ISBLK(named.st_mode))
		return N_("the name leads to no disk any more");
	if (named.st_rdev != hold->number)
		return N_("the name leads to another disk now");
	if (!device_is_alive(ctx, hold->number))
		return N_("the disk was disconnected");
	if (sequence_of(hold->fd) != hold->sequence)
		return N_("another disk or medium is in its place");
	if (size_of(hold->fd) != hold->size)
		return N_("its size changed");
	if (!hold->sequence && !has_same_identity(ctx, hold->disk))
		return N_("its model or serial number changed");
	return NULL;
}

int hold_check(struct context *ctx, const struct disk_hold *hold)
{
	const char *fault = find_fault(ctx, hold);
	AUTO_FREE char *name = fault ? node_describe(hold->disk) : NULL;

	if (!fault)
		return 0;
	return context_fail(ctx, ESTALE, "%s is no longer the disk that was confirmed (%s): %s. Nothing more is written to it",
			    hold->disk->device, name ? name : hold->disk->id, sentence_words(fault));
}

int hold_check_all(struct context *ctx, const struct target *target)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < target->hold_count; i++)
		r = hold_check(ctx, &target->holds[i]);
	return r;
}

/* A disk with an identity of its own may be unplugged and come back between consent and the first write. Of another one only the kernel
 * can tell that it is still the same. */
static bool was_exchanged(const struct disk_hold *hold)
{
	const struct disk_info *info = &hold->disk->disk;

	return info->sequence && hold->sequence && info->sequence != hold->sequence && disk_identity_is_weak(info);
}

/* Descriptors do not keep another engine out: its actions would come between ours. */
static int claim_disk(struct context *ctx, const struct node *disk, const char *name, struct disk_hold *hold)
{
	AUTO_FREE char *claim = text_format("disk %u:%u, sequence %" PRIu64, major(hold->number), minor(hold->number), hold->sequence);
	int r = claim ? claim_take(claim) : -ENOMEM;

	hold->claim = r;
	if (r == -EADDRINUSE)
		return context_fail(ctx, EBUSY, "Another restore writes to %s (%s). This one wrote nothing to it; wait for the end of the other",
				    disk->device, name ? name : disk->id);
	return r < 0 ? context_fail(ctx, -r, "%s cannot be taken: %s", disk->device, strerror(-r)) : 0;
}

static int hold_one(struct context *ctx, const struct node *disk, const char *made, struct disk_hold *hold)
{
	AUTO_FREE char *name = node_describe(disk);
	struct stat status;

	*hold = (struct disk_hold){ .disk = disk, .made = made };
	hold->fd = open(disk->device, O_RDONLY | O_CLOEXEC);
	if (hold->fd < 0)
		return context_fail(ctx, errno, "%s cannot be opened: %s", disk->device, strerror(errno));
	if (fstat(hold->fd, &status) < 0 || !S_ISBLK(status.st_mode)) {
		close(hold->fd);
		return context_fail(ctx, ENOTBLK, "%s is no block device", disk->device);
	}
	hold->number = status.st_rdev;
	hold->sequence = sequence_of(hold->fd);
	hold->size = size_of(hold->fd);
	if (!was_exchanged(hold)) {
		int r = claim_disk(ctx, disk, name, hold);

		if (r < 0)
			close(hold->fd);
		return r;
	}
	close(hold->fd);
	return context_fail(ctx, ESTALE, "%s is no longer the disk that was confirmed (%s): it was disconnected or exchanged since. Nothing "
			    "was written to it", disk->device, name ? name : disk->id);
}

int hold_disk(struct context *ctx, struct target *target, const struct node *disk, const char *made)
{
	struct disk_hold *holds;
	int r;

	for (size_t i = 0; i < target->hold_count; i++)
		if (target->holds[i].disk == disk)
			return hold_check(ctx, &target->holds[i]);
	holds = reallocarray(target->holds, target->hold_count + 1, sizeof(*holds));
	if (!holds)
		return context_oom(ctx);
	target->holds = holds;
	r = hold_one(ctx, disk, made, &holds[target->hold_count]);
	target->hold_count += r == 0;
	return r;
}

void hold_release(struct target *target)
{
	for (size_t i = 0; i < target->hold_count; i++) {
		close(target->holds[i].fd);
		close(target->holds[i].claim);
	}
	free(TAKE_POINTER(target->holds));
	target->hold_count = 0;
}

/* Leads to what FD is, whatever its name has become. New string; NULL when out of memory. */
static char *descriptor_path(int fd)
{
	return text_format("/proc/self/fd/%d", fd);
}

static const struct disk_hold *hold_of(const struct target *target, const struct node *node)
{
	const struct node *disk = node->type == NODE_DISK ? node : layout_disk_of(target->result, node);

	for (size_t i = 0; disk && i < target->hold_count; i++)
		if (!strcmp(target->holds[i].made, disk->id))
			return &target->holds[i];
	return NULL;
}

int hold_open(struct context *ctx, const struct target *target, const struct node *node, int *ret_fd)
{
	const struct disk_hold *hold = hold_of(target, node);
	AUTO_FREE char *path = NULL;
	AUTO_CLOSE int fd = -1;
	struct stat status;
	int r;

	if (!hold || !node->device)
		return context_fail(ctx, EINVAL, "%s lies on no target disk", node->id);
	r = hold_check(ctx, hold);
	if (r < 0)
		return r;
	path = node->type == NODE_DISK ? descriptor_path(hold->fd) : strdup(node->device);
	if (!path)
		return context_oom(ctx);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return context_fail(ctx, errno, "%s cannot be opened: %s", node->device, strerror(errno));
	if (node->type == NODE_DISK ? status.st_rdev != hold->number
				    : !device_is_partition(ctx, status.st_rdev, hold->number, node)) {
		AUTO_FREE char *name = node_describe(hold->disk);

		return context_fail(ctx, ESTALE,
				    "%s is no longer the partition that was made on the disk %s. Nothing more is written to it",
				    node->device, name ? name : hold->disk->id);
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int hold_reopen_alone(struct context *ctx, int held, const char *device, int *ret_fd)
{
	AUTO_FREE char *path = descriptor_path(held);

	return path ? device_open(ctx, path, device, ret_fd) : context_oom(ctx);
}

int hold_open_alone(struct context *ctx, const struct target *target, const struct node *node, int *ret_fd)
{
	AUTO_CLOSE int held = -1;
	int r = hold_open(ctx, target, node, &held);

	return r < 0 ? r : hold_reopen_alone(ctx, held, node->device, ret_fd);
}

void hold_path_done(struct hold_path *path)
{
	char *slash;

	if (path->directory && path->path) {
		unlink(path->path);
		/* The directories of the device's name, from the innermost outwards. */
		while (strcmp(path->path, path->directory) && (slash = strrchr(path->path, '/'))) {
			*slash = '\0';
			rmdir(path->path);
		}
	} else if (path->directory) {
		rmdir(path->directory);
	}
	if (path->directory)
		close(path->lock);
	free(TAKE_POINTER(path->path));
	free(TAKE_POINTER(path->directory));
}

/* The path below PARENT. 0 or -errno. */
static int make_path_below(const char *parent, const char *device, const char *leads_to, struct hold_path *ret)
{
	AUTO_HOLD_PATH struct hold_path made = { 0 };
	AUTO_FREE char *directory = NULL;
	int r = held_directory_make(parent, &directory, &made.lock);

	if (r < 0)
		return r;
	made.path = text_format("%s%s", directory, device);
	made.directory = TAKE_POINTER(directory);
	if (!made.path)
		return -ENOMEM;
	*strrchr(made.path, '/') = '\0';
	r = make_directories(made.path, 0700);
	made.path[strlen(made.path)] = '/';
	if (r < 0)
		return r;
	if (symlink(leads_to, made.path) < 0)
		return -errno;
	*ret = made;
	made = (struct hold_path){ 0 };
	return 0;
}

int hold_path_make(struct context *ctx, int fd, const char *device, struct hold_path *ret)
{
	static const char *const parents[] = { "/run", "/tmp", "/dev/shm", "/var/tmp" };
	AUTO_FREE char *leads_to = fd < 0 ? strdup(device) : descriptor_path(fd);

	if (!leads_to)
		return context_oom(ctx);
	for (size_t i = 0; fd >= 0 && i < ARRAY_LENGTH(parents); i++)
		if (make_path_below(parents[i], device, leads_to, ret) == 0)
			return 0;
	/* All of them are full. The disk may be erased already: that the program's messages name the device is not worth its end. */
	*ret = (struct hold_path){ .path = TAKE_POINTER(leads_to) };
	return 0;
}
