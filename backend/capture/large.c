/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "large.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void large_unref(struct large *large)
{
	if (!large || atomic_fetch_sub(&large->references, 1) > 1)
		return;
	if (large->fd >= 0)
		close(large->fd);
	pax_entry_done(&large->entry);
	content_digest_free(large->digest);
	free(large->pieces);
	free(large);
}

/* Cuts the extents so that each lies in one piece, and counts the pieces out: at most LIMIT bytes of data each. */
static int cut_pieces(struct large *large, uint64_t limit)
{
	const struct pax_extent *from = large->entry.extents;
	size_t count = large->entry.extent_count, made = 0, room = count + (size_t)(large->data / limit) + 1;
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
	free(large->entry.extents);
	large->entry.extents = extents;
	large->entry.extent_count = made;
	/* The first starts where the file starts, each ends where the next begins. */
	large->pieces[0].offset = 0;
	for (size_t i = 0; i < large->count; i++)
		large->pieces[i].size = (i + 1 < large->count ? large->pieces[i + 1].offset : large->entry.size) -
					large->pieces[i].offset;
	return 0;
}

struct large *large_ref(struct large *large)
{
	atomic_fetch_add(&large->references, 1);
	return large;
}

struct large *large_new(struct pax_entry *entry, int fd, const struct stat *st, struct pax_extent *extents, size_t count, uint64_t limit,
			uint32_t number)
{
	struct large *large = calloc(1, sizeof(*large));
	struct pax_extent *all = extents ? extents : malloc(sizeof(*all));

	if (!large || !all) {
		free(large);
		free(all);
		close(fd);
		return NULL;
	}
	if (!extents) {
		all[0] = (struct pax_extent){ 0, entry->size };
		count = 1;
	}
	*large = (struct large){ .references = 1, .fd = fd, .st = *st, .entry = *entry, .number = number, .first_segment = number };
	*entry = (struct pax_entry){ 0 };
	large->entry.extents = all;
	large->entry.extent_count = count;
	large->data = pax_entry_data(&large->entry);
	large->digest = content_digest_new(large->entry.size, large->data);
	if (large->digest && cut_pieces(large, limit) == 0)
		return large;
	large_unref(large);
	return NULL;
}
