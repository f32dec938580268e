#include "mount_points.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../core/bytes.h"
#include "../core/file.h"

#define MOUNTINFO_LIMIT (16u << 20)

/* The mount point of a line, which is its fifth field; NULL when there is none. In place. */
static char *point_of(char *line)
{
	char *field = line, *end;

	for (unsigned i = 0; i < 4 && field; i++) {
		field = strchr(field, ' ');
		field = field ? field + 1 : NULL;
	}
	end = field ? strchr(field, ' ') : NULL;
	if (!end)
		return NULL;
	*end = '\0';
	return text_unescape_octal(field);
}

static bool is_below(const char *point, const char *directory)
{
	size_t length = directory ? strlen(directory) : 0;

	return !directory || (!strncmp(point, directory, length) && (point[length] == '/' || point[length] == '\0'));
}

static void reverse(char **list, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		char *swap = list[i];

		list[i] = list[count - 1 - i];
		list[count - 1 - i] = swap;
	}
}

int mount_points(const char *mountinfo, const char *directory, char ***ret)
{
	AUTO_FREE char *copy = strdup(mountinfo);
	AUTO_STRV char **points = NULL;
	char *save = NULL;
	size_t count = 0;

	if (!copy)
		return -ENOMEM;
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *point = point_of(line);

		if (point && is_below(point, directory) && strv_append_counted(&points, &count, point) < 0)
			return -ENOMEM;
	}
	reverse(points, count);
	*ret = TAKE_POINTER(points);
	return 0;
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
