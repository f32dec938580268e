/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "metadata.h"

/* Files from this size on go to the disk while others are still unpacked: the sync at the end finds less to do. For smaller ones
 * the filesystem chooses better places when it has many of them at once. */
#define EARLY_WRITE_BYTES (128u << 10)

int put_remove(int parent_fd, const char *name)
{
	if (unlinkat(parent_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EPERM)
		return -errno;
	/* Perhaps restored here before, with the flag i. */
	inode_flags_unlock(parent_fd, name);
	return unlinkat(parent_fd, name, 0) == 0 ? 0 : -errno;
}

int put_create(const struct tree_directory *parent, const char *name, mode_t mode)
{
	const int how = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(parent->fd, name, how, mode), r;

	if (fd >= 0 || errno != EEXIST)
		return fd >= 0 ? fd : -errno;
	r = put_remove(parent->fd, name);
	if (r < 0)
		return r;
	fd = openat(parent->fd, name, how, mode);
	return fd >= 0 ? fd : -errno;
}

static int write_at(int fd, const char *data, size_t length, uint64_t offset)
{
	while (length > 0) {
		ssize_t n = pwrite(fd, data, length, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		length -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* Writes LENGTH data bytes of the entry from OFFSET on. *REST and *REST_LENGTH hold bytes that the reader gave beyond the last
 * extent. */
static int write_run(struct worker *worker, int fd, uint64_t offset, uint64_t length, const char **rest, size_t *rest_length,
		     bool *ret_write)
{
	while (length > 0) {
		size_t n;
		int r;

		if (*rest_length == 0) {
			const void *data = NULL;
			ssize_t got = entry_data(&worker->ctx, &worker->entries, &data);

			if (got <= 0)
				return got < 0 ? (int)got
					       : entry_damaged(&worker->ctx, &worker->entries, N_("a file ends too early"));
			if (worker->shown)
				agreement_data(worker->check, data, (size_t)got);
			*rest = data;
			*rest_length = (size_t)got;
		}
		n = *rest_length < length ? *rest_length : (size_t)length;
		r = write_at(fd, *rest, n, offset);
		if (r < 0) {
			*ret_write = true;
			return r;
		}
		*rest += n;
		*rest_length -= n;
		offset += n;
		length -= n;
		worker->bytes += n;
		worker_report(worker, false);
		if (atomic_load_explicit(&worker->work->ctx->cancelled, memory_order_relaxed))
			return context_check_cancel(worker->work->ctx);
	}
	return 0;
}

int put_data(struct worker *worker, int fd, uint64_t offset, bool *ret_write)
{
	const struct pax_entry *entry = &worker->entry;
	const char *rest = NULL;
	size_t rest_length = 0;
	int r = 0;

	*ret_write = false;
	if (!entry->extents)
		return write_run(worker, fd, offset, entry->size, &rest, &rest_length, ret_write);
	for (size_t i = 0; i < entry->extent_count && r == 0; i++)
		r = write_run(worker, fd, offset + entry->extents[i].offset, entry->extents[i].length, &rest, &rest_length,
			      ret_write);
	return r;
}

void put_start_write(int fd, uint64_t length)
{
	/* Only a hint; errors of the writing stay with the filesystem until the sync at the end. */
	if (length >= EARLY_WRITE_BYTES)
		sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

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

	if (!path || S_ISDIR(entry->mode) || entry->hard_link)
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
	if (!work->agreement)
		salvage_parents(worker, path);
	if (entry->whole_size)
		return put_piece(worker, path);
	parent = tree_parent(worker->tree, path, &name);
	if (!parent)
		return work_failed(work, path, errno, work->root_fd, "it could not be made, its directory cannot be entered");
	return S_ISREG(entry->mode) ? put_file(worker, parent, name, path) : put_other(worker, parent, name, path);
}
