/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "walk_mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "../devices/mount_kinds.h"
#include "exclude.h"
#include "listing.h"
#include "pending.h"
#include "report.h"
#include "walk_directories.h"
#include "walk_ways.h"

struct walk_mounts {
	bool *reached, *filled;  /* volumes, by index */
	size_t next;             /* all before it are reached, or left out */
	const struct mount_point **met; /* that the walk came by */
	size_t met_count, met_capacity;
};

void walk_mounts_free(struct walk_mounts *mounts)
{
	if (!mounts)
		return;
	free(mounts->reached);
	free(mounts->filled);
	free(mounts->met);
	free(mounts);
}

struct walk_mounts *walk_mounts_new(const struct volumes *volumes)
{
	struct walk_mounts *mounts = calloc(1, sizeof(*mounts));
	size_t count = 0;

	while (volumes_get(volumes, count))
		count++;
	if (mounts) {
		mounts->reached = calloc(count + 1, sizeof(*mounts->reached));
		mounts->filled = calloc(count + 1, sizeof(*mounts->filled));
	}
	if (!mounts || !mounts->reached || !mounts->filled) {
		walk_mounts_free(mounts);
		return NULL;
	}
	mounts->reached[0] = true;
	return mounts;
}

static size_t number_of(const struct walker *walker, const struct volume *volume)
{
	return (size_t)(volume - volumes_get(walker->capture->volumes, 0));
}

void walk_mounts_fill(struct walker *walker, const struct volume *volume)
{
	walker->mounts->filled[number_of(walker, volume)] = true;
}

static struct node *mount_at(const struct layout *layout, const char *path)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->nodes[i]->type == NODE_MOUNT && !strcmp(layout->nodes[i]->mount.path, path))
			return layout->nodes[i];
	return NULL;
}

int walk_mounts_mark_empty(struct walker *walker)
{
	const struct volume *volume;

	for (size_t i = 0; (volume = volumes_get(walker->capture->volumes, i)); i++) {
		AUTO_FREE char *path = text_format("/%s", strcmp(volume->path, ".") ? volume->path : "");
		struct node *mount = path ? mount_at(walker->capture->manifest->layout, path) : NULL;

		if (!path)
			return -ENOMEM;
		if (mount && !volume->left)
			mount->mount.empty = !walker->mounts->filled[i];
	}
	return 0;
}

static int push_volume(struct walker *walker, const struct volume *volume)
{
	char *path = strdup(volume->path);
	struct stat st = { 0 };

	walker->mounts->reached[number_of(walker, volume)] = true;
	if (!path)
		return -ENOMEM;
	if (fstat(volume->fd, &st) < 0) {
		free(path);
		return capture_unreadable(walker->capture, volume->path, errno);
	}
	return pending_push(walker->pending, volume, path, &st);
}

#define LOOK_NAMES 10000

