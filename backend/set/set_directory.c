/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set that lies in a directory, here or of a server that the kernel is a client of. */
#include "set_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../remote/kernel_mount.h"
#include "manifest.h"

/* The open member NAME, a regular file; nothing else is opened. Descriptor, or as source_type.load says. */
static int open_member(struct set_source *source, const char *name, struct stat *st)
{
	AUTO_CLOSE int fd = -1;

	if (fstatat(source->fd, name, st, 0) < 0)
		return -errno;
	if (!S_ISREG(st->st_mode))
		return SOURCE_NO_FILE;
	/* Non-blocking, should a fifo have come into its place since. */
	fd = openat(source->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, st) < 0)
		return -errno;
	return S_ISREG(st->st_mode) ? TAKE_FD(fd) : SOURCE_NO_FILE;
}

static int directory_open(struct set_source *source, const char *name)
{
	struct stat st;

	return open_member(source, name, &st);
}

static int directory_read(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length)
{
	struct stat st;
	AUTO_CLOSE int fd = open_member(source, name, &st);

	(void)ctx;
	return fd < 0 ? fd : (int)read_full_at(fd, buffer, length, (off_t)offset);
}

static int directory_load(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	struct stat st;
	AUTO_CLOSE int fd = open_member(source, name, &st);
	AUTO_FREE char *data = NULL;
	ssize_t n;

	(void)ctx;
	if (fd < 0)
		return fd;
	if ((uint64_t)st.st_size > limit)
		return -EFBIG;
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return -ENOMEM;
	/* The whole member is wanted: asked for at once, a disk gives it much faster than window after window. */
	posix_fadvise(fd, 0, st.st_size, POSIX_FADV_WILLNEED);
	n = read_full(fd, data, (size_t)st.st_size);
	if (n < 0)
		return (int)n;
	*ret_length = (size_t)n;
	*ret = TAKE_POINTER(data);
	return 0;
}

static void directory_close(struct set_source *source)
{
	close(source->fd);
}

static const struct source_type directory_type = {
	.load = directory_load,
	.read = directory_read,
	.open = directory_open,
	.close = directory_close,
};

/* The set in the directory TOP or in its folder. */
static int find_folder(struct set_source *source, int top)
{
	static const char *const folders[] = { ".", "lifeboat" };

	for (size_t i = 0; i < ARRAY_LENGTH(folders); i++) {
		AUTO_CLOSE int fd = openat(top, folders[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || faccessat(fd, MANIFEST_NAME, F_OK, 0) < 0)
			continue;
		source->type = &directory_type;
		source->fd = TAKE_FD(fd);
		return 0;
	}
	return -ENOENT;
}

int source_open_directory(struct set_source *source, const char *path)
{
	AUTO_CLOSE int top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return top < 0 ? -errno : find_folder(source, top);
}

int source_open_mounted(struct context *ctx, const struct location *location, struct set_source *source)
{
	AUTO_FREE char *file = NULL, *path = NULL, *place = NULL;
	AUTO_CLOSE int top = kernel_mount_open(ctx, location, &file);
	struct stat st;

	if (top < 0)
		return top;
	if (!file)
		return find_folder(source, top);
	if (fstatat(top, file, &st, 0) < 0)
		return -errno;
	/* Nothing is mounted that has a name here; what comes into the file's place is found by its name there. */
	path = text_format("/proc/self/fd/%d/%s", top, file);
	place = location_show(location);
	if (!path || !place)
		return -ENOMEM;
	source->above = TAKE_FD(top);
	return S_ISDIR(st.st_mode) ? source_open_directory(source, path) : S_ISREG(st.st_mode) ? source_open_file(ctx, source, path, place) : -ENOENT;
}
