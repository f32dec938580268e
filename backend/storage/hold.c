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
#include "../devices/sysfs.h"
#include "device.h"

/* linux/fs.h since 5.15. */
#ifndef BLKGETDISKSEQ
#define BLKGETDISKSEQ _IOR(0x12, 128, uint64_t)
#endif

/* Devices on each other that are followed. */
#define DEEPEST 16

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

/* ---- what was made of them ---- */

/* As find_fault(). */
static const char *find_made_fault(struct context *ctx, const struct made_hold *made)
{
	struct stat named;

	if (stat(made->node->device, &named) < 0 || !S_ISBLK(named.st_mode) || named.st_rdev != made->number)
		return N_("the name leads to something else now");
	if (!device_is_alive(ctx, made->number) || sequence_of(made->fd) != made->sequence)
		return N_("it was stopped, or another one is in its place");
	return size_of(made->fd) != made->size ? N_("its size changed") : NULL;
}

static int check_made(struct context *ctx, const struct made_hold *made)
{
	const char *fault = find_made_fault(ctx, made);
	AUTO_FREE char *name = fault ? node_describe(made->node) : NULL;

	return fault ? context_fail(ctx, ESTALE, "%s is no longer the %s that was made: %s. Nothing more is written to it", made->node->device,
				    name ? name : made->node->id, sentence_words(fault))
		     : 0;
}

static bool is_held(const struct context *ctx, const struct target *target, dev_t number)
{
	for (size_t i = 0; i < target->hold_count; i++)
		if (number == target->holds[i].number || device_is_on(ctx, number, target->holds[i].number))
			return true;
	for (size_t i = 0; i < target->made_count; i++)
		if (number == target->made[i].number || device_is_on(ctx, number, target->made[i].number))
			return true;
	return false;
}

/* What device NUMBER lies on, all of it, is held, or lies on what is: hidden parts of a volume are held by nobody. */
static bool lies_on_held(const struct context *ctx, const struct target *target, dev_t number, unsigned depth)
{
	AUTO_FREE char *name = NULL;
	AUTO_STRV char **slaves = NULL;
	dev_t below;

	if (!depth || block_name(ctx, major(number), minor(number), &name) < 0 || !name || block_slaves(ctx, name, &slaves) < 0)
		return false;
	for (char **slave = slaves; slave && *slave; slave++)
		if (!block_number(ctx, *slave, &below) || (!is_held(ctx, target, below) && !lies_on_held(ctx, target, below, depth - 1)))
			return false;
	return slaves && *slaves;
}

static int hold_one_made(struct context *ctx, const struct target *target, const struct node *node, struct made_hold *ret)
{
	AUTO_CLOSE int fd = open(node->device, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return context_fail(ctx, errno, "%s cannot be opened: %s", node->device, strerror(errno));
	if (!S_ISBLK(status.st_mode) || !lies_on_held(ctx, target, status.st_rdev, DEEPEST))
		return context_fail(ctx, ESTALE, "%s does not lie on the disks that were confirmed. Nothing is written to it", node->device);
	*ret = (struct made_hold){ node, fd, status.st_rdev, sequence_of(fd), size_of(fd), -1 };
	TAKE_FD(fd);
	return 0;
}

static struct made_hold *made_of(const struct target *target, const struct node *node)
{
	for (size_t i = 0; i < target->made_count; i++)
		if (!strcmp(target->made[i].node->id, node->id))
			return &target->made[i];
	return NULL;
}

int hold_made(struct context *ctx, struct target *target, const struct node *node, int note)
{
	struct made_hold *made = made_of(target, node);
	int r;

	if (made)
		return check_made(ctx, made);
	made = reallocarray(target->made, target->made_count + 1, sizeof(*made));
	if (!made)
		return context_oom(ctx);
	target->made = made;
	r = hold_one_made(ctx, target, node, &made[target->made_count]);
	if (r == 0)
		made[target->made_count++].note = note;
	return r;
}

bool hold_has_made(const struct target *target, const struct node *node)
{
	return made_of(target, node);
}

int hold_release_made(struct target *target, const struct node *node)
{
	struct made_hold *made = made_of(target, node);
	int note = made->note;

	close(made->fd);
	*made = target->made[--target->made_count];
	return note;
}

/* ---- all of it ---- */

int hold_check_all(struct context *ctx, const struct target *target)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < target->hold_count; i++)
		r = hold_check(ctx, &target->holds[i]);
	for (size_t i = 0; r == 0 && i < target->made_count; i++)
		r = check_made(ctx, &target->made[i]);
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
	for (size_t i = 0; i < target->made_count; i++) {
		close(target->made[i].fd);
		close(target->made[i].note);
	}
	free(TAKE_POINTER(target->made));
	target->made_count = 0;
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

