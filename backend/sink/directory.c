/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../remote/kernel_mount.h"
#include "../set/manifest.h"
#include "claim.h"
#include "directory_content.h"
#include "names.h"

#define WINDOW (4u << 20)

struct directory {
	int base;                /* what the path begins at; AT_FDCWD */
	char *path;
	char *made;              /* the outermost directory that was made, a prefix of it; NULL: none */
	int fd;
	char *claim;             /* on a server: the text of our claim there; NULL */
	bool claimed;            /* what is in it is ours */
	atomic_uint segments;    /* that were ended */
};

/* ---- claiming ---- */

/* PATH and those above it, up to the outermost that was made. */
static void remove_directories(const struct directory *directory)
{
	AUTO_FREE char *part = directory->made ? strdup(directory->path) : NULL;

	while (part && unlinkat(directory->base, part, AT_REMOVEDIR) == 0 && strcmp(part, directory->made)) {
		char *cut = strrchr(part, '/');

		if (!cut)
			return;
		*cut = '\0';
	}
}

/* The outermost directory of the path that is missing, as a prefix of it; NULL when none is, or there is no memory. */
static char *outermost_missing(const struct directory *directory)
{
	AUTO_FREE char *part = strdup(directory->path), *missing = NULL;

	while (part && faccessat(directory->base, part, F_OK, 0) < 0 && errno == ENOENT) {
		char *cut = strrchr(part, '/');

		free(missing);
		missing = strdup(part);
		if (!cut || cut == part)
			break;
		*cut = '\0';
	}
	return TAKE_POINTER(missing);
}

static int make_output(struct context *ctx, struct directory *directory, const char *place)
{
	int r;

	directory->made = outermost_missing(directory);
	r = make_directories_at(directory->base, directory->path, 0700);
	if (r == 0)
		directory->fd = openat(directory->base, directory->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && directory->fd < 0)
		r = -errno;
	if (r == 0)
		return 0;
	remove_directories(directory);
	return context_fail(ctx, -r, "the directory %s cannot be made or opened: %s", place, strerror(-r));
}

/* ---- on a server ---- */

/* What the claim there says is what ours says. */
static bool is_ours(const struct directory *directory)
{
	AUTO_FREE char *text = NULL;

	return file_read(directory->fd, LOCK_NAME, 4096, &text, NULL) == 0 && !strcmp(text, directory->claim);
}

/* Seconds since anything was written there, by the server's clock. */
static time_t quiet_since(int fd)
{
	time_t newest = directory_newest(fd);
	char *temporary = NULL;
	struct stat st = { 0 };
	int draft = -1, r = file_replace_begin(fd, MANIFEST_NAME, 0600, &temporary, &draft);

	if (r < 0)
		return 0;
	if (fstat(draft, &st) < 0)
		st.st_mtime = newest;
	close(draft);
	unlinkat(fd, temporary, 0);
	free(temporary);
	return st.st_mtime > newest ? st.st_mtime - newest : 0;
}

