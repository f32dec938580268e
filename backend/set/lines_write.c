/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lines.h"

#include <errno.h>

#include <zstd.h>
#include <zstd_errors.h>

struct lines_writer {
	pax_sink sink;
	void *sink_data;
	ZSTD_CCtx *compressor;
	char out[128 << 10];
};

struct lines_writer *lines_writer_new(pax_sink sink, void *data)
{
	struct lines_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->sink = sink;
	writer->sink_data = data;
	writer->compressor = ZSTD_createCCtx();
	if (!writer->compressor) {
		free(writer);
		return NULL;
	}
	ZSTD_CCtx_setParameter(writer->compressor, ZSTD_c_checksumFlag, 1);
	return writer;
}

void lines_writer_free(struct lines_writer *writer)
{
	if (!writer)
		return;
	ZSTD_freeCCtx(writer->compressor);
	free(writer);
}

static int compress(struct lines_writer *writer, const char *data, size_t length, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = { data, length, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { writer->out, sizeof(writer->out), 0 };
		int r;

		left = ZSTD_compressStream2(writer->compressor, &out, &in, end);
		if (ZSTD_isError(left))
			return ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation ? -ENOMEM : -EIO;
		r = out.pos ? writer->sink(writer->sink_data, writer->out, out.pos) : 0;
		if (r < 0)
			return r;
	} while (end == ZSTD_e_end ? left > 0 : in.pos < in.size);
	return 0;
}

int lines_write(struct lines_writer *writer, const char *lines, size_t length)
{
	return compress(writer, lines, length, ZSTD_e_continue);
}

int lines_writer_finish(struct lines_writer *writer)
{
	return compress(writer, NULL, 0, ZSTD_e_end);
}
