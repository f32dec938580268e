/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/file.h"
#include "../set/index.h"
#include "../set/manifest.h"

#define SEGMENTS "segments"
#define REMOVE_ATTEMPTS 1000
#define LOCK_S 0.2

struct capture_guard {
	pthread_mutex_t lock;    /* guards what follows, and the removing */
	char *path;
	char *made;              /* the outermost directory that was made; NULL: none */
	int fd, segments_fd;
	enum { GUARD_NOTHING, GUARD_WRITING, GUARD_COMMITTED, GUARD_REMOVED } state;
};

struct capture_guard *capture_guard_new(void)
{
	struct capture_guard *guard = calloc(1, sizeof(*guard));

	if (!guard)
		return NULL;
	pthread_mutex_init(&guard->lock, NULL);
	guard->fd = guard->segments_fd = -1;
	return guard;
}

void capture_guard_free(struct capture_guard *guard)
{
	if (!guard)
		return;
	if (guard->segments_fd >= 0)
		close(guard->segments_fd);
	if (guard->fd >= 0)
		close(guard->fd);
	pthread_mutex_destroy(&guard->lock);
	free(guard->path);
	free(guard->made);
	free(guard);
}

int guard_fd(const struct capture_guard *guard)
{
	return guard->fd;
}

int guard_segments_fd(const struct capture_guard *guard)
{
	return guard->segments_fd;
}

static DIR *open_names(int fd)
{
	int copy = fd < 0 ? -1 : openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	if (!dir && copy >= 0)
		close(copy);
	return dir;
}

/* NAME itself, or the file beside it that file_replace() renames to it. */
static bool is_made_as(const char *name, const char *wanted)
{
	size_t length = strlen(wanted);

	if (strncmp(name, wanted, length))
		return false;
	if (!name[length])
		return true;
	return !strncmp(name + length, ".new-", 5) && name[length + 5] && strspn(name + length + 5, "0123456789") == strlen(name + length + 5);
}

static bool is_table(const char *name)
{
	return is_made_as(name, INDEX_NAME) || is_made_as(name, SEGMENT_TABLE_NAME);
}

static bool is_segment(const char *name)
{
	return strspn(name, "0123456789") == 6 && !strcmp(name + 6, ".tar.zst");
}

/* Threads that still write make new segments until their directory is gone. */
static void remove_segments(int fd, int segments_fd)
{
	for (int attempt = 0; attempt < REMOVE_ATTEMPTS; attempt++) {
		AUTO_CLOSEDIR DIR *dir = open_names(segments_fd);
		struct dirent *entry;

		while (dir && directory_next(dir, &entry) > 0)
			if (is_segment(entry->d_name))
				unlinkat(segments_fd, entry->d_name, 0);
		if (unlinkat(fd, SEGMENTS, AT_REMOVEDIR) == 0 || (errno != ENOTEMPTY && errno != EEXIST))
			return;
	}
}

