/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/sentence.h"
#include "../layout/image.h"
#include "../superblocks/ntfs.h"
#include "partclone_map.h"

/* Holes of fewer bytes cost more than their bytes. */
#define SMALLEST_HOLE (64u << 10)
#define ZEROS (1u << 20)

static int read_map(struct context *ctx, struct image_device *device, char **ret_why)
{
	const struct extent whole = { device->fd, 0, device->node->size };
	int r;

	if (strcmp(device->node->filesystem.kind, "ntfs"))
		return partclone_map_read(ctx, device->node->filesystem.kind, device->fd, device->node->size, &device->used, ret_why);
	r = ntfs_read_used(&whole, &device->used);
	if (r != -EUCLEAN)
		return r == -ENOMEM ? r : r == 0;
	*ret_why = sentence("it was not closed cleanly, as after a hibernation or a fast shutdown");
	return *ret_why ? 0 : -ENOMEM;
}

int image_map_read(struct context *ctx, struct image_device *device, char **ret_why)
{
	AUTO_FREE char *why = NULL;
	int r = read_map(ctx, device, &why);

	if (ret_why)
		*ret_why = TAKE_POINTER(why);
	return r;
}

bool image_map_run(const struct image_device *device, uint64_t from, uint64_t end, uint64_t *ret_start, uint64_t *ret_length)
{
	uint64_t start, length;

	if (!device->used.bits) {
		*ret_start = from;
		*ret_length = end - from;
		return from < end;
	}
	if (!block_map_run(&device->used, from, end, ret_start, ret_length))
		return false;
	while (block_map_run(&device->used, *ret_start + *ret_length, end, &start, &length) &&
	       start - (*ret_start + *ret_length) < SMALLEST_HOLE)
		*ret_length = start + length - *ret_start;
	return true;
}

/* What a device cannot zero by itself is written. */
static int write_zeros(int fd, uint64_t offset, uint64_t length)
{
	AUTO_FREE char *zeros = calloc(1, ZEROS);

	if (!zeros)
		return -ENOMEM;
	while (length > 0) {
		ssize_t n = pwrite(fd, zeros, length < ZEROS ? (size_t)length : ZEROS, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		offset += (uint64_t)n;
		length -= (uint64_t)n;
	}
	return 0;
}

int image_put_zeros(const struct image_device *device, uint64_t offset, uint64_t length)
{
	if (length == 0 || fallocate(device->fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length) == 0)
		return 0;
	return errno == EIO || errno == ENOSPC ? -errno : write_zeros(device->fd, offset, length);
}

const struct image_device *image_device_of(const struct image_device *devices, const char *path, uint64_t *ret_part)
{
	for (; devices && devices->node; devices++)
		if (image_part_parse(devices->node, path, ret_part))
			return devices;
	return NULL;
}

int image_devices_sync(struct context *ctx, const struct image_device *devices)
{
	for (const struct image_device *device = devices; device && device->node; device++)
		if (fsync(device->fd) < 0)
			return context_fail(ctx, errno, "the image of the %s filesystem could not be brought to the disk: %s",
					    device->node->filesystem.kind, strerror(errno));
	return 0;
}

void image_devices_free(struct image_device *devices)
{
	for (struct image_device *device = devices; device && device->node; device++) {
		if (device->fd >= 0)
			close(device->fd);
		block_map_done(&device->used);
	}
	free(devices);
}
