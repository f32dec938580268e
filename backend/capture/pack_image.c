/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pack_image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "../core/progress.h"
#include "../layout/image.h"
#include "../set/content.h"
#include "../storage/image_map.h"
#include "job.h"
#include "parts.h"
#include "report.h"

#define ZERO_RUN (64u << 10) /* zeros of fewer bytes, at multiples of it, are no hole */
#define BAD_BLOCK 4096u      /* what is given up where a device fails */
#define BAD_LISTED 8         /* of a part */

/* A part while it is read. */
struct reading {
	struct capture *capture;
	const struct item *item;
	char *data;              /* of the whole part */
	uint64_t base;           /* where it begins on the device */
	struct pax_extent *extents;
	size_t count, bad;       /* stretches that cannot be read */
};

static int add_extent(struct reading *reading, uint64_t offset, uint64_t length)
{
	struct pax_extent *grown;

	if (reading->count && reading->extents[reading->count - 1].offset + reading->extents[reading->count - 1].length == offset) {
		reading->extents[reading->count - 1].length += length;
		return 0;
	}
	grown = reallocarray(reading->extents, reading->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	reading->extents = grown;
	grown[reading->count++] = (struct pax_extent){ offset, length };
	return 0;
}

static int say_bad(struct reading *reading, unsigned long long from, unsigned long long end, int error)
{
	const struct node *node = reading->item->image->node;
	AUTO_FREE char *reason = NULL;

	if (reading->bad++ >= BAD_LISTED)
		return 0;
	reason = reading->bad == BAD_LISTED
			 ? sentence("%s cannot be read in many places, from byte %llu on (%s): zeros are in their place", node->device, from,
				    strerror(error))
			 : sentence("%s cannot be read from byte %llu to byte %llu (%s): zeros are in their place", node->device, from,
				    end - 1, strerror(error));
	return reason ? capture_not_read(reading->capture, reading->item->entry.path, reason) : -ENOMEM;
}

/* LENGTH bytes of the part from OFFSET on. What cannot be read is zeros, and named. */
static int read_run(struct reading *reading, uint64_t offset, uint64_t length)
{
	uint64_t end = offset + length, bad = UINT64_MAX;
	int error = 0, r = 0;

	while (offset < end && r == 0) {
		size_t want = bad == UINT64_MAX ? (size_t)(end - offset) : BAD_BLOCK - (size_t)(offset % BAD_BLOCK);
		ssize_t n;

		want = want < end - offset ? want : (size_t)(end - offset);
		n = pread(reading->item->image->fd, reading->data + offset, want, (off_t)(reading->base + offset));
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0) {
			if (bad != UINT64_MAX)
				r = say_bad(reading, reading->base + bad, reading->base + offset, error);
			bad = UINT64_MAX;
			offset += (uint64_t)n;
			continue;
		}
		/* A read of many blocks tells of the first that fails only after those before it. */
		error = n < 0 ? errno : EIO;
		want = BAD_BLOCK - (size_t)(offset % BAD_BLOCK);
		want = want < end - offset ? want : (size_t)(end - offset);
		memset(reading->data + offset, 0, want);
		bad = bad == UINT64_MAX ? offset : bad;
		offset += want;
		r = context_check_cancel(reading->capture->ctx);
	}
	return r == 0 && bad != UINT64_MAX ? say_bad(reading, reading->base + bad, reading->base + end, error) : r;
}

/* Of LENGTH bytes from OFFSET on what is no hole. */
static int take_run(struct reading *reading, uint64_t offset, uint64_t length)
{
	uint64_t end = offset + length;
	int r = 0;

	if (image_has_unused(reading->item->image->node))
		return add_extent(reading, offset, length);
	while (offset < end && r == 0) {
		uint64_t n = ZERO_RUN - offset % ZERO_RUN;

		n = n < end - offset ? n : end - offset;
		if (!content_is_zero(reading->data + offset, (size_t)n))
			r = add_extent(reading, offset, n);
		offset += n;
	}
	return r;
}

static int read_part(struct reading *reading)
{
	const struct image_device *device = reading->item->image;
	uint64_t end = reading->base + reading->item->entry.size, start, length;
	int r = 0;

	for (uint64_t at = reading->base; r == 0 && image_map_run(device, at, end, &start, &length); at = start + length) {
		r = read_run(reading, start - reading->base, length);
		if (r == 0)
			r = take_run(reading, start - reading->base, length);
		progress_add(reading->capture->ctx, length, 0);
	}
	/* Nobody reads it again. */
	posix_fadvise(device->fd, (off_t)reading->base, (off_t)(end - reading->base), POSIX_FADV_DONTNEED);
	return r == 0 ? context_check_cancel(reading->capture->ctx) : r;
}

static int write_part(struct reading *reading, struct segment_writer *writer, struct pax_entry *entry)
{
	AUTO_CONTENT_DIGEST struct content_digest *digest = NULL;
	uint64_t data = 0;
	char sha256[DIGEST_HEX];
	int r;

	for (size_t i = 0; i < reading->count; i++)
		data += reading->extents[i].length;
	digest = content_digest_new(entry->size, data);
	/* Not NULL with a count of 0: one hole. */
	if (!digest || (!reading->extents && !(reading->extents = calloc(1, sizeof(*reading->extents)))))
		return -ENOMEM;
	if (data < entry->size) {
		entry->extents = TAKE_POINTER(reading->extents);
		entry->extent_count = reading->count;
	}
	r = segment_entry(writer, entry);
	for (size_t i = 0; r == 0 && i < reading->count; i++) {
		const struct pax_extent *extent = entry->extents ? &entry->extents[i] : &reading->extents[i];

		content_digest_update(digest, extent->offset, reading->data + extent->offset, (size_t)extent->length);
		r = segment_data(writer, reading->data + extent->offset, (size_t)extent->length);
	}
	content_digest_finish(digest, sha256);
	if (r == 0)
		r = segment_entry_end(writer);
	return r < 0 ? r : segment_row(writer, entry, sha256, data, reading->bad, segment_number(writer), 1);
}

int pack_image(struct capture *capture, struct segment_writer *writer, struct item *item, struct buffer *buffer)
{
	struct reading reading = { .capture = capture, .item = item, .base = item->piece * IMAGE_PART_BYTES };
	int r;

	buffer->length = 0;
	if (buffer_reserve(buffer, (size_t)item->entry.size) < 0)
		return -ENOMEM;
	reading.data = buffer->data;
	progress_item(capture->ctx, item->entry.path);
	r = read_part(&reading);
	if (r == 0)
		r = write_part(&reading, writer, &item->entry);
	progress_add(capture->ctx, 0, 1);
	free(reading.extents);
	return r;
}
