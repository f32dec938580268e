/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "segment_writer.h"

#include <errno.h>
#include <string.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "../set/index.h"
#include "parts.h"

#define OUT_BYTES (1u << 20)
#define ROWS_BYTES (2u << 20) /* of a segment of many small files */

struct segment_writer {
	struct capture *capture;
	struct pax_writer *pax;
	ZSTD_CCtx *compressor;
	struct digest *digest;
	struct sink_member *member; /* NULL: none is being written */
	uint32_t number;
	struct segment segment;
	struct buffer rows;
	char *out;
	size_t out_filled, out_size;
};

static int flush(struct segment_writer *writer)
{
	int r;

	if (writer->segment.stored + writer->out_filled > segment_limit(writer->segment.kind))
		return -EFBIG;
	r = sink_write(writer->capture->ctx, writer->member, writer->out, writer->out_filled);
	digest_update(writer->digest, writer->out, writer->out_filled);
	writer->segment.stored += (uint32_t)writer->out_filled;
	writer->out_filled = 0;
	return r;
}

static int compress(struct segment_writer *writer, const void *data, size_t length, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = { data, length, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { writer->out, writer->out_size, writer->out_filled };

		left = ZSTD_compressStream2(writer->compressor, &out, &in, end);
		if (ZSTD_isError(left))
			return ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation ? -ENOMEM : -EIO;
		writer->out_filled = out.pos;
		if (out.pos > writer->out_size / 2 || (end == ZSTD_e_end && left == 0)) {
			int r = flush(writer);

			if (r < 0)
				return r;
		}
	} while (end == ZSTD_e_end ? left > 0 : in.pos < in.size);
	return 0;
}

static int take_tar(void *data, const void *bytes, size_t length)
{
	struct segment_writer *writer = data;

	writer->segment.bytes += length;
	if (writer->segment.bytes > SEGMENT_TAR_LIMIT)
		return -EFBIG;
	return compress(writer, bytes, length, ZSTD_e_continue);
}

uint64_t segment_writer_bytes(int level)
{
	ZSTD_CCtx *compressor = ZSTD_createCCtx();
	char byte = 0, end[64];
	ZSTD_inBuffer in = { &byte, sizeof(byte), 0 };
	ZSTD_outBuffer out = { end, sizeof(end), 0 };
	uint64_t bytes = 0;

	if (compressor && !ZSTD_isError(ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, level)) &&
	    !ZSTD_isError(ZSTD_compressStream2(compressor, &out, &in, ZSTD_e_continue)))
		bytes = ZSTD_sizeof_CCtx(compressor) + OUT_BYTES + ROWS_BYTES;
	ZSTD_freeCCtx(compressor);
	return bytes;
}

struct segment_writer *segment_writer_new(struct capture *capture)
{
	struct segment_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->capture = capture;
	writer->out_size = OUT_BYTES;
	writer->out = malloc(writer->out_size);
	writer->pax = pax_writer_new(take_tar, writer);
	writer->compressor = ZSTD_createCCtx();
	writer->digest = digest_new();
	if (!writer->out || !writer->pax || !writer->compressor || !writer->digest) {
		segment_writer_free(writer);
		return NULL;
	}
	ZSTD_CCtx_setParameter(writer->compressor, ZSTD_c_compressionLevel, capture->level);
	ZSTD_CCtx_setParameter(writer->compressor, ZSTD_c_checksumFlag, 1);
	return writer;
}

void segment_writer_free(struct segment_writer *writer)
{
	if (!writer)
		return;
	sink_drop(writer->member);
	pax_writer_free(writer->pax);
	ZSTD_freeCCtx(writer->compressor);
	digest_free(writer->digest);
	buffer_done(&writer->rows);
	free(writer->out);
	free(writer);
}

int segment_begin(struct segment_writer *writer, uint32_t number, enum segment_kind kind)
{
	if (number >= SEGMENTS_LIMIT)
		return context_fail(writer->capture->ctx, EFBIG,
				    "the files take more than %u segments, which no reader takes: choose larger ones (--segment-size)", SEGMENTS_LIMIT);
	writer->segment = (struct segment){ .kind = kind, .number = number };
	writer->number = number;
	writer->rows.length = 0;
	writer->out_filled = 0;
	ZSTD_CCtx_reset(writer->compressor, ZSTD_reset_session_only);
	return sink_begin(writer->capture->ctx, writer->capture->sink, segment_name(&writer->segment).text, &writer->member);
}

int segment_entry(struct segment_writer *writer, const struct pax_entry *entry)
{
	int r = pax_write_header(writer->pax, entry);

	writer->segment.entries += r == 0;
	return r;
}

int segment_data(struct segment_writer *writer, const void *data, size_t length)
{
	return pax_write_data(writer->pax, data, length);
}

int segment_entry_end(struct segment_writer *writer)
{
	return pax_write_end(writer->pax);
}

int segment_row(struct segment_writer *writer, const struct pax_entry *entry, const char *sha256, uint64_t data, bool changed,
		uint32_t first, size_t count)
{
	AUTO_FREE struct index_xattr *xattrs = calloc(entry->xattr_count + 1, sizeof(*xattrs));
	struct index_row row = { .path = entry->path,
				 .mode = entry->mode,
				 .uid = entry->uid,
				 .gid = entry->gid,
				 .mtime = entry->mtime,
				 .size = entry->size,
				 .data = data,
				 .device = entry->device,
				 .flags = entry->flags,
				 .hints = entry->hints,
				 .link = S_ISLNK(entry->mode) && !entry->hard_link ? entry->link : NULL,
				 .hard_link = entry->hard_link ? entry->link : NULL,
				 .changed = changed,
				 .xattrs = xattrs,
				 .xattr_count = entry->xattr_count,
				 .first_segment = first,
				 .last_segment = first + (uint32_t)count - 1 };
	int r = 0;

	if (!xattrs)
		return -ENOMEM;
	memcpy(row.sha256, sha256, strlen(sha256) + 1);
	for (size_t i = 0; i < entry->xattr_count && r == 0; i++) {
		xattrs[i].name = entry->xattrs[i].name;
		r = digest_buffer(entry->xattrs[i].value, entry->xattrs[i].length, xattrs[i].sha256);
	}
	if (r == 0)
		r = index_row_print(&writer->rows, &row);
	pthread_mutex_lock(&writer->capture->lock);
	writer->capture->result->files++;
	writer->capture->result->bytes += entry->hard_link ? 0 : data;
	pthread_mutex_unlock(&writer->capture->lock);
	return r;
}

int segment_end(struct segment_writer *writer, struct segment *ret)
{
	char sha256[DIGEST_HEX];
	int r = pax_write_close(writer->pax);

	if (r == 0)
		r = compress(writer, NULL, 0, ZSTD_e_end);
	if (r == 0)
		r = sink_end(writer->capture->ctx, TAKE_POINTER(writer->member));
	if (r < 0)
		return r;
	digest_finish(writer->digest, sha256);
	digest_parse(sha256, writer->segment.sha256);
	*ret = writer->segment;
	writer->segment = (struct segment){ 0 };
	return 0;
}

struct buffer *segment_rows(struct segment_writer *writer)
{
	return &writer->rows;
}

uint32_t segment_number(const struct segment_writer *writer)
{
	return writer->number;
}

uint64_t segment_tar_length(const struct segment_writer *writer)
{
	return writer->segment.bytes;
}
