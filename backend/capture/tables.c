/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tables.h"

#include <errno.h>
#include <fcntl.h>

#include "../core/file.h"
#include "../set/index.h"
#include "../set/segment_table.h"
#include "parts.h"

#define COPIED (1u << 20) /* bytes copied at a time */

static int add_compressed(void *data, const void *bytes, size_t length)
{
	struct table_rows *rows = data;

	rows->length += length;
	return rows->length > (uint64_t)INDEX_LIMIT ? -EFBIG : write_all(rows->fd, bytes, length);
}

/* A file that vanishes with its descriptor, whatever ends the capture. */
static int open_nameless(struct capture *capture)
{
	char *temporary = NULL;
	int fd = -1, r = file_replace_begin(capture->output_fd, INDEX_NAME, 0600, &temporary, &fd);

	if (r < 0)
		return r;
	if (unlinkat(capture->output_fd, temporary, 0) < 0) {
		r = -errno;
		close(fd);
	}
	free(temporary);
	return r < 0 ? r : fd;
}

int tables_open(struct capture *capture)
{
	for (size_t i = 0; i < TABLE_PARTS; i++)
		capture->tables.parts[i].fd = -1;
	for (size_t i = 0; i < TABLE_PARTS; i++) {
		struct table_rows *rows = &capture->tables.parts[i];

		rows->capture = capture;
		rows->fd = open_nameless(capture);
		if (rows->fd < 0)
			return rows->fd;
		rows->writer = lines_writer_new(add_compressed, rows);
		if (!rows->writer)
			return -ENOMEM;
	}
	return 0;
}

void tables_close(struct tables *tables)
{
	for (size_t i = 0; i < TABLE_PARTS; i++) {
		if (!tables->parts[i].capture)
			continue;
		lines_writer_free(tables->parts[i].writer);
		if (tables->parts[i].fd >= 0)
			close(tables->parts[i].fd);
	}
}

int tables_add_rows(struct capture *capture, enum table_part part, const struct buffer *lines)
{
	return lines_write(capture->tables.parts[part].writer, lines->data ? lines->data : "", lines->length);
}

/* The rows' file, from its start, to FD and into DIGEST. */
static int copy_rows(const struct table_rows *rows, int fd, struct digest *digest)
{
	AUTO_FREE char *buffer = malloc(COPIED);
	uint64_t done = 0;

	while (buffer && done < rows->length) {
		ssize_t n = pread(rows->fd, buffer, COPIED, (off_t)done);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		digest_update(digest, buffer, (size_t)n);
		r = write_all(fd, buffer, (size_t)n);
		if (r == 0)
			r = context_check_cancel(rows->capture->ctx);
		if (r < 0)
			return r;
		done += (uint64_t)n;
	}
	return buffer ? 0 : -ENOMEM;
}

static int write_index(struct capture *capture)
{
	struct manifest *manifest = capture->manifest;
	AUTO_DIGEST struct digest *digest = digest_new();
	char *temporary = NULL;
	int fd = -1, r = digest ? file_replace_begin(capture->output_fd, INDEX_NAME, 0600, &temporary, &fd) : -ENOMEM;

	if (r < 0)
		return r;
	manifest->index_stored = 0;
	for (size_t i = 0; i < TABLE_PARTS && r == 0; i++) {
		struct table_rows *rows = &capture->tables.parts[i];

		r = lines_writer_finish(rows->writer);
		if (r == 0)
			r = copy_rows(rows, fd, digest);
		manifest->index_stored += rows->length;
	}
	if (r == 0 && manifest->index_stored > (uint64_t)INDEX_LIMIT)
		r = -EFBIG;
	if (r == 0)
		digest_finish(digest, manifest->index_sha256);
	return file_replace_end(capture->output_fd, INDEX_NAME, 0600, temporary, fd, r);
}

static int to_file(void *data, const void *bytes, size_t length)
{
	return write_all(*(int *)data, bytes, length);
}

static int write_segment_table(struct capture *capture)
{
	char *temporary = NULL;
	int fd = -1, r = file_replace_begin(capture->output_fd, SEGMENT_TABLE_NAME, 0600, &temporary, &fd);

	return r < 0 ? r : file_replace_end(capture->output_fd, SEGMENT_TABLE_NAME, 0600, temporary, fd,
					    segment_table_write(capture->manifest, to_file, &fd));
}

int tables_write(struct capture *capture)
{
	int r = write_index(capture);

	return r < 0 ? r : write_segment_table(capture);
}
