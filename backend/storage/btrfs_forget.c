/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "btrfs_forget.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../core/macro.h"

void btrfs_forget(const char *device)
{
	AUTO_CLOSE int control = open("/dev/btrfs-control", O_RDWR | O_CLOEXEC);
	struct btrfs_ioctl_vol_args arguments = { 0 };

	if (control < 0 || strlen(device) >= sizeof(arguments.name))
		return;
	memcpy(arguments.name, device, strlen(device) + 1);
	/* -ENOENT: it was none, or another device has taken its place. */
	(void)ioctl(control, BTRFS_IOC_FORGET_DEV, &arguments);
}

void btrfs_forget_unmounted(void)
{
	btrfs_forget("");
}
