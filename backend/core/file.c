/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "bytes.h"

ssize_t read_full(int fd, void *data, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = read(fd, (char *)data + done, length - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t read_full_at(int fd, void *data, size_t length, off_t offset)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = pread(fd, (char *)data + done, length - done, offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int directory_next(DIR *directory, struct dirent **ret)
{
	while (errno = 0, (*ret = readdir(directory)))
		if (strcmp((*ret)->d_name, ".") && strcmp((*ret)->d_name, ".."))
			return 1;
	return -errno;
}

int write_all(int fd, const void *data, size_t length)
{
	const char *bytes = data;

	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

int file_read_fd(int fd, size_t limit, char **ret, size_t *ret_length)
{
	AUTO_BUFFER struct buffer buffer = { 0 };

	for (;;) {
		size_t room;
		ssize_t n;

		if (buffer_reserve(&buffer, 4096) < 0)
			return -ENOMEM;
		room = buffer.capacity - buffer.length - 1;
		n = read_full(fd, buffer.data + buffer.length, room);
		if (n < 0)
			return (int)n;
		buffer.length += (size_t)n;
		if (buffer.length > limit)
			return -EFBIG;
		if ((size_t)n < room)
			break;
	}
	buffer.data[buffer.length] = '\0';
	if (ret_length)
		*ret_length = buffer.length;
	*ret = TAKE_POINTER(buffer.data);
	return 0;
}

int file_read(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_length)
{
	/* Non-blocking, so that a fifo in a foreign tree or on a foreign disk does not hold everything up: it reads as empty. */
	AUTO_CLOSE int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd < 0 ? -errno : file_read_fd(fd, limit, ret, ret_length);
}

char *file_attribute(const struct context *ctx, const char *path)
{
	AUTO_FREE char *full = context_path(ctx, path);
	AUTO_FREE char *text = NULL;
	char *line;

	if (!full || file_read(AT_FDCWD, full, 65536, &text, NULL) < 0)
		return NULL;
	line = strchr(text, '\n');
	if (line)
		*line = '\0';
	return text_strip(text);
}

static int sync_parent(int dirfd, const char *path)
{
	AUTO_FREE char *parent = strdup(path);
	AUTO_CLOSE int fd = -1;
	char *slash;

	if (!parent)
		return -ENOMEM;
	slash = strrchr(parent, '/');
	if (slash == parent)
		slash[1] = '\0';
	else if (slash)
		*slash = '\0';
	fd = openat(dirfd, slash ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int file_replace_begin(int dirfd, const char *path, mode_t mode, char **ret_temporary, int *ret_fd)
{
	AUTO_FREE char *temporary = text_format("%s.new-%ld", path, (long)getpid());
	int fd;

	if (!temporary)
		return -ENOMEM;
	/* Not through what an earlier process of this number left, or another user put there. */
	if (unlinkat(dirfd, temporary, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dirfd, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	*ret_temporary = TAKE_POINTER(temporary);
	*ret_fd = fd;
	return 0;
}

int file_replace_end(int dirfd, const char *path, mode_t mode, char *temporary, int fd, int r)
{
	AUTO_FREE char *written = temporary;

	if (r == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		r = -errno;
	/* close() may be the first to tell that a network or quota write failed. */
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && renameat(dirfd, written, dirfd, path) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(dirfd, written, 0);
		return r;
	}
	return sync_parent(dirfd, path);
}

int file_replace(int dirfd, const char *path, const void *data, size_t length, mode_t mode)
{
	char *temporary = NULL;
	int fd = -1, r = file_replace_begin(dirfd, path, mode, &temporary, &fd);

	return r < 0 ? r : file_replace_end(dirfd, path, mode, temporary, fd, write_all(fd, data, length));
}

int make_directories_at(int dirfd, const char *path, mode_t mode)
{
	AUTO_FREE char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	for (char *slash = copy + 1; *copy && (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdirat(dirfd, copy, mode) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdirat(dirfd, copy, mode) < 0 && errno != EEXIST ? -errno : 0;
}

int make_directories(const char *path, mode_t mode)
{
	return make_directories_at(AT_FDCWD, path, mode);
}

int file_open_unnamed(void)
{
	static const char *const directories[] = { "/var/tmp", "/tmp" };
	const char *named = getenv("TMPDIR");
	int fd = named ? open(named, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;

	for (size_t i = 0; fd < 0 && i < ARRAY_LENGTH(directories); i++)
		fd = open(directories[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = memfd_create("lifeboat", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
