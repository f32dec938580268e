/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/open_below.h"
#include "../layout/image.h"
#include "entry_metadata.h"
#include "exclude.h"
#include "images.h"
#include "link_table.h"
#include "listing.h"
#include "metadata.h"
#include "pending.h"
#include "report.h"
#include "segment_writer.h"
#include "swap_files.h"
#include "unmounted.h"
#include "walk_directories.h"
#include "walk_files.h"
#include "walk_mounts.h"
#include "walk_parts.h"
#include "walk_ways.h"

/* The directory, or the file, that the set is written into. */
static bool is_output(const struct capture *capture, const struct stat *st)
{
	return st->st_ino == capture->output.st_ino && st->st_dev == capture->output.st_dev && st->st_ino != 0;
}

static int visit_directory(struct walker *walker, const struct visited *visited, const struct stat *st)
{
	struct capture *capture = walker->capture;
	const char *reason = mount_tree_view(capture->mount_tree, visited->path);
	char *copy;

	if (is_output(capture, st))
		return capture_exclude(capture, visited->path, N_("the recovery set itself"));
	if (!strcmp(visited->path, PAX_PIECES) || !strcmp(visited->path, LAYOUT_UNMOUNTED_NAME) || !strcmp(visited->path, LAYOUT_IMAGES_NAME))
		return context_fail(capture->ctx, EEXIST,
				    "%s/%s exists, and recovery sets need this name for themselves: rename or remove it",
				    capture->root, visited->path);
	if (reason || unmounted_shows(capture->unmounted, visited->path)) {
		AUTO_CLOSE int fd = open_quietly(visited->volume->fd, volume_path(visited->volume, visited->path), O_DIRECTORY);
		int r = walk_emit_directory(walker, visited->path, st, fd < 0 ? -1 : fd);

		return r < 0 || !reason ? r : capture_exclude(capture, visited->path, reason);
	}
	copy = strdup(visited->path);
	return copy ? pending_push(walker->pending, visited->volume, copy, st) : -ENOMEM;
}

/* A later restore would take these for its own, and remove them. */
static bool is_left_by_restore(const struct visited *visited)
{
	const char *path = volume_path(visited->volume, visited->path);

	return !strcmp(path, LAYOUT_NOTE_NAME) || !strcmp(path, LAYOUT_JOURNAL_NAME);
}

