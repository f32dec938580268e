/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compare_row.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

#include "../core/progress.h"
#include "../set/xattr.h"

/* FAT keeps times in steps of two seconds (Microsoft FAT specification, "Date and time formats"). */
#define FAT_TIME_STEP_S 2

/* The file on the tree that a row is compared with. */
struct present {
	const struct tree_directory *parent;
	const char *name;
	struct stat status;
	int fd;                  /* of regular files and directories; else -1 */
	bool fat;
};

static int differs(struct comparer *comparer, const char *what)
{
	AUTO_FREE char *all = comparer->what.length ? sentence("%s, %s", comparer->what.data, sentence_words(what)) : strdup(sentence_words(what));

	comparer->what.length = 0;
	return !all || buffer_append(&comparer->what, all, strlen(all)) < 0 ? context_oom(comparer->work->ctx) : 0;
}

/* What cannot be read is a difference, after which nothing more is asked of the file: 1. -errno when no other file would fare
 * better. */
static int unreadable(struct comparer *comparer, const struct index_row *row, int error)
{
	AUTO_FREE char *text = sentence("cannot be read: %s", strerror(error));
	int r;

	if (error == ENOMEM || error == EMFILE || error == ENFILE || !text) {
		AUTO_FREE char *shown = bytes_escape(row->path, strlen(row->path));

		return context_fail(comparer->work->ctx, error, "'%s' cannot be compared: %s", shown ? shown : "?",
				    strerror(error));
	}
	r = differs(comparer, text);
	return r < 0 ? r : 1;
}

