/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A drive moved by Linux's st driver. */
#include "drive.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Without O_NONBLOCK an empty drive is an error, and one that loads is waited for. The driver looks at the tape when it is opened. */
static int kernel_open(struct drive *drive)
{
	drive->fd = open(drive->path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	drive->writable = drive->fd >= 0;
	if (drive->fd < 0 && (errno == EROFS || errno == EACCES))
		drive->fd = open(drive->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return drive->fd < 0 ? -errno : 0;
}

static int kernel_move(struct drive *drive, short operation, int count)
{
	struct mtop move = { .mt_op = operation, .mt_count = count };
	int r;

	do
		r = ioctl(drive->fd, MTIOCTOP, &move);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

static int kernel_state(struct drive *drive, struct mtget *ret)
{
	return ioctl(drive->fd, MTIOCGET, ret) < 0 ? -errno : 0;
}

static ssize_t kernel_read(struct drive *drive, void *buffer, size_t length)
{
	ssize_t n;

	do
		n = read(drive->fd, buffer, length);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static ssize_t kernel_write(struct drive *drive, const void *data, size_t length)
{
	ssize_t n;

	do
		n = write(drive->fd, data, length);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static void kernel_close(struct drive *drive)
{
	close(drive->fd);
}

const struct drive_ops drive_kernel = {
	.open = kernel_open,
	.move = kernel_move,
	.state = kernel_state,
	.read = kernel_read,
	.write = kernel_write,
	.close = kernel_close,
};