/* Nothing but attachments by their names, in a directory that is no link. */
static bool is_attachments_directory(int fd)
{
	AUTO_CLOSE int attachments = openat(fd, ATTACHMENTS_NAME, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_CLOSEDIR DIR *dir = open_names(attachments);
	struct dirent *entry;
	int r = 0;

	while (dir && (r = directory_next(dir, &entry)) > 0) {
		struct stat st;

		if (!attachment_is_name(entry->d_name) || fstatat(attachments, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
			return false;
	}
	return dir && r == 0;
}

static void remove_attachments(int fd)
{
	AUTO_CLOSE int attachments = openat(fd, ATTACHMENTS_NAME, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_CLOSEDIR DIR *dir = open_names(attachments);
	struct dirent *entry;

	while (dir && directory_next(dir, &entry) > 0)
		if (attachment_is_name(entry->d_name))
			unlinkat(attachments, entry->d_name, 0);
	unlinkat(fd, ATTACHMENTS_NAME, AT_REMOVEDIR);
}

static void remove_names(int fd)
{
	AUTO_CLOSEDIR DIR *dir = open_names(fd);
	struct dirent *entry;

	while (dir && directory_next(dir, &entry) > 0)
		if (is_table(entry->d_name) || is_made_as(entry->d_name, MANIFEST_NAME))
			unlinkat(fd, entry->d_name, 0);
}

/* PATH and those above it, up to the outermost that was made. */
static void remove_directories(const char *path, const char *made)
{
	AUTO_FREE char *part = strdup(path);

	while (part && rmdir(part) == 0 && strcmp(part, made)) {
		char *cut = strrchr(part, '/');

		if (!cut)
			return;
		*cut = '\0';
	}
}

/* With the lock held. */
static void remove_all(struct capture_guard *guard)
{
	if (guard->state != GUARD_WRITING)
		return;
	remove_segments(guard->fd, guard->segments_fd);
	remove_attachments(guard->fd);
	remove_names(guard->fd);
	if (guard->made)
		remove_directories(guard->path, guard->made);
	guard->state = GUARD_REMOVED;
}

bool capture_guard_abandon(struct capture_guard *guard)
{
	const struct timespec deadline = clock_timespec(clock_now() + LOCK_S);
	bool committed;

	/* Whoever holds it so long waits for a filesystem that does not answer: nothing can be removed there. */
	if (pthread_mutex_clocklock(&guard->lock, CLOCK_MONOTONIC, &deadline) != 0)
		return true;
	remove_all(guard);
	committed = guard->state == GUARD_COMMITTED;
	if (!committed)
		guard->state = GUARD_REMOVED;
	pthread_mutex_unlock(&guard->lock);
	return !committed;
}

void guard_remove(struct capture_guard *guard)
{
	pthread_mutex_lock(&guard->lock);
	if (guard->state == GUARD_COMMITTED)
		guard->state = GUARD_WRITING;
	remove_all(guard);
	pthread_mutex_unlock(&guard->lock);
}

int guard_commit(struct capture_guard *guard)
{
	int r;

	pthread_mutex_lock(&guard->lock);
	r = guard->state == GUARD_WRITING ? 0 : -ECANCELED;
	if (r == 0)
		guard->state = GUARD_COMMITTED;
	pthread_mutex_unlock(&guard->lock);
	return r;
}

/* Nothing but segments by their names, in a directory that is no link. */
static bool is_segments_directory(int fd, int *ret)
{
	AUTO_CLOSE int segments = openat(fd, SEGMENTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_CLOSEDIR DIR *dir = open_names(segments);
	struct dirent *entry;
	int r = 0;

	while (dir && (r = directory_next(dir, &entry)) > 0) {
		struct stat st;

		if (!is_segment(entry->d_name) || fstatat(segments, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
			return false;
	}
	if (!dir || r < 0)
		return false;
	if (ret)
		*ret = TAKE_FD(segments);
	return true;
}

enum content { CONTENT_NOTHING, CONTENT_REST, CONTENT_OTHER };

/* What the directory holds, or -errno. The rest of a capture has segments/ and no manifest, and nothing that a capture does not make. */
static int look_at(int fd)
{
	AUTO_CLOSEDIR DIR *dir = open_names(fd);
	bool empty = true, segments = false;
	struct dirent *entry;
	int r;

	if (!dir)
		return -errno;
	while ((r = directory_next(dir, &entry)) > 0) {
		empty = false;
		if (!strcmp(entry->d_name, SEGMENTS))
			segments = is_segments_directory(fd, NULL);
		else if (!strcmp(entry->d_name, ATTACHMENTS_NAME) && is_attachments_directory(fd))
			continue;
		else if (!is_table(entry->d_name) &&
			 (!is_made_as(entry->d_name, MANIFEST_NAME) || !strcmp(entry->d_name, MANIFEST_NAME)))
			return CONTENT_OTHER;
	}
	if (r < 0)
		return r;
	return empty ? CONTENT_NOTHING : segments ? CONTENT_REST : CONTENT_OTHER;
}

bool capture_is_rest(const char *output)
{
	AUTO_CLOSE int fd = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && look_at(fd) == CONTENT_REST && (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK);
}

/* The outermost directory of PATH that is missing, as a prefix of it; NULL when none is, or there is no memory. */
static char *outermost_missing(const char *path)
{
	AUTO_FREE char *part = strdup(path), *missing = NULL;

	while (part && access(part, F_OK) < 0 && errno == ENOENT) {
		char *cut = strrchr(part, '/');

		free(missing);
		missing = strdup(part);
		if (!cut || cut == part)
			break;
		*cut = '\0';
	}
	return TAKE_POINTER(missing);
}

static int make_output(struct context *ctx, struct capture_guard *guard)
{
	int r;

	guard->made = outermost_missing(guard->path);
	r = make_directories(guard->path, 0700);
	if (r == 0)
		guard->fd = open(guard->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && guard->fd < 0)
		r = -errno;
	if (r < 0 && guard->made)
		remove_directories(guard->path, guard->made);
	if (r < 0)
		return context_fail(ctx, -r, "the directory %s cannot be made or opened: %s", guard->path, strerror(-r));
	return 0;
}

/* Only into an empty directory, and only one capture at a time. */
static int claim(struct context *ctx, struct capture_guard *guard, bool clean)
{
	int content;

	/* Filesystems without locks do without. */
	if (flock(guard->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return context_fail(ctx, EBUSY, "another capture is writing to %s now: wait for its end, or name a new directory", guard->path);
	/* Only now: a capture that has just ended here made a set of what looked like the rest of one. */
	content = look_at(guard->fd);
	if (content == CONTENT_REST && clean && is_segments_directory(guard->fd, &guard->segments_fd)) {
		context_info(ctx, "removing the rest of an interrupted capture from %s", guard->path);
		remove_segments(guard->fd, guard->segments_fd);
		remove_attachments(guard->fd);
		remove_names(guard->fd);
		close(TAKE_FD(guard->segments_fd));
		content = look_at(guard->fd);
	}
	if (content < 0)
		return context_fail(ctx, -content, "the directory %s cannot be read: %s", guard->path, strerror(-content));
	if (content == CONTENT_REST)
		return context_fail(ctx, ENOTEMPTY,
				    "%s holds the rest of a capture that was stopped: remove it with --clean, or name a new directory", guard->path);
	if (content == CONTENT_OTHER)
		return context_fail(ctx, ENOTEMPTY, "%s is not empty: name a new directory for the recovery set, or empty it", guard->path);
	return 0;
}

static int open_claimed(struct context *ctx, struct capture_guard *guard, bool clean)
{
	int r = make_output(ctx, guard);

	if (r == 0)
		r = claim(ctx, guard, clean);
	if (r < 0)
		return r;
	guard->state = GUARD_WRITING;
	if (mkdirat(guard->fd, SEGMENTS, 0700) == 0)
		guard->segments_fd = openat(guard->fd, SEGMENTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (guard->segments_fd >= 0)
		return 0;
	r = -errno;
	remove_all(guard);
	return context_fail(ctx, -r, "the recovery set at %s cannot be written: %s", guard->path, strerror(-r));
}

int guard_open(struct context *ctx, const char *path, bool clean, struct capture_guard *guard)
{
	int r = -ECANCELED;

	pthread_mutex_lock(&guard->lock);
	guard->path = strdup(path);
	/* A slash at the end names no other directory. */
	for (size_t end = guard->path ? strlen(guard->path) : 0; end > 1 && guard->path[end - 1] == '/';)
		guard->path[--end] = '\0';
	if (!guard->path)
		r = context_oom(ctx);
	else if (guard->state == GUARD_NOTHING)
		r = open_claimed(ctx, guard, clean);
	pthread_mutex_unlock(&guard->lock);
	return r;
}
