/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "subvolume_seal.h"

#include <errno.h>
#include <linux/btrfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <uuid/uuid.h>

#include "../core/bytes.h"

/* A copy that was received keeps where it came from. One that was made here becomes the received copy of itself: its own UUID is new, and the
 * machine that others were sent to knows it by the old one. */
static void mark_received(struct context *ctx, int fd, const struct node *node)
{
	const char *uuid = node->subvolume.received ? node->subvolume.received : node->uuid;
	struct btrfs_ioctl_received_subvol_args arguments = { .stransid = node->subvolume.sent_generation };

	if (!uuid || !arguments.stransid || uuid_parse(uuid, (unsigned char *)arguments.uuid) < 0)
		return;
	if (ioctl(fd, BTRFS_IOC_SET_RECEIVED_SUBVOL, &arguments) < 0)
		context_warn(ctx, "The subvolume %s cannot be marked as the copy of the saved one (%s): increments of 'btrfs send' do not fit it, "
				  "send it as a whole once", node->subvolume.path, strerror(errno));
}

int subvolume_seal(struct context *ctx, int fd, const struct node *node)
{
	uint64_t flags;

	/* Before: what is read-only takes no mark. */
	mark_received(ctx, fd, node);
	if (ioctl(fd, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) < 0)
		return context_fail(ctx, errno, "The subvolume %s could not be opened: %s", node->subvolume.path, strerror(errno));
	flags |= BTRFS_SUBVOL_RDONLY;
	if (ioctl(fd, BTRFS_IOC_SUBVOL_SETFLAGS, &flags) < 0)
		return context_fail(ctx, errno, "The subvolume %s could not be made read-only: %s", node->subvolume.path, strerror(errno));
	return 0;
}
