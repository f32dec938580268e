/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "held_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/macro.h"

#define NAME "lifeboat-held-"
/* One that was just made may not be locked yet. */
#define STALE_S 60

/* Whatever else is there stays, and keeps its directories. Takes FD. */
static void remove_contents(int fd)
{
	AUTO_CLOSEDIR DIR *list = fdopendir(fd);
	struct dirent *entry;

	while (list && directory_next(list, &entry) > 0) {
		int below;

		if (entry->d_type == DT_LNK || entry->d_type == DT_BLK) {
			unlinkat(fd, entry->d_name, 0);
			continue;
		}
		below = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below < 0)
			continue;
		remove_contents(below);
		unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	if (!list)
		close(fd);
}

static bool is_stale(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_uid == geteuid() && status.st_mtime < time(NULL) - STALE_S &&
	       flock(fd, LOCK_EX | LOCK_NB) == 0;
}

void held_directory_remove_stale(const char *parent)
{
	AUTO_CLOSEDIR DIR *list = opendir(parent);
	struct dirent *entry;

	while (list && directory_next(list, &entry) > 0) {
		AUTO_CLOSE int fd = -1;
		int contents;

		if (strncmp(entry->d_name, NAME, strlen(NAME)))
			continue;
		fd = openat(dirfd(list), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || !is_stale(fd))
			continue;
		/* The lock stays until it is gone. */
		contents = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (contents >= 0)
			remove_contents(contents);
		unlinkat(dirfd(list), entry->d_name, AT_REMOVEDIR);
	}
}

int held_directory_make(const char *parent, char **ret, int *ret_lock)
{
	AUTO_FREE char *path = text_format("%s/" NAME "XXXXXX", parent);
	AUTO_CLOSE int fd = -1;
	int error;

	if (!path)
		return -ENOMEM;
	held_directory_remove_stale(parent);
	if (!mkdtemp(path))
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0) {
		error = errno;
		rmdir(path);
		return -error;
	}
	*ret = TAKE_POINTER(path);
	*ret_lock = TAKE_FD(fd);
	return 0;
}