/* Whether there is anything but directories in the open directory (taken) and below; after *LEFT names it is taken for granted. */
static int holds_files(int fd, size_t *left)
{
	AUTO_CLOSE int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct listed_name *names = NULL;
	size_t count = 0;
	int r = own < 0 ? -errno : 0;

	if (r < 0)
		close(fd);
	else
		r = directory_list(fd, &names, &count);
	for (size_t i = 0; i < count && r == 0; i++) {
		int below = openat(own, names[i].name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (below < 0 || !*left)
			r = 1;
		else
			--*left;
		if (r == 0)
			r = holds_files(below, left);
		else if (below >= 0)
			close(below);
	}
	listed_names_free(names, count);
	return r;
}

/* What a volume hides has no path of its own. */
static int say_hidden(struct walker *walker, const struct visited *visited)
{
	const struct volume *shown = volumes_showing(walker->capture->volumes, visited->volume, visited->path);
	AUTO_FREE char *path = shown ? bytes_escape(shown->path, strlen(shown->path)) : NULL, *reason = NULL;
	size_t left = LOOK_NAMES;
	int fd, r;

	if (!visited->volume->is_private)
		return 0;
	if (path)
		reason = sentence("files beneath this mount point are hidden by the filesystem mounted there: they are in the set as /%s, and come back "
				  "there, not here",
				  path);
	fd = openat(visited->dir_fd, visited->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd < 0 ? -errno : holds_files(fd, &left);
	if (r == -ENOMEM)
		return r;
	if (r && path)
		return reason ? capture_lose(walker->capture, visited->path, reason) : -ENOMEM;
	return r ? capture_lose(walker->capture, visited->path,
				N_("files beneath this mount point are hidden by the filesystem mounted there, and not in the set: move them, or "
				"capture again while it is unmounted")) : 0;
}

/* Without a private copy nobody sees what lies beneath: a directory is made up so that something can be mounted there again. */
static int stand_in(struct walker *walker, const struct visited *visited, const char *reason)
{
	struct capture *capture = walker->capture;
	AUTO_FREE char *whole = NULL;
	struct stat st = { 0 };
	int r;

	if (visited->type != DT_DIR && visited->type != DT_UNKNOWN)
		return capture_not_read(capture, visited->path,
					N_("something is mounted on it, and only root with all rights can read what lies beneath"));
	if (fstat(visited->dir_fd, &st) < 0)
		return -errno;
	st.st_mode = S_IFDIR | 0755;
	st.st_uid = st.st_gid = 0;
	r = walk_emit_directory(walker, visited->path, &st, -1);
	whole = sentence("%s; only root with all rights can read the directory beneath, it is saved as root's with mode 0755", sentence_words(reason));
	if (r == 0)
		r = whole ? capture_exclude(capture, visited->path, whole) : -ENOMEM;
	return r < 0 ? r : 1;
}

/* Index of the operator's pattern that leaves out PATH or a directory above it, -1 for none, -ENOMEM. The patterns of devices that are left out,
 * which come after those, say nothing of what is mounted below: that lies on other devices. */
static ssize_t excluded_by(struct walker *walker, const char *path)
{
	char *const *patterns = walker->capture->options->exclude;

	for (size_t length = strcspn(path, "/");; length += 1 + strcspn(path + length + 1, "/")) {
		AUTO_FREE char *part = strndup(path, length);
		ssize_t pattern = part ? exclude_match(patterns, part) : -ENOMEM;

		if (pattern != -1 || !path[length])
			return pattern;
	}
}

static int remember_met(struct walk_mounts *mounts, const struct mount_point *point)
{
	if (mounts->met_count == mounts->met_capacity) {
		size_t capacity = mounts->met_capacity ? 2 * mounts->met_capacity : 64;
		const struct mount_point **grown = reallocarray(mounts->met, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		mounts->met = grown;
		mounts->met_capacity = capacity;
	}
	mounts->met[mounts->met_count++] = point;
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct mount_point *const *x = a, *const *y = b;

	return *x < *y ? -1 : *x > *y;
}

int walk_mounts_say(struct walker *walker)
{
	struct walk_mounts *mounts = walker->mounts;
	const struct mount_point *point;
	int r = 0;

	if (mounts->met_count)
		qsort(mounts->met, mounts->met_count, sizeof(*mounts->met), by_address);
	for (size_t i = 0; r == 0 && (point = mount_tree_point(walker->capture->mount_tree, i)); i++) {
		bool met = mounts->met_count && bsearch(&point, mounts->met, mounts->met_count, sizeof(*mounts->met), by_address);

		if (point->path && point->choice == MOUNT_LEAVE && !met && (point->blind || !mount_answers(point->entry)) &&
		    excluded_by(walker, point->path) == -1)
			r = capture_exclude(walker->capture, point->path, point->reason);
	}
	return r;
}

int walk_mount_point(struct walker *walker, const struct visited *visited)
{
	struct capture *capture = walker->capture;
	const struct mount_point *point = mount_tree_at(capture->mount_tree, visited->path);
	const struct volume *volume = point ? volumes_at(capture->volumes, visited->path) : NULL;
	const char *reason = point ? volumes_why_left(capture->volumes, point) : NULL;
	AUTO_FREE char *file_reason = NULL;
	struct stat st;
	int r;

	if (!point)
		return 0;
	r = remember_met(walker->mounts, point);
	if (r < 0)
		return r;
	if (volume) {
		r = say_hidden(walker, visited);
		if (r == 0)
			r = push_volume(walker, volume);
		return r < 0 ? r : 1;
	}
	if (!visited->volume->is_private) {
		r = stand_in(walker, visited, reason);
		return r < 0 ? r : 1;
	}
	if (fstatat(visited->dir_fd, visited->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode))
		return capture_exclude(capture, visited->path, reason);
	file_reason = sentence("mounted on it: %s; the file beneath is in the set", sentence_words(reason));
	return file_reason ? capture_exclude(capture, visited->path, file_reason) : -ENOMEM;
}

/* A directory above a volume that no captured filesystem has: it lies in one in memory, say. */
static int emit_way(struct walker *walker, const char *path)
{
	AUTO_CLOSE int fd = openat(walker->capture->root_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st = { .st_mode = S_IFDIR | 0755, .st_mtim.tv_sec = time(NULL) };

	/* What is in it is no more for everybody's eyes than in its filesystem. */
	if (!strcmp(path, LAYOUT_UNMOUNTED_NAME))
		st.st_mode = S_IFDIR | 0700;
	if (fd >= 0 && fstat(fd, &st) < 0)
		return -errno;
	return walk_emit_directory(walker, path, &st, fd);
}

static int emit_ways(struct walker *walker, const char *path)
{
	int r = 0;

	for (const char *cut = strchr(path, '/'); cut && r == 0; cut = strchr(cut + 1, '/')) {
		AUTO_FREE char *part = strndup(path, (size_t)(cut - path));

		if (!part)
			r = -ENOMEM;
		else if (walk_ways_lacks(walker->ways, part))
			r = emit_way(walker, part);
	}
	return r;
}

int walk_mounts_next(struct walker *walker)
{
	const struct volume *volume;

	for (; (volume = volumes_get(walker->capture->volumes, walker->mounts->next)); walker->mounts->next++) {
		ssize_t pattern;
		int r;

		if (walker->mounts->reached[walker->mounts->next])
			continue;
		walker->mounts->reached[walker->mounts->next] = true;
		pattern = excluded_by(walker, volume->path);
		if (pattern < -1)
			return (int)pattern;
		if (pattern >= 0)
			walker->matched[pattern]++;
		if (pattern >= 0 || volume->left || volume->error == ENOTDIR)
			continue;
		if (volume->error)
			return capture_unreadable(walker->capture, volume->path, volume->error) < 0 ? -ENOMEM : 1;
		r = emit_ways(walker, volume->path);
		if (r == 0)
			r = push_volume(walker, volume);
		return r < 0 ? r : 1;
	}
	return 0;
}
