/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/open_below.h"
#include "../core/progress.h"
#include "../set/content.h"
#include "entry_metadata.h"
#include "link_table.h"
#include "metadata.h"
#include "pack_image.h"
#include "pack_large.h"
#include "parts.h"
#include "pool.h"
#include "report.h"
#include "segment_writer.h"

#define READ_BLOCK (256u << 10)

struct packer {
	struct capture *capture;
	struct segment_writer *writer;
	struct content_digest *digest;
	struct buffer piece;     /* a whole piece of a large file, or part of an image */
	char *block;
};

/* What came of reading one file. */
struct reading {
	bool is_short;           /* it ended before its size: zeros took the place of the rest */
	int error;               /* it could not be read to its end: errno */
};

struct packer *packer_new(struct capture *capture)
{
	struct packer *packer = calloc(1, sizeof(*packer));

	if (!packer)
		return NULL;
	packer->capture = capture;
	packer->writer = segment_writer_new(capture);
	packer->digest = content_digest_new(0, 0);
	packer->block = malloc(READ_BLOCK);
	if (!packer->writer || !packer->digest || !packer->block) {
		packer_free(packer);
		return NULL;
	}
	return packer;
}

void packer_free(struct packer *packer)
{
	if (!packer)
		return;
	segment_writer_free(packer->writer);
	content_digest_free(packer->digest);
	buffer_done(&packer->piece);
	free(packer->block);
	free(packer);
}

