/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loop_device.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/file.h"

/* How often another process may have the free number first: udev locks each one for a moment when it was released. */
#define TRIES 64
#define POLL_S 0.01
#define POLLS 1000

/* The device at PATH as CONFIG has it. A descriptor or -errno; -EBUSY: another process took it. */
static int configure(const char *path, const struct loop_config *config)
{
	bool read_only = config->info.lo_flags & LO_FLAGS_READ_ONLY;
	AUTO_CLOSE int fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (ioctl(fd, LOOP_CONFIGURE, config) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* What the kernel calls the file behind the device at PATH; NULL when there is none. */
static char *backing_file(const char *path)
{
	AUTO_FREE char *attribute = text_format("/sys/block/%s/loop/backing_file", strrchr(path, '/') + 1), *text = NULL;

	return attribute && !file_read(AT_FDCWD, attribute, PATH_MAX + 64, &text, NULL) ? TAKE_POINTER(text) : NULL;
}

static int open_configured(const struct loop_config *config, struct loop_device *ret)
{
	AUTO_CLOSE int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	*ret = LOOP_DEVICE_NONE;
	if (control < 0)
		return -errno;
	for (int i = 0; i < TRIES; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE), fd;
		AUTO_FREE char *path = NULL;

		if (number < 0)
			return -errno;
		path = text_format("/dev/loop%d", number);
		if (!path)
			return -ENOMEM;
		fd = configure(path, config);
		if (fd == -EBUSY) {
			clock_pause(POLL_S);
			continue;
		}
		if (fd < 0)
			return fd;
		*ret = (struct loop_device){ .fd = fd, .backing_file = backing_file(path) };
		ret->path = TAKE_POINTER(path);
		return 0;
	}
	return -EBUSY;
}

int loop_device_open(int image, uint32_t sector, bool read_only, struct loop_device *ret)
{
	const struct loop_config config = {
		.fd = (uint32_t)image,
		.block_size = sector,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR | (read_only ? LO_FLAGS_READ_ONLY : 0),
	};

	return open_configured(&config, ret);
}

static int open_part(int device, uint32_t sector, uint64_t start, uint64_t size, bool read_only, struct loop_device *ret)
{
	const struct loop_config config = {
		.fd = (uint32_t)device,
		.block_size = sector,
		.info = { .lo_offset = start, .lo_sizelimit = size, .lo_flags = LO_FLAGS_AUTOCLEAR | (read_only ? LO_FLAGS_READ_ONLY : 0) },
	};

	return open_configured(&config, ret);
}

int loop_device_open_part(int device, uint32_t sector, uint64_t start, uint64_t size, struct loop_device *ret)
{
	return open_part(device, sector, start, size, true, ret);
}

int loop_device_open_part_to_write(int device, uint32_t sector, uint64_t start, uint64_t size, struct loop_device *ret)
{
	return open_part(device, sector, start, size, false, ret);
}

void loop_device_leave(struct loop_device *loop)
{
	if (loop->fd >= 0)
		close(TAKE_FD(loop->fd));
	free(TAKE_POINTER(loop->backing_file));
	free(TAKE_POINTER(loop->path));
}

void loop_device_done(struct loop_device *loop)
{
	bool opened = loop->fd >= 0;

	if (opened)
		close(TAKE_FD(loop->fd));
	/* A process may look at it right now. */
	for (int i = 0; opened && i < POLLS; i++) {
		AUTO_FREE char *shown = backing_file(loop->path);

		if (!shown || !loop->backing_file || strcmp(shown, loop->backing_file))
			break;
		clock_pause(POLL_S);
	}
	free(TAKE_POINTER(loop->backing_file));
	free(TAKE_POINTER(loop->path));
}
