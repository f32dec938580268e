#include "mount_points.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../core/bytes.h"
#include "../core/file.h"

#define MOUNTINFO_LIMIT (16u << 20)

/* mountinfo escapes space, tab, newline and backslash as three octal digits. In place. */
static void unescape_octal(char *text)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' && in[3] >= '0' && in[3] <= '7') {
			*out++ = (char)((in[1] - '0') << 6 | (in[2] - '0') << 3 | (in[3] - '0'));
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
}

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
	unescape_octal(field);
	return field;
}

static bool is_below(const char *point, const char *directory)
{
	size_t length = directory ? strlen(directory) : 0;

	return !directory || (!strncmp(point, directory, length) && (point[length] == '/' || point[length] == '\0'));
}

char **mount_points(const char *mountinfo, const char *directory)
{
	AUTO_FREE char *copy = strdup(mountinfo);
	char **points = NULL, *save = NULL;
	size_t count;

	for (char *line = copy ? strtok_r(copy, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		const char *point = point_of(line);

		if (point && is_below(point, directory))
			strv_append(&points, point);
	}
	count = strv_length(points);
	for (size_t i = 0; i < count / 2; i++) {
		char *swap = points[i];

		points[i] = points[count - 1 - i];
		points[count - 1 - i] = swap;
	}
	return points;
}

int mount_points_now(const char *directory, char ***ret)
{
	AUTO_FREE char *text = NULL;
	int r = file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_LIMIT, &text, NULL);

	if (r == 0)
		*ret = mount_points(text, directory);
	return r;
}

void mount_points_thaw(char *const *points)
{
	for (size_t i = 0; points && points[i]; i++) {
		AUTO_CLOSE int fd = open(points[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (fd >= 0)
			ioctl(fd, FITHAW, 0);
	}
}
