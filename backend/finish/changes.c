/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "changes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "../core/bytes.h"
#include "../core/clock.h"

/* vfat keeps times in steps of two seconds, and its change time is the time of modification. */
#define FAT_STEP_S 2

/* Nothing that finishing runs writes this deep, and each level holds a descriptor. */
#define DEPTH_LIMIT 200

struct walk {
	struct context *ctx;
	int root_fd;
	/* Told of every entry; SLACK: seconds by which the filesystem's times may be too early. */
	int (*visit)(struct walk *walk, const char *path, const struct stat *st, time_t slack);
	void *data;
	unsigned depth;
};

static int walk_directory(struct walk *walk, int fd, const char *path, dev_t device, time_t slack);

static time_t slack_of(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == MSDOS_SUPER_MAGIC ? FAT_STEP_S : 0;
}

static int walk_entry(struct walk *walk, int fd, const char *directory, const char *name, dev_t device, time_t slack)
{
	AUTO_FREE char *path = text_format("%s%s%s", directory, *directory ? "/" : "", name);
	struct stat st;
	int child, r;

	if (!path)
		return -ENOMEM;
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	/* The root of a mounted filesystem has times of its own kind. */
	if (!S_ISDIR(st.st_mode) || st.st_dev == device) {
		r = walk->visit(walk, path, &st, slack);
		if (r < 0 || !S_ISDIR(st.st_mode))
			return r;
	}
	child = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (child < 0)
		return -errno;
	if (st.st_dev != device) {
		slack = slack_of(child);
		r = walk->visit(walk, path, &st, slack);
		if (r < 0) {
			close(child);
			return r;
		}
	}
	if (walk->depth >= DEPTH_LIMIT) {
		close(child);
		return 0;
	}
	walk->depth++;
	r = walk_directory(walk, child, path, st.st_dev, slack);
	walk->depth--;
	return r;
}

