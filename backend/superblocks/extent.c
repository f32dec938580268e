/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "extent.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../core/macro.h"

int block_open(const struct context *ctx, const char *device, char **ret_path)
{
	AUTO_FREE char *path = context_path(ctx, device);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

	if (ret_path)
		*ret_path = TAKE_POINTER(path);
	return fd;
}

int extent_read(const struct extent *extent, uint64_t offset, void *data, size_t length)
{
	if (offset > extent->size || length > extent->size - offset)
		return -EIO;
	for (size_t done = 0; done < length;) {
		ssize_t n = pread(extent->fd, (char *)data + done, length - done, (off_t)(extent->offset + offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}