/* The top of a FAT filesystem, number 1 of its own device, keeps no time: of exFAT it is that of the mount. */
static bool is_fat_top(const struct present *present)
{
	AUTO_CLOSE int fd = -1;

	if (!S_ISDIR(present->status.st_mode) || present->status.st_ino != 1 || present->status.st_dev == present->parent->filesystem->device)
		return false;
	fd = openat(present->parent->fd, present->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && filesystem_fd_is_fat(fd);
}

static bool same_time(const struct present *present, const struct timespec *recorded)
{
	const struct timespec *found = &present->status.st_mtim;

	if (is_fat_top(present))
		return true;
	if (!present->fat)
		return found->tv_sec == recorded->tv_sec && found->tv_nsec == recorded->tv_nsec;
	return present->parent->is_fat_root ? true : llabs((long long)found->tv_sec - (long long)recorded->tv_sec) <= FAT_TIME_STEP_S;
}

static int compare_status(struct comparer *comparer, const struct index_row *row, const struct present *present)
{
	const struct stat *status = &present->status;
	int r = 0;

	/* A symbolic link has no mode, FAT neither mode nor owner. */
	if (!S_ISLNK(row->mode) && !present->fat && (row->mode & 07777) != (status->st_mode & 07777))
		r = differs(comparer, N_("mode"));
	if (r == 0 && !present->fat && (row->uid != status->st_uid || row->gid != status->st_gid))
		r = differs(comparer, N_("owner"));
	if (r == 0 && !same_time(present, &row->mtime))
		r = differs(comparer, N_("mtime"));
	if (r == 0 && (S_ISCHR(row->mode) || S_ISBLK(row->mode)) && row->device != status->st_rdev)
		r = differs(comparer, N_("device number"));
	return r;
}

static int compare_target(struct comparer *comparer, const struct index_row *row, const struct present *present)
{
	ssize_t n = readlinkat(present->parent->fd, present->name, comparer->block, COMPARE_BLOCK);

	if (n < 0)
		return unreadable(comparer, row, errno);
	if ((size_t)n != strlen(row->link) || memcmp(comparer->block, row->link, (size_t)n))
		return differs(comparer, N_("link target"));
	return 0;
}

/* Opens for reading without touching the access time where that is allowed. */
static int open_present(struct present *present, bool directory)
{
	int how = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (directory ? O_DIRECTORY : 0);

	present->fd = openat(present->parent->fd, present->name, how | O_NOATIME);
	if (present->fd < 0 && errno == EPERM)
		present->fd = openat(present->parent->fd, present->name, how);
	return present->fd < 0 ? -errno : 0;
}

/* Hashes the bytes from AT to END. */
static int hash_run(struct comparer *comparer, const struct index_row *row, int fd, off_t at, off_t end)
{
	struct context *ctx = comparer->work->ctx;

	while (at < end) {
		size_t length = end - at < (off_t)COMPARE_BLOCK ? (size_t)(end - at) : COMPARE_BLOCK;
		ssize_t n = pread(fd, comparer->block, length, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return unreadable(comparer, row, errno);
		if (n == 0)
			break; /* it got shorter meanwhile: the digest will tell */
		content_digest_update(comparer->digest, (uint64_t)at, comparer->block, (size_t)n);
		at += n;
		comparer->bytes += (uint64_t)n;
		progress_add(ctx, (uint64_t)n, 0);
		if (comparer->work->options->read)
			atomic_fetch_add(comparer->work->options->read, (uint64_t)n);
		if (context_check_cancel(ctx) < 0)
			return -ECANCELED;
	}
	return 0;
}

/* Hashes the content, holes skipped; *RET_DATA is the bytes outside of holes and *RET_RUNS their number of runs. */
static int hash_content(struct comparer *comparer, const struct index_row *row, const struct present *present,
			char sha256[DIGEST_HEX], uint64_t *ret_data, uint64_t *ret_runs)
{
	off_t size = present->status.st_size, at = 0, hole = size;
	/* Asked only where there may be holes: most files are small and have none. */
	bool whole = row->data >= row->size && (off_t)present->status.st_blocks * 512 >= size;
	int r = 0;

	*ret_data = *ret_runs = 0;
	if (content_digest_reset(comparer->digest, row->size, row->data) < 0)
		return context_oom(comparer->work->ctx);
	for (; r == 0 && at < size; at = hole) {
		off_t data = whole ? at : lseek(present->fd, at, SEEK_DATA);

		if (data < 0 && errno == ENXIO)
			break;
		hole = whole || data < 0 ? size : lseek(present->fd, data, SEEK_HOLE);
		/* Without SEEK_DATA all of it is data. */
		if (data < 0 || hole < data) {
			data = at;
			hole = size;
		}
		*ret_data += (uint64_t)(hole - data);
		*ret_runs += 1;
		r = hash_run(comparer, row, present->fd, data, hole);
	}
	content_digest_finish(comparer->digest, sha256);
	return r;
}

static enum compare_part part_of(const struct comparer *comparer)
{
	return comparer->work->options->part;
}

static int compare_content(struct comparer *comparer, const struct index_row *row, const struct present *present)
{
	uint64_t block = present->status.st_blksize > 4096 ? (uint64_t)present->status.st_blksize : 4096, data, runs;
	char sha256[DIGEST_HEX];
	int r;

	if ((uint64_t)present->status.st_size != row->size)
		return part_of(comparer) == COMPARE_CONTENTS ? 0 : differs(comparer, N_("size"));
	if (part_of(comparer) == COMPARE_METADATA)
		return 0;
	r = hash_content(comparer, row, present, sha256, &data, &runs);
	if (r == 0 && strcmp(sha256, row->sha256))
		r = differs(comparer, N_("content"));
	/* More data than recorded, beyond what whole blocks account for: holes were filled. */
	if (r == 0 && row->data < row->size && !present->fat && data > row->data + (runs + 1) * 2 * block)
		r = differs(comparer, N_("holes"));
	return r;
}

static int compare_flags(struct comparer *comparer, const struct index_row *row, const struct present *present)
{
	int flags = 0;

	/* A filesystem without flags has none set, a directory that may not be opened (EBADF) shows none; any other error is not "none". */
	if (ioctl(present->fd, FS_IOC_GETFLAGS, &flags) < 0 && errno != ENOTTY && errno != EOPNOTSUPP && errno != EBADF)
		return differs(comparer, N_("inode flags"));
	return ((unsigned long)flags & FLAGS_KEPT) == (row->flags & FLAGS_KEPT) ? 0 : differs(comparer, N_("inode flags"));
}

static int compare_hints(struct comparer *comparer, const struct index_row *row, const struct present *present)
{
	struct hints hints = { 0 };
	int r = hints_get(present->fd, &hints);

	if (r < 0)
		return unreadable(comparer, row, -r);
	if (hints.project != row->hints.project)
		r = differs(comparer, N_("project"));
	hints.project = row->hints.project;
	return r < 0 || hints_are_same(&hints, &row->hints) ? r : differs(comparer, N_("allocation hints"));
}

static char *proc_path(const struct present *present)
{
	return text_format("/proc/self/fd/%d/%s", present->parent->fd, present->name);
}

/* The names of the present file's attributes, NUL-separated, in a new buffer; length or -errno. */
static ssize_t list_xattrs(const struct present *present, const char *path, char **ret)
{
	for (;;) {
		AUTO_FREE char *names = NULL;
		ssize_t size = present->fd >= 0 ? flistxattr(present->fd, NULL, 0) : llistxattr(path, NULL, 0);

		if (size <= 0)
			return size < 0 && errno != ENOTSUP ? -errno : 0;
		names = malloc((size_t)size);
		if (!names)
			return -ENOMEM;
		size = present->fd >= 0 ? flistxattr(present->fd, names, (size_t)size) : llistxattr(path, names, (size_t)size);
		if (size < 0 && errno == ERANGE)
			continue;
		if (size < 0)
			return -errno;
		*ret = TAKE_POINTER(names);
		return size;
	}
}

static int differs_xattr(struct comparer *comparer, const char *name)
{
	AUTO_FREE char *shown = NULL, *text = NULL;

	if (!strncmp(name, "system.posix_acl_", 17))
		return differs(comparer, N_("access control list"));
	if (!strcmp(name, "security.capability"))
		return differs(comparer, N_("capabilities"));
	shown = bytes_escape(name, strlen(name));
	text = shown ? sentence("attribute %s", shown) : NULL;
	return differs(comparer, text ? text : N_("attribute"));
}

static int compare_xattr(struct comparer *comparer, const struct index_row *row, const struct present *present, const char *path,
			 const struct index_xattr *recorded)
{
	char sha256[DIGEST_HEX];
	ssize_t n = present->fd >= 0 ? fgetxattr(present->fd, recorded->name, comparer->block, COMPARE_BLOCK)
				     : lgetxattr(path, recorded->name, comparer->block, COMPARE_BLOCK);

	if (n < 0 && (errno == ENODATA || errno == ENOTSUP))
		return differs_xattr(comparer, recorded->name);
	if (n < 0)
		return unreadable(comparer, row, errno);
	if (digest_buffer(comparer->block, (size_t)n, sha256) < 0)
		return context_oom(comparer->work->ctx);
	return strcmp(sha256, recorded->sha256) ? differs_xattr(comparer, recorded->name) : 0;
}

static bool is_recorded(const struct index_row *row, const char *name)
{
	for (size_t i = 0; i < row->xattr_count; i++)
		if (!strcmp(row->xattrs[i].name, name))
			return true;
	return false;
}

static int compare_xattrs(struct comparer *comparer, const struct index_row *row, const struct present *present)
{
	AUTO_FREE char *path = NULL, *names = NULL;
	ssize_t length;
	int r = 0;

	if (present->fd < 0) {
		path = proc_path(present);
		if (!path)
			return context_oom(comparer->work->ctx);
	}
	length = list_xattrs(present, path, &names);
	if (length < 0)
		return unreadable(comparer, row, (int)-length);
	for (size_t i = 0; i < row->xattr_count && r == 0; i++)
		if (xattr_is_kept(row->xattrs[i].name))
			r = compare_xattr(comparer, row, present, path, row->xattrs + i);
	/* FAT holds none; what it shows is made up by the running kernel (SELinux). */
	for (const char *name = names; r == 0 && !present->fat && name && name < names + length; name += strlen(name) + 1)
		if (xattr_is_kept(name) && !is_recorded(row, name))
			r = differs_xattr(comparer, name);
	return r;
}

/* An additional name must be the same file as the first. */
static int compare_link(struct comparer *comparer, const struct index_row *row, const struct stat *status)
{
	const struct tree_directory *parent;
	const char *name;
	struct stat first;

	parent = tree_parent(comparer->tree, row->hard_link, &name);
	if (!parent || fstatat(parent->fd, name, &first, AT_SYMLINK_NOFOLLOW) < 0 || first.st_dev != status->st_dev ||
	    first.st_ino != status->st_ino)
		return differs(comparer, N_("hard link"));
	return 0;
}

static int compare_present(struct comparer *comparer, const struct index_row *row, struct present *present)
{
	bool regular = S_ISREG(row->mode), directory = S_ISDIR(row->mode);
	int r;

	if (row->hard_link)
		return compare_link(comparer, row, &present->status);
	if ((row->mode & S_IFMT) != (present->status.st_mode & S_IFMT))
		return differs(comparer, N_("type"));
	r = compare_status(comparer, row, present);
	if (r == 0 && S_ISLNK(row->mode))
		r = compare_target(comparer, row, present);
	if (r == 0 && (regular || directory)) {
		r = open_present(present, directory);
		if (r < 0)
			return unreadable(comparer, row, -r);
	}
	if (r == 0 && regular)
		r = compare_content(comparer, row, present);
	if (r == 0 && present->fd >= 0)
		r = compare_flags(comparer, row, present);
	if (r == 0 && present->fd >= 0)
		r = compare_hints(comparer, row, present);
	if (r == 0)
		r = compare_xattrs(comparer, row, present);
	return r;
}

/* The content of a regular file alone, once of all its names. */
static int compare_content_only(struct comparer *comparer, const struct index_row *row, struct present *present)
{
	int r = open_present(present, false);

	return r < 0 ? unreadable(comparer, row, -r) : compare_content(comparer, row, present);
}

int compare_row(struct comparer *comparer, const struct index_row *row)
{
	bool contents = part_of(comparer) == COMPARE_CONTENTS;
	struct present present = { .fd = -1 };
	int r;

	comparer->what.length = 0;
	if (contents && (row->hard_link || !S_ISREG(row->mode)))
		return 0;
	present.parent = tree_parent(comparer->tree, row->path, &present.name);
	if (!present.parent || fstatat(present.parent->fd, present.name, &present.status, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) {
			if (!contents)
				compare_found(comparer->work, DIFFERENCE_MISSING, row->path, "");
			return 0;
		}
		r = unreadable(comparer, row, errno);
	} else {
		present.fat = filesystem_is_fat(present.parent->filesystem);
		r = !contents			      ? compare_present(comparer, row, &present)
		    : S_ISREG(present.status.st_mode) ? compare_content_only(comparer, row, &present)
						      : 0;
	}
	if (present.fd >= 0)
		close(present.fd);
	if (r >= 0 && comparer->what.length)
		compare_found(comparer->work, DIFFERENCE_CHANGED, row->path, comparer->what.data);
	return r < 0 ? r : 0;
}
