/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rooted.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "../core/bytes.h"
#include "../core/file.h"

static int rooted_stat(int root_fd, const char *path, struct stat *st)
{
	AUTO_CLOSE int fd = root_open(root_fd, path, O_PATH, 0);

	if (fd < 0)
		return fd;
	return fstat(fd, st) < 0 ? -errno : 0;
}

bool rooted_is_directory(int root_fd, const char *path)
{
	struct stat st;

	return rooted_stat(root_fd, path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool rooted_has_content(int root_fd, const char *path)
{
	struct stat st;

	return rooted_stat(root_fd, path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

/* systemd's way to switch a unit off; the device may be in the restored root. */
static bool is_masked(int root_fd, const char *path)
{
	AUTO_CLOSE int fd = root_open(root_fd, path, O_PATH, 0);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

int rooted_read(int root_fd, const char *path, size_t limit, char **ret)
{
	AUTO_BUFFER struct buffer buffer = { 0 };
	AUTO_CLOSE int fd = root_open_regular(root_fd, path, O_RDONLY);
	struct stat st;
	ssize_t n;

	if (fd == -ENOTREG && is_masked(root_fd, path))
		return (*ret = strdup("")) ? 0 : -ENOMEM;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < 0 || (uint64_t)st.st_size > limit)
		return -EFBIG;
	if (buffer_reserve(&buffer, (size_t)st.st_size + 1) < 0)
		return -ENOMEM;
	n = read_full(fd, buffer.data, (size_t)st.st_size);
	if (n < 0)
		return (int)n;
	buffer.data[n] = '\0';
	if (strlen(buffer.data) != (size_t)n)
		return -EILSEQ;
	*ret = TAKE_POINTER(buffer.data);
	return 0;
}

ssize_t rooted_read_start(int root_fd, const char *path, void *data, size_t length)
{
	AUTO_CLOSE int fd = root_open_regular(root_fd, path, O_RDONLY);

	return fd < 0 ? fd : read_full(fd, data, length);
}

/* What is neither content nor time: owner, mode, and extended attributes with ACLs, capabilities and labels. */
static int copy_attributes(int from, int to)
{
	AUTO_FREE char *names = NULL;
	struct stat st;
	ssize_t length;

	if (fstat(from, &st) < 0)
		return -errno;
	/* vfat has neither owners nor modes to set. */
	if ((fchown(to, st.st_uid, st.st_gid) < 0 && errno != EPERM) || (fchmod(to, st.st_mode & 07777) < 0 && errno != EPERM))
		return -errno;
	length = flistxattr(from, NULL, 0);
	if (length <= 0)
		return length == 0 || errno == ENOTSUP ? 0 : -errno;
	names = malloc((size_t)length);
	if (!names)
		return -ENOMEM;
	length = flistxattr(from, names, (size_t)length);
	for (ssize_t i = 0; i < length; i += (ssize_t)strlen(names + i) + 1) {
		ssize_t size = fgetxattr(from, names + i, NULL, 0);
		AUTO_FREE void *value = size < 0 ? NULL : malloc((size_t)size + 1);

		if (!value)
			return size < 0 ? -errno : -ENOMEM;
		size = fgetxattr(from, names + i, value, (size_t)size);
		if (size < 0 || fsetxattr(to, names + i, value, (size_t)size, 0) < 0)
			return -errno;
	}
	return length < 0 ? -errno : 0;
}

static int copy_content(int from, int to, off_t length)
{
	char block[65536];
	off_t done = 0;

	while (done < length) {
		ssize_t n = read_full(from, block, sizeof(block));
		int r;

		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		r = write_all(to, block, (size_t)n);
		if (r < 0)
			return r;
		done += n;
	}
	return 0;
}

static int open_parent(int root_fd, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *parent = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");

	*ret_name = slash ? slash + 1 : path;
	return parent ? root_open(root_fd, parent, O_RDONLY | O_DIRECTORY, 0) : -ENOMEM;
}

int rooted_remove(int root_fd, const char *path)
{
	const char *name;
	AUTO_CLOSE int parent = open_parent(root_fd, path, &name);

	if (parent < 0)
		return parent;
	return unlinkat(parent, name, 0) < 0 ? -errno : 0;
}

/* ---- writing ---- */

/* A file that is written beside the place it will take. */
struct new_file {
	int directory;
	char *name;              /* in DIRECTORY */
	int fd;
};

#define NEW_FILE { .directory = -1, .fd = -1 }
#define NEW_NAME ".lifeboat-new"

static void new_file_done(struct new_file *file)
{
	if (file->fd >= 0) {
		close(file->fd);
		unlinkat(file->directory, NEW_NAME, 0);
	}
	if (file->directory >= 0)
		close(file->directory);
	free(file->name);
}

/* 1 when a regular file has the name, 0 when nothing has it; -ENOTREG, -EISDIR, -errno. */
static int is_regular(int directory, const char *name)
{
	struct stat st;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return S_ISREG(st.st_mode) ? 1 : S_ISDIR(st.st_mode) ? -EISDIR : -ENOTREG;
}

/* 1 when a regular file is at PATH already, 0 when nothing is; nothing else can be replaced. */
static int new_file_begin(int root_fd, const char *path, struct new_file *file)
{
	int there, stale;

	file->directory = root_open_place(root_fd, path, &file->name);
	if (file->directory < 0)
		return file->directory;
	there = is_regular(file->directory, file->name);
	if (there < 0)
		return there;
	/* One that was interrupted may have left its own. */
	stale = is_regular(file->directory, NEW_NAME);
	if (stale < 0 || (stale && unlinkat(file->directory, NEW_NAME, 0) < 0))
		return stale < 0 ? stale : -errno;
	file->fd = openat(file->directory, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return file->fd < 0 ? -errno : there;
}

/* Gives the file its place, over what is there only when REPLACE is set (else -EEXIST). */
static int new_file_take_place(struct new_file *file, bool replace)
{
	if (fsync(file->fd) < 0 || renameat2(file->directory, NEW_NAME, file->directory, file->name, replace ? 0 : RENAME_NOREPLACE) < 0)
		return -errno;
	close(TAKE_FD(file->fd));
	return fsync(file->directory) < 0 ? -errno : 0;
}

int rooted_copy(int root_fd, const char *from, const char *to)
{
	CLEANUP(new_file_done) struct new_file file = NEW_FILE;
	AUTO_CLOSE int source = root_open_regular(root_fd, from, O_RDONLY);
	struct stat st;
	int r;

	if (source < 0)
		return source;
	if (fstat(source, &st) < 0)
		return -errno;
	r = new_file_begin(root_fd, to, &file);
	if (r >= 0)
		r = copy_content(source, file.fd, st.st_size);
	/* vfat knows no other modes than its mount's. */
	if (r == 0 && fchmod(file.fd, 0644) < 0 && errno != EPERM)
		r = -errno;
	return r < 0 ? r : new_file_take_place(&file, true);
}

int rooted_make_empty(int root_fd, const char *path)
{
	CLEANUP(new_file_done) struct new_file file = NEW_FILE;
	int r = new_file_begin(root_fd, path, &file);

	if (r != 0)
		return r < 0 ? r : 0;
	if (fchmod(file.fd, 0644) < 0)
		return -errno;
	return new_file_take_place(&file, false);
}

int rooted_create(int root_fd, const char *path, const char *text, size_t length, mode_t mode)
{
	CLEANUP(new_file_done) struct new_file file = NEW_FILE;
	int r = new_file_begin(root_fd, path, &file);

	if (r != 0)
		return r < 0 ? r : -EEXIST;
	r = write_all(file.fd, text, length);
	if (r == 0 && fchmod(file.fd, mode) < 0)
		r = -errno;
	return r < 0 ? r : new_file_take_place(&file, false);
}

bool rooted_is_same(int root_fd, const char *a, const char *b)
{
	AUTO_CLOSE int fd_a = root_open_regular(root_fd, a, O_RDONLY);
	AUTO_CLOSE int fd_b = root_open_regular(root_fd, b, O_RDONLY);
	char block_a[16384], block_b[16384];

	while (fd_a >= 0 && fd_b >= 0) {
		ssize_t n = read_full(fd_a, block_a, sizeof(block_a));

		if (n < 0 || read_full(fd_b, block_b, sizeof(block_b)) != n || memcmp(block_a, block_b, (size_t)n))
			return false;
		if (n == 0)
			return true;
	}
	return false;
}

int rooted_keep_original(int root_fd, const char *path)
{
	CLEANUP(new_file_done) struct new_file file = NEW_FILE;
	AUTO_FREE char *copy = text_format("%s" ROOTED_ORIGINAL, path);
	AUTO_CLOSE int from = root_open_regular(root_fd, path, O_RDONLY);
	struct stat st;
	int r;

	if (from < 0)
		return from;
	if (!copy)
		return -ENOMEM;
	if (fstat(from, &st) < 0)
		return -errno;
	r = new_file_begin(root_fd, copy, &file);
	if (r != 0)
		return r < 0 ? r : 0;
	r = copy_content(from, file.fd, st.st_size);
	if (r == 0)
		r = copy_attributes(from, file.fd);
	if (r == 0 && futimens(file.fd, (struct timespec[]){ st.st_atim, st.st_mtim }) < 0)
		r = -errno;
	return r < 0 ? r : new_file_take_place(&file, false);
}

/* A file with this content and the attributes of the one at PATH takes its place. */
static int replace(int root_fd, const char *path, const char *text, size_t length)
{
	CLEANUP(new_file_done) struct new_file file = NEW_FILE;
	AUTO_CLOSE int old = root_open_regular(root_fd, path, O_RDONLY);
	int r = old < 0 ? old : new_file_begin(root_fd, path, &file);

	if (r >= 0)
		r = write_all(file.fd, text, length);
	if (r == 0)
		r = copy_attributes(old, file.fd);
	return r < 0 ? r : new_file_take_place(&file, true);
}

int rooted_rewrite(struct context *ctx, int root_fd, const char *path, const char *text, size_t length)
{
	int r = rooted_keep_original(root_fd, path);

	if (r < 0)
		return context_fail(ctx, -r, "The original of /%s could not be kept, so it was not corrected: %s", path,
				    root_strerror(r));
	r = replace(root_fd, path, text, length);
	if (r < 0)
		return context_fail(ctx, -r, "/%s could not be corrected (its original is beside it as /%s%s): %s",
				    path, path, ROOTED_ORIGINAL, root_strerror(r));
	return 0;
}

int rooted_make_directories(int root_fd, const char *path)
{
	AUTO_FREE char *copy = strdup(path);
	int made = 0;

	if (!copy)
		return -ENOMEM;
	for (char *end = copy; *end;) {
		AUTO_CLOSE int parent = -1;
		char *name, saved;

		end += strspn(end, "/");
		name = end;
		end += strcspn(end, "/");
		if (name == end)
			break;
		saved = *end;
		*end = '\0';
		if (rooted_is_directory(root_fd, copy)) {
			*end = saved;
			continue;
		}
		/* The parent is opened inside the tree, so that mkdirat() needs no walk that could leave it. */
		if (name == copy || (name == copy + 1 && *copy == '/')) {
			parent = root_open(root_fd, ".", O_PATH | O_DIRECTORY, 0);
		} else {
			name[-1] = '\0';
			parent = root_open(root_fd, copy, O_PATH | O_DIRECTORY, 0);
			name[-1] = '/';
		}
		if (parent < 0)
			return parent;
		if (mkdirat(parent, name, 0755) < 0)
			return -errno;
		made = 1;
		*end = saved;
	}
	return made;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int rooted_list(int root_fd, const char *path, char ***ret)
{
	AUTO_STRV char **names = NULL;
	AUTO_CLOSEDIR DIR *directory = NULL;
	AUTO_CLOSE int fd = root_open(root_fd, path, O_RDONLY | O_DIRECTORY, 0);
	struct dirent *entry;

	if (fd < 0)
		return fd;
	directory = fdopendir(fd);
	if (!directory)
		return -errno;
	fd = -1;
	while (errno = 0, (entry = readdir(directory))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (strv_append(&names, entry->d_name) < 0)
			return -ENOMEM;
	}
	if (errno)
		return -errno;
	if (names)
		qsort(names, strv_length(names), sizeof(*names), by_bytes);
	*ret = TAKE_POINTER(names);
	return 0;
}

char *rooted_program(int root_fd, const char *name)
{
	static const char *const places[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					      "/usr/bin",	 "/sbin",	   "/bin" };

	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		AUTO_FREE char *path = text_format("%s/%s", places[i], name);
		struct stat st;

		if (path && rooted_stat(root_fd, path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111))
			return TAKE_POINTER(path);
	}
	return NULL;
}
