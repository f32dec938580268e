/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory with sets in it, here or of a server that the kernel is a client of. No link in it leads anywhere. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../remote/kernel_mount.h"
#include "place.h"

static int open_path(struct context *ctx, const struct place *place)
{
	int fd = open(place->location->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOTDIR)
		return context_fail(ctx, ENOTDIR, "%s is no directory, and only directories and servers hold several sets", place->shown);
	return context_fail(ctx, errno, "the directory %s cannot be opened: %s", place->shown, strerror(errno));
}

int place_directory_open(struct context *ctx, struct place *place, bool write)
{
	AUTO_FREE char *rest = NULL;
	AUTO_CLOSE int fd = -1;

	if (location_has_scheme(place->location, LOCATION_PATH))
		return open_path(ctx, place);
	fd = write ? kernel_mount_open_to_write(ctx, place->location, &rest) : kernel_mount_open(ctx, place->location, NULL);
	/* To be written to, the nearest directory above one that is missing would do. */
	if (fd >= 0 && rest && strcmp(rest, ".") != 0)
		return context_fail(ctx, ENOENT, "there is no directory at %s: check the name", place->shown);
	return TAKE_FD(fd);
}

/* Descriptor or -errno. A folder of a place is at most two names deep, and none of them is a link. */
static int open_folder(const struct place *place, const char *folder)
{
	AUTO_FREE char *names = strdup(folder);
	char *rest = NULL;
	int fd = openat(place->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!names || fd < 0) {
		int error = names ? errno : ENOMEM;

		if (fd >= 0)
			close(fd);
		return -error;
	}
	for (char *name = strtok_r(names, "/", &rest); name; name = strtok_r(NULL, "/", &rest)) {
		int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), error = errno;

		close(fd);
		if (next < 0)
			return -error;
		fd = next;
	}
	return fd;
}

static int fail(struct context *ctx, const struct place *place, const char *path, int error)
{
	AUTO_FREE char *shown = bytes_escape(path, strlen(path));

	return *path ? context_fail(ctx, error, "%s in %s cannot be read: %s", shown ? shown : "?", place->shown, strerror(error)) :
		       context_fail(ctx, error, "the directory %s cannot be read: %s", place->shown, strerror(error));
}

static int tell(int fd, const char *name, int (*each)(void *data, const struct place_item *item), void *data)
{
	struct place_item item = { .name = name };
	struct stat st;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	item.folder = S_ISDIR(st.st_mode);
	item.file = S_ISREG(st.st_mode);
	item.size = item.file ? (uint64_t)st.st_size : 0;
	item.changed = st.st_mtime;
	return each(data, &item);
}

static int list(struct context *ctx, struct place *place, const char *folder, int (*each)(void *data, const struct place_item *item), void *data)
{
	int fd = open_folder(place, folder), r;
	AUTO_CLOSEDIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (fd == -ENOENT)
		return 0;
	if (!dir) {
		r = fd < 0 ? -fd : errno;
		if (fd >= 0)
			close(fd);
		return fail(ctx, place, folder, r);
	}
	while ((r = directory_next(dir, &entry)) > 0) {
		r = context_check_cancel(ctx);
		if (r == 0)
			r = tell(dirfd(dir), entry->d_name, each, data);
		if (r != 0)
			break;
	}
	return r < 0 && r != -ECANCELED ? fail(ctx, place, folder, -r) : r;
}

/* As a capture locks the directory that it writes into. */
static int hold(struct context *ctx, struct place *place, const char *folder, int *ret_fd)
{
	AUTO_CLOSE int fd = open_folder(place, folder);

	if (fd < 0)
		return fail(ctx, place, folder, -fd);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return -EBUSY;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* The folder that PATH lies in, open, and its last name in *RET_NAME. */
static int open_above(const struct place *place, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *folder = strndup(path, slash ? (size_t)(slash - path) : 0);

	*ret_name = slash ? slash + 1 : path;
	return folder ? open_folder(place, folder) : -ENOMEM;
}

static int fail_remove(struct context *ctx, const struct place *place, const char *path, int error)
{
	AUTO_FREE char *shown = bytes_escape(path, strlen(path));

	return context_fail(ctx, error, "%s in %s cannot be removed: %s", shown ? shown : "?", place->shown, strerror(error));
}

static int remove_file(struct context *ctx, struct place *place, const char *path)
{
	const char *name;
	AUTO_CLOSE int fd = open_above(place, path, &name);

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fail_remove(ctx, place, path, -fd);
	if (unlinkat(fd, name, 0) < 0)
		return errno == ENOENT ? 0 : fail_remove(ctx, place, path, errno);
	/* Segments are many, and follow the manifest; only that has to be gone for certain before them. */
	if (strstr(path, "segments/"))
		return 0;
	return fsync(fd) < 0 && errno != EINVAL ? fail_remove(ctx, place, path, errno) : 0;
}

static int remove_folder(struct context *ctx, struct place *place, const char *folder, bool *ret_left)
{
	const char *name;
	AUTO_CLOSE int fd = open_above(place, folder, &name);

	if (fd < 0 && fd != -ENOENT)
		return fail_remove(ctx, place, folder, -fd);
	if (fd == -ENOENT || unlinkat(fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	*ret_left = errno == ENOTEMPTY || errno == EEXIST;
	return *ret_left ? 0 : fail_remove(ctx, place, folder, errno);
}

const struct place_type place_directory = { .list = list, .hold = hold, .remove = remove_file, .remove_folder = remove_folder };
