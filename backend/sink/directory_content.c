/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "directory_content.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/file.h"
#include "../set/manifest.h"
#include "names.h"

#define REMOVE_ATTEMPTS 1000

static DIR *open_names(int fd)
{
	int copy = fd < 0 ? -1 : openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	if (!dir && copy >= 0)
		close(copy);
	return dir;
}

/* A directory of FD that is no link. */
static int open_part(int fd, const char *name)
{
	return openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* NAME is a directory, no link, of nothing but files with names that are OWN. */
static bool holds_only(int fd, const char *name, bool (*own)(const char *name))
{
	AUTO_CLOSE int part = open_part(fd, name);
	AUTO_CLOSEDIR DIR *dir = open_names(part);
	struct dirent *entry;
	int r = 0;

	while (dir && (r = directory_next(dir, &entry)) > 0) {
		struct stat st;

		if (!own(entry->d_name) || fstatat(part, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
			return false;
	}
	return dir && r == 0;
}

int directory_look(int fd)
{
	AUTO_CLOSEDIR DIR *dir = open_names(fd);
	bool empty = true, segments = false, claim = false;
	struct dirent *entry;
	int r;

	if (!dir)
		return -errno;
	while ((r = directory_next(dir, &entry)) > 0) {
		empty = false;
		if (!strcmp(entry->d_name, SEGMENTS_NAME))
			segments = holds_only(fd, SEGMENTS_NAME, name_is_segment);
		else if (!strcmp(entry->d_name, ATTACHMENTS_NAME) && holds_only(fd, ATTACHMENTS_NAME, attachment_is_name))
			continue;
		else if (!strcmp(entry->d_name, LOCK_NAME))
			claim = true;
		else if (!name_is_table(entry->d_name) && !name_is_draft(entry->d_name))
			return CONTENT_OTHER;
	}
	if (r < 0)
		return r;
	return empty ? CONTENT_NOTHING : segments || claim ? CONTENT_REST : CONTENT_OTHER;
}

static void remove_files(int fd, bool (*own)(const char *name))
{
	AUTO_CLOSEDIR DIR *dir = open_names(fd);
	struct dirent *entry;

	/* A server that does not answer is not asked about the next one. */
	while (dir && directory_next(dir, &entry) > 0)
		if (own(entry->d_name) && unlinkat(fd, entry->d_name, 0) < 0 && errno != ENOENT && errno != EISDIR && errno != EPERM)
			return;
}

static void remove_part(int fd, const char *name, bool (*own)(const char *name))
{
	AUTO_CLOSE int part = open_part(fd, name);

	for (int attempt = 0; part >= 0 && attempt < REMOVE_ATTEMPTS; attempt++) {
		remove_files(part, own);
		if (unlinkat(fd, name, AT_REMOVEDIR) == 0 || (errno != ENOTEMPTY && errno != EEXIST))
			return;
	}
}

void directory_empty(int fd)
{
	/* The manifest first: without it nothing is taken for a set. */
	remove_files(fd, name_is_top);
	remove_part(fd, SEGMENTS_NAME, name_is_segment);
	remove_part(fd, ATTACHMENTS_NAME, attachment_is_name);
}

static time_t newest_file(int fd, time_t newest)
{
	AUTO_CLOSEDIR DIR *dir = open_names(fd);
	struct dirent *entry;

	while (dir && directory_next(dir, &entry) > 0) {
		struct stat st;

		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime > newest)
			newest = st.st_mtime;
	}
	return newest;
}

time_t directory_newest(int fd)
{
	AUTO_CLOSE int segments = open_part(fd, SEGMENTS_NAME);

	return newest_file(segments, newest_file(fd, 0));
}

/* The files of FD with names that are OWN, and FD: how many there are, or -errno. */
static int sync_files(int fd, bool (*own)(const char *name))
{
	AUTO_CLOSEDIR DIR *dir = open_names(fd);
	struct dirent *entry;
	int r, count = 0;

	if (!dir)
		return -errno;
	while ((r = directory_next(dir, &entry)) > 0) {
		AUTO_CLOSE int file = -1;

		if (!own(entry->d_name))
			continue;
		file = openat(fd, entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (file < 0 || fsync(file) < 0)
			return -errno;
		count++;
	}
	if (r < 0)
		return r;
	return fsync(fd) < 0 ? -errno : count;
}

int directory_sync(int fd, unsigned count)
{
	AUTO_CLOSE int segments = open_part(fd, SEGMENTS_NAME), attachments = open_part(fd, ATTACHMENTS_NAME);
	int r = segments < 0 ? -errno : sync_files(segments, name_is_segment);

	if (r >= 0 && (unsigned)r < count)
		r = -ENOENT;
	if (r >= 0 && attachments >= 0)
		r = sync_files(attachments, attachment_is_name);
	if (r >= 0)
		r = sync_files(fd, name_is_table);
	return r < 0 ? r : 0;
}
