/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "slow_disc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/cdrom.h>
#include <linux/major.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../core/bytes.h"

/* Times the speed of an audio disc (CDROM_SELECT_SPEED): as the drive likes it, then these. */
static const int speeds[] = { 8, 2 };

static int set_speed(const char *path, int speed)
{
	AUTO_CLOSE int drive = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	return drive < 0 || ioctl(drive, CDROM_SELECT_SPEED, speed) < 0 ? -errno : 0;
}

bool slow_disc_try_again(struct context *ctx, int fd, unsigned tries)
{
	AUTO_FREE char *path = NULL;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return false;
	if (major(st.st_dev) != SCSI_CDROM_MAJOR) {
		if (tries == 0)
			context_info(ctx, "The medium gave a read error; it is read once more");
		return tries == 0;
	}
	path = text_format("%s/dev/sr%u", ctx->prefix, minor(st.st_dev));
	if (!path || tries >= ARRAY_LENGTH(speeds))
		return false;
	r = set_speed(path, speeds[tries]);
	if (r < 0)
		context_info(ctx, "The disc in %s gave a read error; it is read once more. The drive cannot be told to be slower: %s", path, strerror(-r));
	else
		context_info(ctx, "The disc in %s gave a read error; it is read once more at a lower speed (%dx)", path, speeds[tries]);
	return true;
}
