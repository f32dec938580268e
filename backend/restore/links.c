/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "work.h"

/* Links NAME below PARENT_FD to the file TARGET below TARGET_FD, whatever NAME was. 0 or -errno. */
static int make_link(int target_fd, const char *target, int parent_fd, const char *name)
{
	struct stat first, present;
	int r;

	if (fstatat(target_fd, target, &first, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(first.st_mode))
		return -EISDIR;
	if (linkat(target_fd, target, parent_fd, name, 0) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (fstatat(parent_fd, name, &present, AT_SYMLINK_NOFOLLOW) == 0 && present.st_dev == first.st_dev &&
	    present.st_ino == first.st_ino)
		return 0;
	r = put_remove(parent_fd, name);
	if (r < 0)
		return r;
	return linkat(target_fd, target, parent_fd, name, 0) == 0 ? 0 : -errno;
}

int put_link(struct worker *worker)
{
	struct extraction *work = worker->work;
	const char *path = worker->entry.path, *target, *name, *target_name;
	const struct tree_directory *parent;
	AUTO_CLOSE int target_fd = -1;
	int r;

	if (!worker->entry.hard_link || worker->entry.recipe)
		return entry_damaged(&worker->ctx, &worker->entries, N_("it holds an entry that belongs into another kind of segment"));
	if (!selection_has(work->selection, path))
		return 0;
	worker->files++;
	target = selection_name(work->selection, worker->entry.link);
	if (!target)
		return entry_damaged(&worker->ctx, &worker->entries, N_("it holds a hard link that the index does not list"));
	/* This name stands in for the first one, and has the data already. */
	if (!strcmp(target, path))
		return 0;
	parent = tree_parent(worker->tree, target, &target_name);
	/* Kept open by itself: the cache may let it go for the next. */
	if (parent)
		target_fd = fcntl(parent->fd, F_DUPFD_CLOEXEC, 0);
	if (target_fd < 0)
		return work_failed(work, path, errno, work->root_fd,
				   "it could not be made, the directory of its first name cannot be entered");
	parent = tree_parent(worker->tree, path, &name);
	if (!parent)
		return work_failed(work, path, errno, work->root_fd, "it could not be made, its directory cannot be entered");
	r = make_link(target_fd, target_name, parent->fd, name);
	if (r == -ENOENT)
		r = salvage_name(work, path, worker->entry.link);
	return r == 0 ? 0 : work_failed(work, path, -r, parent->fd, "it could not be made as an additional name of its file");
}
