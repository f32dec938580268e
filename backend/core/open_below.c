/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "open_below.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "macro.h"

static int open_at(int at, const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)(unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV };
	int fd = (int)syscall(SYS_openat2, at, path, &how, sizeof(how));

	/* Before Linux 5.6: the picture of mounts alone keeps the walk where it belongs. */
	if (fd < 0 && errno == ENOSYS)
		fd = openat(at, path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Walks PATH down to its last part in steps that openat() takes: whole stretches below PATH_MAX, or single names. */
static int open_steps(int root_fd, const char *path, int flags, size_t longest)
{
	AUTO_CLOSE int opened = -1;
	int at = root_fd, fd;

	while (longest ? strlen(path) > longest : strchr(path, '/') != NULL) {
		const char *cut = longest ? memrchr(path, '/', longest) : strchr(path, '/');
		AUTO_FREE char *part = cut ? strndup(path, (size_t)(cut - path)) : NULL;

		if (!part)
			return cut ? -ENOMEM : -ENAMETOOLONG;
		fd = open_at(at, part, O_PATH | O_DIRECTORY | (longest ? 0 : O_NOFOLLOW));
		if (fd < 0)
			return fd;
		if (opened >= 0)
			close(opened);
		at = opened = fd;
		path = cut + 1;
	}
	return open_at(at, path, flags);
}

int open_below(int root_fd, const char *path, int flags)
{
	return open_steps(root_fd, path, flags, PATH_MAX - 2);
}

int open_below_strict(int root_fd, const char *path, int flags)
{
	return open_steps(root_fd, path, flags | O_NOFOLLOW, 0);
}
