/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mount_points.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../devices/kernel_tables.h"

#define MOUNTINFO_LIMIT (16u << 20)

static bool is_below(const char *point, const char *directory)
{
	size_t length = directory ? strlen(directory) : 0;

	return !directory || (!strncmp(point, directory, length) && (point[length] == '/' || point[length] == '\0'));
}

int mount_points(const char *mountinfo, const char *directory, char ***ret)
{
	AUTO_LIBMNT_TABLE struct libmnt_table *table = NULL;
	AUTO_LIBMNT_ITER struct libmnt_iter *last_first = mnt_new_iter(MNT_ITER_BACKWARD);
	AUTO_STRV char **points = NULL;
	struct libmnt_fs *mount = NULL;
	size_t count = 0;
	/* A line that makes no sense must not keep the others mounted. */
	int r = last_first ? kernel_mounts_parse(mountinfo, false, &table) : -ENOMEM;

	while (r == 0 && mnt_table_next_fs(table, last_first, &mount) == 0)
		if (is_below(mnt_fs_get_target(mount), directory))
			r = strv_append_counted(&points, &count, mnt_fs_get_target(mount));
	if (r == 0)
		*ret = TAKE_POINTER(points);
	return r;
}

int mount_points_now(const char *directory, char ***ret)
{
	AUTO_FREE char *text = NULL;
	int r = file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_LIMIT, &text, NULL);

	return r < 0 ? r : mount_points(text, directory, ret);
}

void mount_points_thaw(char *const *points)
{
	for (size_t i = 0; points && points[i]; i++) {
		AUTO_CLOSE int fd = open(points[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (fd >= 0)
			ioctl(fd, FITHAW, 0);
	}
}
