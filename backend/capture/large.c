/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that take more than one segment: each piece is a job of its own, so that several workers read and compress one file at
 * once; the digest of the whole is taken piece by piece, in turns.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

#include "../core/progress.h"
#include "pool.h"
#include "segment_writer.h"

struct piece {
	uint64_t offset, size;   /* where it lies in the file, holes included */
	size_t first, count;     /* its extents among those of the file */
};

struct large {
	atomic_uint references;
	int fd;
	struct stat st;
	struct item item;        /* path, metadata, group; extents of the whole file */
	struct piece *pieces;
	size_t count;
	uint64_t data;
	uint32_t number;         /* of its directory of pieces */
	uint32_t first_segment;
	struct content_digest *digest;
	size_t turn;             /* piece whose turn it is with the digest */
	bool is_short;           /* of all pieces so far; guarded by the turn */
	int error;
};

void large_unref(struct large *large)
{
	if (!large || atomic_fetch_sub(&large->references, 1) > 1)
		return;
	if (large->fd >= 0)
		close(large->fd);
	pax_entry_done(&large->item.entry);
	content_digest_free(large->digest);
	free(large->pieces);
	free(large);
}

/* Cuts the extents so that each lies in one piece, and counts the pieces out: at most LIMIT bytes of data each. */
static int cut_pieces(struct large *large, uint64_t limit)
{
	const struct pax_extent *from = large->item.entry.extents;
	size_t count = large->item.entry.extent_count, made = 0, room = count + (size_t)(large->data / limit) + 1;
	struct pax_extent *extents = calloc(room, sizeof(*extents));
	uint64_t filled = 0;

	large->pieces = calloc((size_t)(large->data / limit) + 2, sizeof(*large->pieces));
	if (!extents || !large->pieces) {
		free(extents);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		for (uint64_t done = 0; done < from[i].length;) {
			uint64_t n = from[i].length - done;

			if (large->count == 0 || filled == limit) {
				large->pieces[large->count++] =
					(struct piece){ .offset = from[i].offset + done, .first = made };
				filled = 0;
			}
			if (n > limit - filled)
				n = limit - filled;
			extents[made++] = (struct pax_extent){ from[i].offset + done, n };
			large->pieces[large->count - 1].count++;
			filled += n;
			done += n;
		}
	}
	free(large->item.entry.extents);
	large->item.entry.extents = extents;
	large->item.entry.extent_count = made;
	/* The first starts where the file starts, each ends where the next begins. */
	large->pieces[0].offset = 0;
	for (size_t i = 0; i < large->count; i++)
		large->pieces[i].size = (i + 1 < large->count ? large->pieces[i + 1].offset : large->item.entry.size) -
					large->pieces[i].offset;
	return 0;
}

static int push_piece(struct capture *capture, struct large *large, size_t piece)
{
	struct job *job = job_new();
	struct item *item = job ? job_add(job) : NULL;

	if (!item) {
		job_free(job);
		return -ENOMEM;
	}
	atomic_fetch_add(&large->references, 1);
	item->large = large;
	item->piece = piece;
	return pool_push(capture, job);
}

int large_push(struct capture *capture, struct item *item, int fd, const struct stat *st, struct pax_extent *extents,
	       size_t count)
{
	struct large *large = calloc(1, sizeof(*large));
	struct pax_extent *all = extents ? extents : malloc(sizeof(*all));
	int r = 0;

	if (!large || !all) {
		free(large);
		free(all);
		close(fd);
		item_done(item);
		return -ENOMEM;
	}
	if (!extents) {
		all[0] = (struct pax_extent){ 0, item->entry.size };
		count = 1;
	}
	*large = (struct large){
		.references = 1, .fd = fd, .st = *st, .item = *item, .first_segment = pool_next_number(capture)
	};
	large->number = large->first_segment;
	large->item.entry.extents = all;
	large->item.entry.extent_count = count;
	large->data = pax_entry_data(&large->item.entry);
	large->digest = content_digest_new(large->item.entry.size, large->data);
	r = large->digest ? cut_pieces(large, capture->segment_bytes) : -ENOMEM;
	for (size_t i = 0; i < large->count && r == 0; i++)
		r = push_piece(capture, large, i);
	large_unref(large);
	return r;
}

/* Reads the piece's data; what cannot be read becomes zeros. */
static int read_piece(struct capture *capture, struct large *large, const struct piece *piece, struct buffer *buffer,
		      bool *ret_short, int *ret_error)
{
	buffer->length = 0;
	for (size_t i = piece->first; i < piece->first + piece->count; i++) {
		const struct pax_extent *extent = &large->item.entry.extents[i];
		size_t done = 0, length = (size_t)extent->length;
		char *to;

		if (buffer_reserve(buffer, length) < 0)
			return -ENOMEM;
		to = buffer->data + buffer->length;
		if (large->item.swap)
			length = extent->offset ? 0 : (size_t)sysconf(_SC_PAGESIZE);
		while (done < length && !*ret_short && !*ret_error) {
			ssize_t n = pread(large->fd, to + done, length - done, (off_t)(extent->offset + done));

			if (n < 0 && errno != EINTR)
				*ret_error = errno;
			else if (n == 0)
				*ret_short = true;
			else if (n > 0)
				done += (size_t)n;
		}
		memset(to + done, 0, (size_t)extent->length - done);
		buffer->length += (size_t)extent->length;
		progress_add(capture->ctx, extent->length, 0);
	}
	return context_check_cancel(capture->ctx);
}

