/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pack_large.h"

#include <errno.h>
#include <string.h>

#include "../core/progress.h"
#include "large.h"
#include "link_table.h"
#include "parts.h"
#include "pool.h"
#include "report.h"

/* Reads the piece's data; what cannot be read becomes zeros. */
static int read_piece(struct capture *capture, struct large *large, const struct piece *piece, struct buffer *buffer,
		      bool *ret_short, int *ret_error)
{
	buffer->length = 0;
	for (size_t i = piece->first; i < piece->first + piece->count; i++) {
		const struct pax_extent *extent = &large->entry.extents[i];
		size_t done = 0, length = (size_t)extent->length;
		char *to;

		if (buffer_reserve(buffer, length) < 0)
			return -ENOMEM;
		to = buffer->data + buffer->length;
		if (large->swap)
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
		const struct pax_extent *extent = &large->entry.extents[i];

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
	*ret = large->entry;
	ret->size = piece->size;
	ret->whole_size = large->entry.size;
	ret->extents = extents;
	ret->extent_count = piece->count;
	for (size_t i = 0; i < piece->count; i++) {
		extents[i] = large->entry.extents[piece->first + i];
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
				   .mode = large->entry.mode,
				   .uid = large->entry.uid,
				   .gid = large->entry.gid,
				   .mtime = large->entry.mtime,
				   .link = large->entry.path,
				   .hard_link = true,
				   .recipe = true };
	int r = path ? segment_entry(writer, &entry) : -ENOMEM;

	return r < 0 ? r : segment_entry_end(writer);
}

/* With the last piece the file is complete: its row, and whether it changed meanwhile. */
static int finish(struct capture *capture, struct segment_writer *writer, struct large *large)
{
	struct pax_entry *entry = &large->entry;
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
	else if (changed && !large->swap)
		r = capture_changed(capture, entry->path, large->is_short ?
				N_("became shorter while it was read; zeros fill it up to its former size") :
				N_("changed while it was read; it is saved as it was read"));
	progress_add(capture->ctx, 0, 1);
	return r < 0 ? r : segment_row(writer, entry, sha256, large->data, changed || large->error || large->swap,
				       large->first_segment, large->count);
}

int pack_large(struct capture *capture, struct segment_writer *writer, const struct item *item, struct buffer *buffer)
{
	struct large *large = item->large;
	const struct piece *piece = &large->pieces[item->piece];
	AUTO_FREE char *path = NULL;
	struct pax_entry entry = { 0 };
	bool is_short = false;
	int error = 0, r;

	progress_item(capture->ctx, large->entry.path);
	r = read_piece(capture, large, piece, buffer, &is_short, &error);
	if (r == 0)
		r = pool_wait_turn(capture, &large->turn, item->piece);
	if (r < 0)
		return r;
	digest_piece(large, piece, buffer);
	large->is_short = large->is_short || is_short;
	large->error = large->error ? large->error : error;
	pool_turn_done(capture, &large->turn);
	if (item->piece == 0 && large->group)
		large->group->saved = true;

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