static int make_claim(struct context *ctx, struct directory *directory, const char *place)
{
	AUTO_CLOSE int fd = openat(directory->fd, LOCK_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : write_all(fd, directory->claim, strlen(directory->claim));

	if (r == -EEXIST)
		return claim_taken(ctx, place);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r < 0 ? context_fail(ctx, -r, "the recovery set at %s cannot be written: %s", place, strerror(-r)) : 0;
}

/* No lock of a server's ends with its holder. */
static int claim_on_server(struct context *ctx, struct directory *directory, const char *place, bool clean)
{
	int content = directory_look(directory->fd);

	directory->claim = claim_text();
	if (!directory->claim)
		return context_oom(ctx);
	if (content == CONTENT_REST && clean) {
		time_t quiet = quiet_since(directory->fd);

		if (quiet < CLAIM_QUIET_S)
			return claim_young(ctx, place, (unsigned)quiet);
		context_info(ctx, "removing the rest of an interrupted capture from %s", place);
		directory_empty(directory->fd);
		unlinkat(directory->fd, LOCK_NAME, 0);
		content = directory_look(directory->fd);
	}
	if (content < 0)
		return context_fail(ctx, -content, "the directory %s cannot be read: %s", place, strerror(-content));
	if (content == CONTENT_REST)
		return claim_rest(ctx, place);
	if (content == CONTENT_OTHER)
		return context_fail(ctx, ENOTEMPTY, "%s is not empty: name a new directory for the recovery set, or empty it", place);
	return make_claim(ctx, directory, place);
}

/* ---- here ---- */

/* Only into an empty directory, and only one capture at a time. */
static int claim_here(struct context *ctx, const struct directory *directory, const char *place, bool clean)
{
	int content;

	/* Filesystems without locks do without. */
	if (flock(directory->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return context_fail(ctx, EBUSY, "another capture is writing to %s now: wait for its end, or name a new directory", place);
	/* Only now: a capture that has just ended here made a set of what looked like the rest of one. */
	content = directory_look(directory->fd);
	if (content == CONTENT_REST && clean) {
		context_info(ctx, "removing the rest of an interrupted capture from %s", place);
		directory_empty(directory->fd);
		content = directory_look(directory->fd);
	}
	if (content < 0)
		return context_fail(ctx, -content, "the directory %s cannot be read: %s", place, strerror(-content));
	if (content == CONTENT_REST)
		return context_fail(ctx, ENOTEMPTY,
				    "%s holds the rest of a capture that was stopped: remove it with --clean, or name a new directory", place);
	if (content == CONTENT_OTHER)
		return context_fail(ctx, ENOTEMPTY, "%s is not empty: name a new directory for the recovery set, or empty it", place);
	return 0;
}

static void remove_all(struct sink *sink)
{
	struct directory *directory = sink->directory;

	if (!directory->claimed || (directory->claim && !is_ours(directory)))
		return;
	directory_empty(directory->fd);
	if (directory->claim)
		unlinkat(directory->fd, LOCK_NAME, 0);
	remove_directories(directory);
}

int directory_claim(struct context *ctx, int base, const char *path, bool on_server, bool clean, struct sink *sink)
{
	struct directory *directory = sink->directory = calloc(1, sizeof(*directory));
	int r;

	if (!directory) {
		if (base >= 0)
			close(base);
		return context_oom(ctx);
	}
	directory->base = base;
	directory->fd = -1;
	directory->path = strdup(path);
	/* A slash at the end names no other directory. */
	for (size_t end = directory->path ? strlen(directory->path) : 0; end > 1 && directory->path[end - 1] == '/';)
		directory->path[--end] = '\0';
	r = directory->path ? make_output(ctx, directory, sink->place) : context_oom(ctx);
	if (r == 0)
		r = on_server ? claim_on_server(ctx, directory, sink->place, clean) : claim_here(ctx, directory, sink->place, clean);
	if (r < 0)
		return r;
	/* Only now: a set that another one has completed meanwhile is not ours to remove. */
	if (mkdirat(directory->fd, SEGMENTS_NAME, 0700) == 0) {
		directory->claimed = true;
		return 0;
	}
	r = -errno;
	if (directory->claim && is_ours(directory))
		unlinkat(directory->fd, LOCK_NAME, 0);
	remove_directories(directory);
	return context_fail(ctx, -r, "the recovery set at %s cannot be written: %s", sink->place, strerror(-r));
}

int directory_fd(const struct directory *directory)
{
	return directory ? directory->fd : -1;
}

bool directory_is_rest(const char *path)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && directory_look(fd) == CONTENT_REST && (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK);
}

static int open_here(struct context *ctx, const struct location *location, bool clean, struct sink *sink)
{
	return directory_claim(ctx, AT_FDCWD, location->path, false, clean, sink);
}

static int open_mounted(struct context *ctx, const struct location *location, bool clean, struct sink *sink)
{
	AUTO_FREE char *path = NULL;
	int base = kernel_mount_open_to_write(ctx, location, &path);

	return base < 0 ? base : directory_claim(ctx, base, path, true, clean, sink);
}

static void directory_close(struct sink *sink)
{
	struct directory *directory = sink->directory;

	if (!directory)
		return;
	if (directory->fd >= 0)
		close(directory->fd);
	if (directory->base >= 0)
		close(directory->base);
	free(directory->path);
	free(directory->made);
	free(directory->claim);
	free(directory);
}

/* ---- members ---- */

static bool is_segment(const struct sink_member *member)
{
	return !strncmp(member->name, SEGMENTS_NAME "/", strlen(SEGMENTS_NAME "/"));
}

static int directory_begin(struct context *ctx, struct sink_member *member)
{
	int top = member->sink->directory->fd;

	(void)ctx;
	if (!strncmp(member->name, ATTACHMENTS_NAME "/", strlen(ATTACHMENTS_NAME "/")) && mkdirat(top, ATTACHMENTS_NAME, 0700) < 0 &&
	    errno != EEXIST)
		return -errno;
	member->fd = openat(top, member->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return member->fd < 0 ? -errno : 0;
}

static int directory_write(struct context *ctx, struct sink_member *member, const void *data, size_t length)
{
	uint64_t before = member->written;
	int r = write_all(member->fd, data, length);

	(void)ctx;
	member->written += length;
	if (r < 0 || !member->sink->directory->claim || before / WINDOW == member->written / WINDOW)
		return r;
	/* The window before has reached the server, and this one is on its way: no call waits for more, however slow the line. */
	return sync_file_range(member->fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE) < 0 ? -errno : 0;
}

static int directory_end(struct context *ctx, struct sink_member *member)
{
	(void)ctx;
	/* The writing to the disk starts now; it is waited for at the end of all. A server's answer counts only for who waits for it. */
	if (!member->sink->directory->claim)
		sync_file_range(member->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	else if (fsync(member->fd) < 0)
		return -errno;
	if (close(TAKE_FD(member->fd)) < 0)
		return -errno;
	if (is_segment(member))
		atomic_fetch_add(&member->sink->directory->segments, 1);
	return 0;
}

static void directory_drop(struct sink_member *member)
{
	if (member->fd >= 0)
		close(member->fd);
}

static ssize_t directory_read(struct context *ctx, struct sink *sink, const char *name, uint64_t offset, void *buffer, size_t length)
{
	AUTO_CLOSE int fd = openat(sink->directory->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	(void)ctx;
	return fd < 0 ? -errno : read_full_at(fd, buffer, length, (off_t)offset);
}

static int directory_unlink(struct context *ctx, struct sink *sink, const char *name)
{
	(void)ctx;
	return unlinkat(sink->directory->fd, name, 0) < 0 ? -errno : 0;
}

static int sync_all(struct context *ctx, struct sink *sink)
{
	(void)ctx;
	return directory_sync(sink->directory->fd, atomic_load(&sink->directory->segments));
}

static int directory_publish(struct context *ctx, struct sink *sink, const void *text, size_t length)
{
	const struct directory *directory = sink->directory;
	int r;

	if (directory->claim && !is_ours(directory))
		return claim_lost(ctx, sink->place);
	r = file_replace(directory->fd, MANIFEST_NAME, text, length, 0600);
	if (r == 0 && directory->claim)
		unlinkat(directory->fd, LOCK_NAME, 0);
	return r;
}

const struct sink_type sink_directory_type = {
	.open = open_here,
	.begin = directory_begin,
	.write = directory_write,
	.end = directory_end,
	.drop = directory_drop,
	.read = directory_read,
	.unlink = directory_unlink,
	.sync = sync_all,
	.publish = directory_publish,
	.remove = remove_all,
	.close = directory_close,
};
const struct sink_type sink_mounted_type = {
	.on_server = true,
	.open = open_mounted,
	.begin = directory_begin,
	.write = directory_write,
	.end = directory_end,
	.drop = directory_drop,
	.read = directory_read,
	.unlink = directory_unlink,
	.sync = sync_all,
	.publish = directory_publish,
	.remove = remove_all,
	.close = directory_close,
};