/* Takes FD. */
static int walk_directory(struct walk *walk, int fd, const char *path, dev_t device, time_t slack)
{
	AUTO_CLOSEDIR DIR *directory = fdopendir(fd);
	struct dirent *entry;
	int r = context_check_cancel(walk->ctx);

	if (!directory) {
		close(fd);
		return -ENOMEM;
	}
	while (r == 0 && (errno = 0, entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			r = walk_entry(walk, fd, path, entry->d_name, device, slack);
	if (r == 0 && errno)
		r = -errno;
	return r;
}

static int walk_tree(struct walk *walk, const char *path)
{
	int fd = openat(walk->root_fd, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
	if (fstat(fd, &st) < 0) {
		close(fd);
		return -errno;
	}
	return walk_directory(walk, fd, path, st.st_dev, slack_of(fd));
}

static int remember(struct walk *walk, const char *path, const struct stat *st, time_t slack)
{
	struct changes *changes = walk->data;
	size_t length = strlen(path) + 1;

	changes->whole_seconds |= !slack && st->st_ctim.tv_nsec == 0;

	if (changes->length + length > changes->capacity) {
		size_t capacity = 2 * (changes->capacity + length);
		char *grown = realloc(changes->names, capacity);

		if (!grown)
			return -ENOMEM;
		changes->names = grown;
		changes->capacity = capacity;
	}
	memcpy(changes->names + changes->length, path, length);
	changes->length += length;
	return 0;
}

/* Files are stamped with the coarse clock: the mark is its next tick, or next second, so that what was done before lies
 * before it. */
static void take_mark(struct changes *changes)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	do {
		if (changes->whole_seconds)
			clock_pause(0.01);
		clock_gettime(CLOCK_REALTIME_COARSE, &changes->mark);
	} while (now.tv_sec == changes->mark.tv_sec && (changes->whole_seconds || now.tv_nsec == changes->mark.tv_nsec));
	if (changes->whole_seconds)
		changes->mark.tv_nsec = 0;
}

static bool is_before(const struct timespec *a, const struct timespec *b, time_t slack)
{
	time_t second = b->tv_sec - slack;

	return a->tv_sec < second || (a->tv_sec == second && (slack ? false : a->tv_nsec < b->tv_nsec));
}

/* Of PATH with its present change time. */
static uint64_t stamp_hash(const struct changes *changes, const char *path, const struct stat *st)
{
	const uint64_t stamp[] = { path_hash(&changes->key, path, strlen(path)), (uint64_t)st->st_ctim.tv_sec, (uint64_t)st->st_ctim.tv_nsec };

	return path_hash(&changes->key, (const char *)stamp, sizeof(stamp));
}

static int remember_later(struct walk *walk, const char *path, const struct stat *st, time_t slack)
{
	struct changes *changes = walk->data;

	return is_before(&st->st_ctim, &changes->mark, slack) ? 0 : pathset_add(&changes->later, stamp_hash(changes, path, st));
}

static bool is_changed(const struct changes *changes, const char *path, const struct stat *st, time_t slack)
{
	return !is_before(&st->st_ctim, &changes->mark, slack) && !pathset_contains(&changes->later, stamp_hash(changes, path, st));
}

static int walk_all(struct walk *walk)
{
	struct stat st;
	int r = fstat(walk->root_fd, &st) < 0 ? -errno : walk->visit(walk, ".", &st, 0);

	return r < 0 ? r : walk_tree(walk, "");
}

static int remember_names(struct walk *walk)
{
	/* Where programs that finish a system take files away. */
	static const char *const places[] = { "boot",	    "efi",     "etc", "var/lib",
					      "var/cache",  "var/tmp", "tmp", "usr/lib/modules",
					      "lib/modules" };
	int r = 0;

	walk->visit = remember;
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(places); i++)
		r = walk_tree(walk, places[i]);
	return r;
}

static int remember_later_times(struct walk *walk)
{
	walk->visit = remember_later;
	return walk_all(walk);
}

int changes_begin(struct context *ctx, int root_fd, struct changes *changes)
{
	struct walk walk = { .ctx = ctx, .root_fd = root_fd, .data = changes };
	struct stat st;
	int r;

	memset(changes, 0, sizeof(*changes));
	changes->root_fd = root_fd;
	path_key_init(&changes->key);
	r = remember_names(&walk);
	if (r == 0) {
		if (fstat(root_fd, &st) == 0 && st.st_ctim.tv_nsec == 0)
			changes->whole_seconds = true;
		take_mark(changes);
		r = remember_later_times(&walk);
	}
	if (r == 0)
		return 0;
	changes_done(changes);
	return r == -ECANCELED ? r : context_fail(ctx, -r, "The restored system cannot be read: %s", strerror(-r));
}

struct collection {
	const struct changes *changes;
	char ***paths;
	size_t count;
};

static int collect(struct walk *walk, const char *path, const struct stat *st, time_t slack)
{
	struct collection *collection = walk->data;

	return is_changed(collection->changes, path, st, slack) ? strv_append_counted(collection->paths, &collection->count, path) : 0;
}

int changes_collect(struct context *ctx, const struct changes *changes, char ***paths)
{
	struct collection collection = { changes, paths, strv_length(*paths) };
	struct walk walk = { .ctx = ctx, .root_fd = changes->root_fd, .visit = collect, .data = &collection };
	struct stat st;
	int r = walk_all(&walk);

	for (size_t at = 0; r == 0 && at < changes->length; at += strlen(changes->names + at) + 1)
		if (fstatat(changes->root_fd, changes->names + at, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
			r = strv_append_counted(paths, &collection.count, changes->names + at);
	if (r == 0 || r == -ECANCELED)
		return r;
	return context_fail(ctx, -r, "What was changed on the restored system cannot be read: %s", strerror(-r));
}

void changes_done(struct changes *changes)
{
	free(changes->names);
	pathset_done(&changes->later);
	memset(changes, 0, sizeof(*changes));
}
