/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compare_image.h"

#include <errno.h>
#include <string.h>

#include "../core/progress.h"
#include "../layout/image.h"
#include "../storage/image_map.h"

/* Counts BYTES, at most *LEFT: what a set calls the bytes of a part are those outside of holes, and a device has none. */
static void count(struct comparer *comparer, uint64_t bytes, uint64_t *left)
{
	struct comparison *work = comparer->work;

	bytes = bytes < *left ? bytes : *left;
	*left -= bytes;
	comparer->bytes += bytes;
	progress_add(work->ctx, bytes, 0);
	if (work->options->read)
		atomic_fetch_add(work->options->read, bytes);
}

/* Hashes the bytes of DEVICE from AT to END, which lie in the part that begins at BASE, and counts them to *LEFT. 0, 1 with *RET_ERROR when they
 * cannot be read, -ECANCELED. */
static int hash_run(struct comparer *comparer, const struct image_device *device, uint64_t base, uint64_t at, uint64_t end, uint64_t *left,
		    int *ret_error)
{
	while (at < end) {
		size_t length = end - at < COMPARE_BLOCK ? (size_t)(end - at) : COMPARE_BLOCK;
		ssize_t n = pread(device->fd, comparer->block, length, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			*ret_error = n < 0 ? errno : EIO;
			return 1;
		}
		content_digest_update(comparer->digest, at - base, comparer->block, (size_t)n);
		at += (uint64_t)n;
		count(comparer, (uint64_t)n, left);
		if (context_check_cancel(comparer->work->ctx) < 0)
			return -ECANCELED;
	}
	return 0;
}

static int tell(struct comparer *comparer, const struct index_row *row, int error)
{
	AUTO_FREE char *what = error ? sentence("cannot be read: %s", strerror(error)) : strdup(sentence_words(N_("content")));

	if (!what)
		return context_oom(comparer->work->ctx);
	compare_found(comparer->work, DIFFERENCE_CHANGED, row->path, what);
	return 0;
}

int compare_image(struct comparer *comparer, const struct index_row *row)
{
	uint64_t part = 0, base, start, length, left = row->data;
	const struct image_device *device = image_device_of(comparer->work->options->images, row->path, &part);
	char sha256[DIGEST_HEX];
	int error = 0, r = 0;

	if (!device || S_ISDIR(row->mode) || comparer->work->options->part == COMPARE_METADATA)
		return 0;
	if (content_digest_reset(comparer->digest, row->size, row->data) < 0)
		return context_oom(comparer->work->ctx);
	base = part * IMAGE_PART_BYTES;
	for (uint64_t at = base; r == 0 && image_map_run(device, at, base + row->size, &start, &length); at = start + length)
		r = hash_run(comparer, device, base, start, start + length, &left, &error);
	content_digest_finish(comparer->digest, sha256);
	if (r < 0)
		return r;
	count(comparer, left, &left);
	return error || strcmp(sha256, row->sha256) ? tell(comparer, row, error) : 0;
}
