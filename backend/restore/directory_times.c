/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "directory_times.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/open_below.h"
#include "../core/pathset.h"
#include "../set/index.h"

/* Filesystems of the system may be mounted in the tree. */
static int open_directory(int root_fd, const char *path)
{
	AUTO_CLOSE int at = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t length; at >= 0 && *path && strcmp(path, "."); path += length + (path[length] == '/')) {
		AUTO_FREE char *name = NULL;
		int next;

		length = strcspn(path, "/");
		name = strndup(path, length);
		if (!name)
			return -ENOMEM;
		next = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		close(at);
		at = next;
	}
	return at < 0 ? -errno : TAKE_FD(at);
}

static int put_back(struct context *ctx, int root_fd, const struct index_row *row)
{
	AUTO_CLOSE int fd = open_directory(root_fd, row->path);
	AUTO_FREE char *shown = NULL;

	/* A fix script may have removed it. */
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return 0;
	if (fd >= 0 && futimens(fd, (struct timespec[]){ { .tv_nsec = UTIME_OMIT }, row->mtime }) == 0)
		return 0;
	shown = bytes_escape(row->path, strlen(row->path));
	return context_fail(ctx, fd < 0 ? -fd : errno, "the time of the directory '%s' cannot be set: %s", shown ? shown : "?",
			    strerror(fd < 0 ? -fd : errno));
}

int directory_times_put_back(struct context *ctx, struct set *set, int root_fd, char *const *paths)
{
	struct pathset wanted = { 0 };
	struct path_key key;
	AUTO_INDEX struct index_reader *reader = NULL;
	struct index_row row = { 0 };
	int r = paths && *paths ? index_open(ctx, set, &reader) : 0;

	path_key_init(&key);
	for (char *const *path = paths; r == 0 && path && *path; path++)
		if (pathset_add(&wanted, path_hash(&key, *path, strlen(*path))) < 0)
			r = context_oom(ctx);
	/* The index has all directories before all else. */
	while (r == 0 && reader && (r = index_read(ctx, reader, &row)) > 0 && S_ISDIR(row.mode))
		r = pathset_contains(&wanted, path_hash(&key, row.path, strlen(row.path))) ? put_back(ctx, root_fd, &row) : 0;
	index_row_done(&row);
	pathset_done(&wanted);
	return r < 0 ? r : 0;
}