static const struct disk_hold *hold_of(const struct target *target, const struct node *disk)
{
	for (size_t i = 0; i < target->hold_count; i++)
		if (!strcmp(target->holds[i].made, disk->id))
			return &target->holds[i];
	return NULL;
}

static int open_made(struct context *ctx, const struct made_hold *made, int *ret_fd)
{
	AUTO_FREE char *path = descriptor_path(made->fd);
	int r = path ? check_made(ctx, made) : context_oom(ctx);

	if (r < 0)
		return r;
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC);
	return *ret_fd < 0 ? context_fail(ctx, errno, "%s cannot be opened: %s", made->node->device, strerror(errno)) : 0;
}

static int open_disk(struct context *ctx, const struct disk_hold *hold, int *ret_fd)
{
	AUTO_FREE char *path = descriptor_path(hold->fd);
	int r = path ? hold_check(ctx, hold) : context_oom(ctx);

	if (r < 0)
		return r;
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC);
	return *ret_fd < 0 ? context_fail(ctx, errno, "%s cannot be opened: %s", hold->disk->device, strerror(errno)) : 0;
}

/* PARTITION of the held disk or array WHOLE, which was checked, by its name. */
static int open_partition(struct context *ctx, const struct node *partition, const struct node *whole, dev_t number, int *ret_fd)
{
	AUTO_CLOSE int fd = open(partition->device, O_RDONLY | O_CLOEXEC);
	AUTO_FREE char *name = NULL;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return context_fail(ctx, errno, "%s cannot be opened: %s", partition->device, strerror(errno));
	if (device_is_partition(ctx, status.st_rdev, number, partition)) {
		*ret_fd = TAKE_FD(fd);
		return 0;
	}
	name = node_describe(whole);
	return context_fail(ctx, ESTALE,
			    whole->type == NODE_DISK ?
				    N_("%s is no longer the partition that was made on the disk %s. Nothing more is written to it") :
				    N_("%s is no longer the partition that was made on the %s. Nothing more is written to it"),
			    partition->device, name ? name : whole->id);
}

int hold_open(struct context *ctx, const struct target *target, const struct node *node, int *ret_fd)
{
	const struct node *whole = node->type == NODE_PARTITION ? layout_find(target->result, node->on[0]) : node;
	const struct made_hold *made = whole ? made_of(target, whole) : NULL;
	const struct disk_hold *hold = whole && whole->type == NODE_DISK ? hold_of(target, whole) : NULL;
	int r;

	if ((!made && !hold) || !node->device)
		return context_fail(ctx, EINVAL, "%s lies on no target disk", node->id);
	if (whole == node)
		return made ? open_made(ctx, made, ret_fd) : open_disk(ctx, hold, ret_fd);
	r = made ? check_made(ctx, made) : hold_check(ctx, hold);
	if (r < 0)
		return r;
	return open_partition(ctx, node, made ? made->node : hold->disk, made ? made->number : hold->number, ret_fd);
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

int hold_kernel_name(struct context *ctx, int fd, const char *device, char **ret)
{
	struct stat status;
	int r = fd < 0 ? 0 : fstat(fd, &status) < 0 ? -errno : block_name(ctx, major(status.st_rdev), minor(status.st_rdev), ret);

	if (r == 0 && fd < 0)
		r = (*ret = strdup(strrchr(device, '/') + 1)) ? 0 : -ENOMEM;
	if (r == 0 && !*ret)
		r = -ENODEV;
	return r < 0 ? context_fail(ctx, -r, "What the kernel calls %s cannot be read: %s", device, strerror(-r)) : 0;
}
