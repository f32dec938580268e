/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set that lies in a file as a stream: its members are stretches of that file. */
#include "set_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "manifest.h"
#include "stream_table.h"

#define HEADER 512

/* The file, opened once more by its name: what lies there now. */
static int stream_open(struct set_source *source, const char *name)
{
	AUTO_CLOSE int fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	(void)name;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? TAKE_FD(fd) : SOURCE_NO_FILE;
}

static int stream_stretch(struct set_source *source, const char *name, uint64_t *ret_offset, uint64_t *ret_size)
{
	const struct stream_part *part = stream_table_find(source->table, name);

	if (!part)
		return -ENOENT;
	*ret_offset = part->offset;
	*ret_size = part->size;
	return 0;
}

static int stream_read(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length)
{
	const struct stream_part *part = stream_table_find(source->table, name);

	(void)ctx;
	if (!part)
		return -ENOENT;
	if (offset >= part->size)
		return 0;
	if (length > part->size - offset)
		length = (size_t)(part->size - offset);
	return (int)read_full_at(source->fd, buffer, length, (off_t)(part->offset + offset));
}

static int stream_load(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	const struct stream_part *part = stream_table_find(source->table, name);
	AUTO_FREE char *data = NULL;
	ssize_t n;

	(void)ctx;
	if (!part)
		return -ENOENT;
	if (part->size > limit)
		return -EFBIG;
	data = malloc((size_t)part->size + 1);
	if (!data)
		return -ENOMEM;
	posix_fadvise(source->fd, (off_t)part->offset, (off_t)part->size, POSIX_FADV_WILLNEED);
	n = read_full_at(source->fd, data, (size_t)part->size, (off_t)part->offset);
	if (n < 0)
		return (int)n;
	*ret_length = (size_t)n;
	*ret = TAKE_POINTER(data);
	return 0;
}

static void stream_close(struct set_source *source)
{
	close(source->fd);
	stream_table_done(source->table);
	free(source->table);
}

static const struct source_type stream_file_type = {
	.load = stream_load,
	.read = stream_read,
	.open = stream_open,
	.stretch = stream_stretch,
	.close = stream_close,
};

bool source_file_is_stream(const char *path)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char block[HEADER];

	return fd >= 0 && read_full_at(fd, block, sizeof(block), 0) == sizeof(block) && stream_block_is_header(block);
}

/* It is known what a set this was to be. */
static int fail_cut(struct context *ctx, const struct stream_table *table, const char *place)
{
	size_t segments = table->segment_count;

	if (!table->as_captured)
		return -ENOENT;
	return context_fail(ctx, EBADMSG,
			    PLURAL(segments, "there is no whole recovery set in %s: the stream ends, or is damaged, before its last member, %s. Its capture was stopped, or it "
				   "was copied in part (%zu segment is there)",
				   "there is no whole recovery set in %s: the stream ends, or is damaged, before its last member, %s. Its capture was stopped, or it was copied in "
				   "part (%zu segments are there)"), place, MANIFEST_NAME, segments);
}

int source_open_stream_file(struct context *ctx, struct set_source *source, const char *path, const char *place)
{
	AUTO_CLOSE int fd = -1;
	int r;

	source->path = strdup(path);
	source->table = calloc(1, sizeof(*source->table));
	fd = source->path && source->table ? stream_open(source, NULL) : -ENOMEM;
	r = fd < 0 ? fd : stream_table_read(fd, source->table);
	if (r == 0 && !stream_table_find(source->table, MANIFEST_NAME))
		r = fail_cut(ctx, source->table, place);
	if (r < 0) {
		if (source->table)
			stream_table_done(source->table);
		free(TAKE_POINTER(source->table));
		return r;
	}
	source->fd = TAKE_FD(fd);
	source->type = &stream_file_type;
	return 0;
}

int source_open_file(struct context *ctx, struct set_source *source, const char *path, const char *place)
{
	return source_file_is_stream(path) ? source_open_stream_file(ctx, source, path, place) : source_open_image(source, path);
}