static void digest_piece(struct large *large, const struct piece *piece, const struct buffer *buffer)
{
	size_t at = 0;

	for (size_t i = piece->first; i < piece->first + piece->count; i++) {
		const struct pax_extent *extent = &large->item.entry.extents[i];

		content_digest_update(large->digest, extent->offset, buffer->data + at, (size_t)extent->length);
		at += (size_t)extent->length;
	}
}

/* The entry of a piece: all metadata of the file, so that the recipe by hand can put it on the whole. */
static int piece_entry(const struct large *large, size_t number, struct pax_entry *ret, char **ret_path)
{
	const struct piece *piece = &large->pieces[number];
	struct pax_extent *extents = calloc(piece->count + 1, sizeof(*extents));
	uint64_t data = 0;

	if (!extents)
		return -ENOMEM;
	*ret = large->item.entry;
	ret->size = piece->size;
	ret->whole_size = large->item.entry.size;
	ret->extents = extents;
	ret->extent_count = piece->count;
	for (size_t i = 0; i < piece->count; i++) {
		extents[i] = large->item.entry.extents[piece->first + i];
		extents[i].offset -= piece->offset;
		data += extents[i].length;
	}
	if (data == piece->size) {
		free(extents);
		ret->extents = NULL;
		ret->extent_count = 0;
	}
	if (number == 0)
		return 0;
	*ret_path = text_format(PAX_PIECES "/%u/%08zu", large->number, number);
	ret->piece_of = ret->path;
	ret->piece_offset = piece->offset;
	ret->path = *ret_path;
	return *ret_path ? 0 : -ENOMEM;
}

/* For the recipe by hand: a second name of the file among its pieces. */
static int write_target(struct segment_writer *writer, const struct large *large)
{
	AUTO_FREE char *path = text_format(PAX_PIECES "/%u/target", large->number);
	struct pax_entry entry = { .path = path,
				   .mode = large->item.entry.mode,
				   .uid = large->item.entry.uid,
				   .gid = large->item.entry.gid,
				   .mtime = large->item.entry.mtime,
				   .link = large->item.entry.path,
				   .hard_link = true,
				   .recipe = true };
	int r = path ? segment_entry(writer, &entry) : -ENOMEM;

	return r < 0 ? r : segment_entry_end(writer);
}

/* With the last piece the file is complete: its row, and whether it changed meanwhile. */
static int finish(struct capture *capture, struct segment_writer *writer, struct large *large)
{
	struct pax_entry *entry = &large->item.entry;
	char sha256[DIGEST_HEX];
	struct stat after;
	bool changed =
		large->is_short || fstat(large->fd, &after) < 0 || after.st_size != large->st.st_size ||
		after.st_mtim.tv_sec != large->st.st_mtim.tv_sec || after.st_mtim.tv_nsec != large->st.st_mtim.tv_nsec ||
		after.st_ctim.tv_sec != large->st.st_ctim.tv_sec || after.st_ctim.tv_nsec != large->st.st_ctim.tv_nsec;
	int r = 0;

	content_digest_finish(large->digest, sha256);
	if (large->error)
		r = capture_unreadable(capture, entry->path, large->error);
	else if (changed && !large->item.swap)
		r = capture_changed(capture, entry->path, large->is_short ?
				N_("became shorter while it was read; zeros fill it up to its former size") :
				N_("changed while it was read; it is saved as it was read"));
	progress_add(capture->ctx, 0, 1);
	return r < 0 ? r : segment_row(writer, entry, sha256, large->data, changed || large->error || large->item.swap,
				       large->first_segment, large->count);
}

int large_pack(struct capture *capture, struct segment_writer *writer, const struct item *item, struct buffer *buffer)
{
	struct large *large = item->large;
	const struct piece *piece = &large->pieces[item->piece];
	AUTO_FREE char *path = NULL;
	struct pax_entry entry = { 0 };
	bool is_short = false;
	int error = 0, r;

	progress_item(capture->ctx, large->item.entry.path);
	r = read_piece(capture, large, piece, buffer, &is_short, &error);
	if (r == 0)
		r = pool_wait_turn(capture, &large->turn, item->piece);
	if (r < 0)
		return r;
	digest_piece(large, piece, buffer);
	large->is_short = large->is_short || is_short;
	large->error = large->error ? large->error : error;
	pool_turn_done(capture, &large->turn);
	if (item->piece == 0 && large->item.group)
		large->item.group->saved = true;

	r = piece_entry(large, item->piece, &entry, &path);
	if (r == 0)
		r = segment_entry(writer, &entry);
	if (r == 0)
		r = segment_data(writer, buffer->data, buffer->length);
	if (r == 0)
		r = segment_entry_end(writer);
	if (r == 0 && item->piece == 0)
		r = write_target(writer, large);
	if (r == 0 && item->piece + 1 == large->count)
		r = finish(capture, writer, large);
	free(entry.extents);
	return r;
}