static int visit(struct walker *walker, const struct visited *visited)
{
	struct capture *capture = walker->capture;
	CLEANUP(pax_entry_done) struct pax_entry entry = { 0 };
	ssize_t pattern = exclude_match(capture->exclude, visited->path);
	struct link_group *group = NULL;
	bool first = true;
	struct stat st;
	int r;

	if (pattern >= 0) {
		walker->matched[pattern]++;
		return 0;
	}
	if (is_left_by_restore(visited))
		return capture_exclude(capture, visited->path, N_("left by an interrupted restore"));
	r = walk_mount_point(walker, visited);
	if (r != 0)
		return r < 0 ? r : 0;
	if (fstatat(visited->dir_fd, visited->name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
		if (errno != ENOENT)
			return capture_unreadable(capture, visited->path, errno);
		return capture_changed(capture, visited->path, N_("vanished before it could be read"));
	}
	if (S_ISDIR(st.st_mode))
		return visit_directory(walker, visited, &st);
	if (is_output(capture, &st))
		return capture_exclude(capture, visited->path, N_("the recovery set itself"));
	if (walk_ways_has(walker->ways, visited->path))
		return capture_exclude(capture, visited->path, N_("hidden by a mount, and in the place of a directory that is captured"));
	walk_mounts_fill(walker, visited->volume);
	entry.path = strdup(visited->path);
	if (!entry.path)
		return -ENOMEM;
	r = entry_take_stat(capture, &st, &entry);
	if (r < 0)
		return r;
	if (st.st_nlink > 1) {
		group = link_table_find(capture->links, &st, visited->path, &first);
		if (!group)
			return -ENOMEM;
		if (!first)
			return link_table_add(capture->links, group, visited->volume, &entry);
	}
	return S_ISREG(st.st_mode) ? walk_file(walker, visited->volume, &entry, &st, group) :
				     walk_other(walker, visited, &entry, group);
}

/* The very directory that was seen, or at least one that no symbolic link leads to. */
static int open_pending(const struct pending *pending, struct stat *st)
{
	const char *path = volume_path(pending->volume, pending->path);
	AUTO_CLOSE int fd = open_quietly(pending->volume->fd, path, O_DIRECTORY);

	if (fd < 0)
		return fd;
	if (fstat(fd, st) < 0)
		return -errno;
	if (st->st_dev == pending->device && st->st_ino == pending->inode)
		return TAKE_FD(fd);
	close(TAKE_FD(fd));
	fd = open_below_strict(pending->volume->fd, path, O_RDONLY | O_DIRECTORY);
	if (fd >= 0 && fstat(fd, st) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int visit_names(struct walker *walker, int fd, const struct pending *pending, const struct listed_name *names, size_t count)
{
	bool top = !strcmp(pending->path, ".");
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		AUTO_FREE char *child = top ? strdup(names[i].name) : text_format("%s/%s", pending->path, names[i].name);
		const struct visited visited = {
			.volume = pending->volume, .dir_fd = fd, .name = names[i].name, .path = child, .type = names[i].type,
		};

		r = context_check_cancel(walker->capture->ctx);
		if (r == 0)
			r = child ? visit(walker, &visited) : -ENOMEM;
	}
	return r;
}

static int read_directory(struct walker *walker, const struct pending *pending)
{
	struct capture *capture = walker->capture;
	struct listed_name *names = NULL;
	size_t count = 0;
	struct stat st = { 0 };
	AUTO_CLOSE int fd = open_pending(pending, &st);
	int r, copy;

	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return capture_changed(capture, pending->path, N_("vanished before it could be read"));
	if (fd < 0) {
		r = capture_unreadable(capture, pending->path, -fd);
		if (r == 0 && fstatat(pending->volume->fd, volume_path(pending->volume, pending->path), &st,
				      AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0 && S_ISDIR(st.st_mode))
			r = walk_emit_directory(walker, pending->path, &st, -1);
		return r;
	}
	r = walk_emit_directory(walker, pending->path, &st, fd);
	if (r < 0)
		return r;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	r = copy < 0 ? -errno : directory_list(copy, &names, &count);
	if (r < 0)
		return r == -ENOMEM || r == -EMFILE ? r : capture_unreadable(capture, pending->path, -r);
	r = visit_names(walker, fd, pending, names, count);
	listed_names_free(names, count);
	return r;
}

static int say_patterns(struct walker *walker)
{
	char *const *patterns = walker->capture->exclude;
	int r = 0;

	for (size_t i = 0; patterns && patterns[i] && r == 0; i++)
		r = capture_exclude_pattern(walker->capture, patterns[i], walker->matched[i]);
	return r;
}

static int read_pending(struct walker *walker)
{
	struct pending pending;
	int r = 0;

	while (r == 0 && pending_take(walker->pending, &pending)) {
		r = read_directory(walker, &pending);
		free(pending.path);
	}
	return r;
}

static int walk(struct walker *walker)
{
	const struct volume *top = volumes_get(walker->capture->volumes, 0);
	struct stat st;
	char *path = strdup(".");
	int r = !path ? -ENOMEM : fstat(top->fd, &st) < 0 ? -errno : 0;

	if (r < 0) {
		free(path);
		return r;
	}
	r = pending_push(walker->pending, top, path, &st);
	if (r == 0)
		r = walk_begin_directories(walker);
	for (int more = 1; more > 0 && r == 0;) {
		r = read_pending(walker);
		more = r == 0 ? walk_mounts_next(walker) : 0;
		r = more < 0 ? more : r;
	}
	if (r == 0)
		r = images_walk(walker);
	if (r == 0)
		r = walk_push_job(walker);
	if (r == 0)
		r = walk_end_directories(walker);
	if (r == 0)
		r = walk_mounts_say(walker);
	if (r == 0)
		r = walk_mounts_mark_empty(walker);
	return r == 0 ? say_patterns(walker) : r;
}

int walk_tree(struct capture *capture)
{
	struct walker walker = {
		.capture = capture, .directories = segment_writer_new(capture), .job = job_new(), .pending = pending_new(),
		.ways = walk_ways_new(capture->volumes), .mounts = walk_mounts_new(capture->volumes),
	};
	size_t patterns = strv_length(capture->exclude);
	int r = swap_files_read(capture->ctx, capture->mount_tree, capture->volumes, &walker.swaps);

	walker.matched = calloc(patterns + 1, sizeof(*walker.matched));
	if (!walker.directories || !walker.job || !walker.matched || !walker.pending || !walker.ways || !walker.mounts)
		r = -ENOMEM;
	if (r == 0)
		r = walk(&walker);
	pending_free(walker.pending);
	swap_files_free(walker.swaps);
	walk_ways_free(walker.ways);
	walk_mounts_free(walker.mounts);
	free(walker.matched);
	job_free(walker.job);
	segment_writer_free(walker.directories);
	return r < 0 ? capture_write_failed(capture, r) : 0;
}