/* Reads LENGTH bytes at OFFSET into the block; what cannot be read becomes zeros. */
static void read_block(struct packer *packer, int fd, uint64_t offset, size_t length, struct reading *reading)
{
	size_t done = 0;

	while (done < length && !reading->is_short && !reading->error) {
		ssize_t n = pread(fd, packer->block + done, length - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			reading->error = errno;
		else if (n == 0)
			reading->is_short = true;
		else
			done += (size_t)n;
	}
	memset(packer->block + done, 0, length - done);
}

static int pack_extent(struct packer *packer, int fd, const struct item *item, uint64_t offset, uint64_t length,
		       struct reading *reading)
{
	struct context *ctx = packer->capture->ctx;
	int r = 0;

	while (length > 0 && r == 0) {
		size_t n = length < READ_BLOCK ? (size_t)length : READ_BLOCK;

		if (item->swap && offset > 0)
			memset(packer->block, 0, n);
		else
			read_block(packer, fd, offset, n, reading);
		/* Of swap only the page with its label and size means anything. */
		if (item->swap && offset == 0 && n > (size_t)sysconf(_SC_PAGESIZE))
			memset(packer->block + sysconf(_SC_PAGESIZE), 0, n - (size_t)sysconf(_SC_PAGESIZE));
		content_digest_update(packer->digest, offset, packer->block, n);
		r = segment_data(packer->writer, packer->block, n);
		progress_add(ctx, n, 0);
		offset += n;
		length -= n;
		if (r == 0)
			r = context_check_cancel(ctx);
	}
	return r;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Header, data and row of an open file whose state was ST. */
static int pack_open_file(struct packer *packer, const struct item *item, struct pax_entry *entry, int fd,
			  const struct stat *st)
{
	struct capture *capture = packer->capture;
	uint64_t data = pax_entry_data(entry);
	const struct pax_extent all = { 0, entry->size };
	const struct pax_extent *extents = entry->extents ? entry->extents : &all;
	size_t count = entry->extents ? entry->extent_count : 1;
	struct reading reading = { 0 };
	char sha256[DIGEST_HEX];
	struct stat after;
	bool changed;
	int r = content_digest_reset(packer->digest, entry->size, data);

	if (r == 0)
		r = segment_entry(packer->writer, entry);
	for (size_t i = 0; i < count && r == 0; i++)
		r = pack_extent(packer, fd, item, extents[i].offset, extents[i].length, &reading);
	if (r == 0)
		r = segment_entry_end(packer->writer);
	if (r < 0)
		return r;
	content_digest_finish(packer->digest, sha256);
	changed = reading.is_short || entry->size != (uint64_t)st->st_size || fstat(fd, &after) < 0 || !is_same(st, &after);
	if (reading.error)
		r = capture_unreadable(capture, entry->path, reading.error);
	else if (changed && !item->swap)
		r = capture_changed(capture, entry->path,
				reading.is_short ? N_("became shorter while it was read; zeros fill it up to its former size") :
						   N_("changed while it was read; it is saved as it was read"));
	if (item->group)
		item->group->saved = true;
	return r < 0 ? r : segment_row(packer->writer, entry, sha256, data, changed || reading.error || item->swap,
				       segment_number(packer->writer), 1);
}

/* Opens the very file that the walk saw, or at least one that no symbolic link leads to: a descriptor, -errno. */
static int open_item(const struct item *item, struct stat *st)
{
	const char *path = volume_path(item->volume, item->entry.path);
	AUTO_CLOSE int fd = open_quietly(item->volume->fd, path, 0);

	if (fd < 0)
		return fd;
	if (fstat(fd, st) < 0)
		return -errno;
	if (st->st_dev == item->device && st->st_ino == item->inode)
		return TAKE_FD(fd);
	close(TAKE_FD(fd));
	fd = open_below_strict(item->volume->fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && fstat(fd, st) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static bool is_gone(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -ESTALE || error == -ENXIO;
}

static int pack_file(struct packer *packer, struct item *item)
{
	struct capture *capture = packer->capture;
	struct pax_entry *entry = &item->entry;
	uint64_t walked_size = entry->size;
	struct stat st;
	AUTO_CLOSE int fd = open_item(item, &st);
	int r;

	if (is_gone(fd) || (fd >= 0 && !S_ISREG(st.st_mode)))
		return capture_changed(capture, entry->path, N_("vanished before it could be read"));
	if (fd < 0)
		return capture_unreadable(capture, entry->path, -fd);
	/* What took the file's place is not what its additional names are names of. */
	if (st.st_dev != item->device || st.st_ino != item->inode)
		item->group = NULL;
	progress_item(capture->ctx, entry->path);
	r = entry_take_stat(capture, &st, entry);
	/* One that outgrows its segment is saved as far as the walk saw it. */
	if (entry->size > walked_size && entry->size > capture->segment_bytes)
		entry->size = walked_size;
	if (r == 0)
		r = entry_take_attributes(capture, fd, NULL, entry);
	if (r == 0 && (uint64_t)st.st_blocks * 512 < entry->size && !item->swap)
		r = metadata_extents(fd, entry->size, &entry->extents, &entry->extent_count);
	if (r < 0)
		return r;
	return pack_open_file(packer, item, entry, fd, &st);
}

static int pack_item(struct packer *packer, struct item *item)
{
	int r = context_check_cancel(packer->capture->ctx);

	if (r < 0)
		return r;
	if (item->large)
		return pack_large(packer->capture, packer->writer, item, &packer->piece);
	if (item->image)
		return pack_image(packer->capture, packer->writer, item, &packer->piece);
	progress_add(packer->capture->ctx, 0, 1);
	if (S_ISREG(item->entry.mode))
		return pack_file(packer, item);
	r = segment_entry(packer->writer, &item->entry);
	if (r == 0)
		r = segment_entry_end(packer->writer);
	return r < 0 ? r : segment_row(packer->writer, &item->entry, "", 0, false, segment_number(packer->writer), 1);
}

int packer_run(struct packer *packer, struct job *job)
{
	struct segment segment = { 0 };
	int r = segment_begin(packer->writer, job->number, SEGMENT_FILES);

	for (size_t i = 0; i < job->count && r == 0; i++)
		r = pack_item(packer, &job->items[i]);
	/* The next job may have none. */
	buffer_done(&packer->piece);
	if (r == 0)
		r = segment_end(packer->writer, &segment);
	if (r == 0)
		r = pool_segment_done(packer->capture, job->number, &segment, segment_rows(packer->writer));
	return r < 0 ? capture_write_failed(packer->capture, r) : 0;
}
