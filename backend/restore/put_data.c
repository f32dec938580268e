/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "put_data.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "flags.h"

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
