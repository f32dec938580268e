/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The target disks of a plan, held open from the check of their identity to their last unmount: the disk that was checked is
 * the disk that is written to. Names such as /dev/sda are only compared with what is held, never trusted.
 *
 * An open descriptor pins in the kernel (loop devices and partitions: tried on 6.18; the others: their sources):
 *   loop            the file behind it and the number: 'losetup -d' waits for the last close, another file is EBUSY
 *   SCSI, ATA, USB  sd gives its letter and device number back at the last close (scsi_disk_release()); a disk that comes back
 *                   on the bus gets other ones
 *   NVMe, virtio, MMC  the same (nvme_free_ns_head(), virtblk_free_disk(), mmc_blk_kref_release())
 *   partitions      number and place: BLKPG_DEL_PARTITION is EBUSY
 * It does not pin the node in /dev, which anybody may rename or cover, nor the disk itself, which may be gone: hold_check().
 */
#ifndef LIFEBOAT_STORAGE_HOLD_H
#define LIFEBOAT_STORAGE_HOLD_H

#include <sys/types.h>

#include "target.h"

struct disk_hold {
	const struct node *disk; /* of target->present; borrowed */
	const char *made;        /* id of the disk of target->result that is made on it; borrowed */
	int fd;                  /* read-only, not exclusive: partitions must be opened exclusively beside it */
	dev_t number;
	uint64_t sequence;       /* the kernel's number of this disk since the start (Linux 5.15); 0: the kernel has none */
	uint64_t size;           /* bytes */
	int claim;               /* of the disk, against another engine */
};

/* An array, container or volume that lies on held disks, held open from the moment it is there until it is closed. */
struct made_hold {
	const struct node *node; /* of target->result; borrowed */
	int fd;                  /* read-only, not exclusive */
	dev_t number;
	uint64_t sequence, size; /* as of a disk */
	int note;                /* kept for who brought it up */
};

/* Opens DISK (of target->present), on which the disk MADE (an id of target->result) is made, and keeps it in target->holds; one that is
 * held already is compared. 0, or -errno with a sentence, and DISK is not held. -EBUSY: another engine holds it. -ESTALE: a disk without an
 * identity of its own was exchanged since target->present was probed. */
int hold_disk(struct context *ctx, struct target *target, const struct node *disk, const char *made);
/* The same for NODE of target->result, which was just made or opened under its device's name: it must lie on nothing but held devices, be it through
 * others. -ESTALE when it does not. NOTE, a descriptor, is kept with it. */
int hold_made(struct context *ctx, struct target *target, const struct node *node, int note);
/* Whether hold_made() holds NODE. */
bool hold_has_made(const struct target *target, const struct node *node);
/* Closes what hold_made() holds of NODE, and gives its NOTE back, to be closed by the caller. */
int hold_release_made(struct target *target, const struct node *node);
/* Closes all of them. */
void hold_release(struct target *target);
/* 0 when the name of HOLD's disk still leads to the disk that is held, and it is alive and unchanged: device number,
 * sequence number (else model, serial number and WWN), size. -ESTALE with a sentence that names the disk otherwise. */
int hold_check(struct context *ctx, const struct disk_hold *hold);
/* The same for all disks of TARGET, and what was made of them. */
int hold_check_all(struct context *ctx, const struct target *target);

/* Opens NODE (a block node of target->result) for reading, checked to be what is held, or this very partition of it. The
 * caller closes *RET_FD. -ESTALE with a sentence when it is not. */
int hold_open(struct context *ctx, const struct target *target, const struct node *node, int *ret_fd);
/* The same for writing, alone (device_open()). */
int hold_open_alone(struct context *ctx, const struct target *target, const struct node *node, int *ret_fd);
/* What is open as HELD, for writing, alone; DEVICE is its name for people. */
int hold_reopen_alone(struct context *ctx, int held, const char *device, int *ret_fd);
/* Kernel name ("vda2", "dm-3") of the block device open as FD; FD -1, as in a dry run: as DEVICE says it. New string in *RET. */
int hold_kernel_name(struct context *ctx, int fd, const char *device, char **ret);

#endif
