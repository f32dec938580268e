/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "put.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "flags.h"
#include "metadata.h"
#include "pieces.h"
#include "put_data.h"
#include "put_image.h"
#include "salvage.h"

/* New entries get the right group without a chown: not so below a directory with the set-group-ID bit. */
static bool owner_comes_right(const struct extraction *work, const struct tree_directory *parent, const struct pax_entry *entry)
{
	return entry->uid == work->uid && entry->gid == work->gid && parent->gid == work->gid;
}

static int fill_file(struct worker *worker, int fd, const struct subject *subject)
{
	struct extraction *work = worker->work;
	const struct pax_entry *entry = &worker->entry;
	bool at_write;
	int r;

	/* Refused flags are reported when they are set for good. */
	if ((entry->flags & INODE_FLAGS_EARLY) || subject->has_flags)
		inode_flags_set(fd, entry->flags & INODE_FLAGS_EARLY);
	if (!hints_are_none(&entry->hints) || subject->has_flags)
		hints_set(fd, &entry->hints);
	/* First the length, so that the filesystem reserves nothing in the holes. */
	if (entry->extents && ftruncate(fd, (off_t)entry->size) < 0)
		return work_failed(work, subject->path, errno, subject->parent_fd, "its length could not be set");
	r = put_data(worker, fd, 0, &at_write);
	if (r < 0)
		return at_write ? work_failed(work, subject->path, -r, subject->parent_fd, "its content could not be written") : r;
	return metadata_apply(work, subject, entry);
}

static int put_file(struct worker *worker, const struct tree_directory *parent, const char *name, const char *path)
{
	struct extraction *work = worker->work;
	const struct pax_entry *entry = &worker->entry;
	mode_t mode = entry->mode & 0777;
	bool plain = worker->exact_mode && !parent->default_acl && !(entry->mode & 07000);
	struct subject subject = { .path = path, .parent_fd = parent->fd, .name = name, .filesystem = parent->filesystem,
				   .has_acl = parent->default_acl, .has_flags = parent->has_flags,
				   .owner_is_right = owner_comes_right(work, parent, entry),
				   .flags = entry->flags & ~INODE_FLAGS_LATE };
	int r;

	if (entry->xattr_count && work->uid != 0) {
		/* Attributes are refused on a file that its owner may not write. */
		plain = plain && (mode & 0600) == 0600;
		mode |= 0600;
	}
	subject.mode_is_right = plain;
	subject.fd = put_create(parent, name, mode);
	if (subject.fd < 0)
		return work_failed(work, path, -subject.fd, parent->fd, "it could not be made");
	r = fill_file(worker, subject.fd, &subject);
	/* What is not whole is not left there under its name. */
	if (r < 0)
		unlinkat(parent->fd, name, 0);
	put_start_write(subject.fd, entry->size);
	if (close(subject.fd) < 0 && r == 0)
		r = work_failed(work, path, errno, parent->fd, "its content could not be written");
	if (r == 0 && (entry->flags & INODE_FLAGS_LATE) && !work->options->skip_owner)
		r = keep_flags(work, path, entry->flags);
	return r;
}

static int make_other(const struct tree_directory *parent, const char *name, const struct pax_entry *entry)
{
	int r = S_ISLNK(entry->mode) ? symlinkat(entry->link, parent->fd, name)
				     : mknodat(parent->fd, name, entry->mode & (S_IFMT | 0777), entry->device);

	return r < 0 ? -errno : 0;
}

/* Symbolic links, devices, pipes, sockets: never opened. */
static int put_other(struct worker *worker, const struct tree_directory *parent, const char *name, const char *path)
{
	struct extraction *work = worker->work;
	const struct pax_entry *entry = &worker->entry;
	struct subject subject = { .path = path, .fd = -1, .parent_fd = parent->fd, .name = name,
				   .filesystem = parent->filesystem, .has_acl = parent->default_acl && !S_ISLNK(entry->mode),
				   .owner_is_right = owner_comes_right(work, parent, entry),
				   .mode_is_right = worker->exact_mode && !parent->default_acl && !(entry->mode & 07000) };
	int r;

	if (work->options->skip_owner && (S_ISCHR(entry->mode) || S_ISBLK(entry->mode)))
		return work_failed(work, path, EPERM, parent->fd, "it is a device, which only root can make");
	r = make_other(parent, name, entry);
	if (r == -EEXIST) {
		r = put_remove(parent->fd, name);
		if (r == 0)
			r = make_other(parent, name, entry);
	}
	if (r < 0)
		return work_failed(work, path, -r, parent->fd, "it could not be made");
	return metadata_apply(work, &subject, entry);
}

void put_withdraw(struct worker *worker)
{
	const struct pax_entry *entry = &worker->entry;
	const char *path = selection_name(worker->work->selection, entry->piece_of ? entry->piece_of : entry->path), *name;
	const struct tree_directory *parent;

	if (!path || S_ISDIR(entry->mode) || entry->hard_link || is_image_of(worker->work, path))
		return;
	if (entry->whole_size) {
		withdraw_pieces(worker, path);
		return;
	}
	parent = tree_parent(worker->tree, path, &name);
	if (parent)
		put_remove(parent->fd, name);
}

int put_entry(struct worker *worker)
{
	struct extraction *work = worker->work;
	const struct pax_entry *entry = &worker->entry;
	const char *path = selection_name(work->selection, entry->piece_of ? entry->piece_of : entry->path), *name;
	const struct tree_directory *parent;

	if (S_ISDIR(entry->mode) || entry->hard_link)
		return entry_damaged(&worker->ctx, &worker->entries, N_("it holds an entry that belongs into another kind of segment"));
	if (!path)
		return 0;
	if (!entry->piece_of)
		worker->files++;
	if (is_image_of(work, path))
		return put_image(worker, path);
	if (!work->agreement || work->arriving)
		salvage_parents(worker, path);
	if (entry->whole_size)
		return put_piece(worker, path);
	parent = tree_parent(worker->tree, path, &name);
	if (!parent)
		return work_failed(work, path, errno, work->root_fd, "it could not be made, its directory cannot be entered");
	return S_ISREG(entry->mode) ? put_file(worker, parent, name, path) : put_other(worker, parent, name, path);
}

/* ---- additional names ---- */

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
