/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members by name from a source whose reader goes forward only. It is kept where it stands, so that members taken in the order they lie in
 * cost one pass; to go back it is rewound, where it can be. A stream cannot: of it a member that comes later, or not at all, is missing.
 */
#include "set_source.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"

#define SEGMENT_FOLDER "segments/"
#define SKIP_BLOCK (1u << 20)

/* The member was used up, or failed to be read. */
void forward_forget(struct set_source *source)
{
	free(source->next);
	source->next = NULL;
}

static bool is_segment(const char *name)
{
	return strstr(name, SEGMENT_FOLDER);
}

/* In a stream segments come last, and in the order of the manifest's table, which counts their names up. */
static bool comes_after(const char *name, const char *wanted)
{
	size_t one = strlen(name), two = strlen(wanted);

	return is_segment(name) && (!is_segment(wanted) || (one != two ? one > two : strcmp(name, wanted) > 0));
}

static int find_in_stream(struct set_source *source, const char *path)
{
	int r = source->next ? 1 : source->type->next(source);

	for (; r == 1; r = source->type->next(source)) {
		if (!strcmp(source->next, path))
			return source->next_at == 0 ? 0 : -ENOENT;
		/* Left standing for who wants it. */
		if (comes_after(source->next, path))
			return -ENOENT;
	}
	return r < 0 ? r : -ENOENT;
}

int forward_find(struct set_source *source, const char *path)
{
	int r = 0;

	if (source_is_stream(source))
		return find_in_stream(source, path);
	if (source->next && !strcmp(source->next, path) && source->next_at == 0)
		return 0;
	/* On to the end, and then once from the start. */
	for (bool from_start = !source->archive; r == 0; from_start = true) {
		if (!source->archive)
			r = source->type->rewind(source);
		if (r == 0)
			while ((r = source->type->next(source)) == 1)
				if (!strcmp(source->next, path))
					return 0;
		source->type->close(source);
		if (r == 0 && from_start)
			return -ENOENT;
	}
	return r;
}

/* LENGTH bytes of the member's data, fewer at its end; bytes or -errno. */
static ssize_t read_data(struct set_source *source, char *data, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = source->type->data(source, data + done, length - done);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	source->next_at += done;
	return (ssize_t)done;
}

static int read_member(struct set_source *source, uint64_t limit, void **ret, size_t *ret_length)
{
	AUTO_FREE char *data = NULL;
	size_t size = (size_t)source->next_size;
	ssize_t n;

	if (source->next_size > limit)
		return -EFBIG;
	data = malloc(size + 1);
	if (!data)
		return -ENOMEM;
	n = read_data(source, data, size);
	if (n < 0)
		return (int)n;
	*ret_length = (size_t)n;
	*ret = TAKE_POINTER(data);
	return 0;
}

/* After an error the reader starts over, where it can. */
static void give_up(struct set_source *source)
{
	if (source_is_stream(source))
		return;
	source->type->close(source);
}

int forward_load(struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	AUTO_FREE char *path = text_format("%s%s", source->folder, name);
	int r;

	if (!path)
		return -ENOMEM;
	pthread_mutex_lock(&source->lock);
	r = forward_find(source, path);
	if (r == 0) {
		r = read_member(source, limit, ret, ret_length);
		/* Its data is used up: the reader stands before whatever comes next. */
		forward_forget(source);
	}
	if (r < 0)
		give_up(source);
	pthread_mutex_unlock(&source->lock);
	return r;
}

/* Stands the reader at byte OFFSET of the member PATH. 0, -ENOENT, -errno; beyond its end is its end. */
static int seek_member(struct set_source *source, const char *path, uint64_t offset)
{
	AUTO_FREE char *skipped = NULL;
	int r = 0;

	if (!source->next || strcmp(source->next, path) || source->next_at != offset)
		r = forward_find(source, path);
	if (r == 0 && source->next_at != offset)
		skipped = malloc(SKIP_BLOCK);
	if (r < 0 || source->next_at == offset)
		return r;
	while (skipped && source->next_at < offset) {
		uint64_t left = offset - source->next_at;
		ssize_t n = read_data(source, skipped, left < SKIP_BLOCK ? (size_t)left : SKIP_BLOCK);

		if (n <= 0)
			return (int)n;
	}
	return skipped ? 0 : -ENOMEM;
}

int forward_read(struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length)
{
	AUTO_FREE char *path = text_format("%s%s", source->folder, name);
	int r;

	if (!path)
		return -ENOMEM;
	pthread_mutex_lock(&source->lock);
	r = seek_member(source, path, offset);
	if (r == 0)
		r = (int)read_data(source, buffer, length);
	if (r < 0)
		give_up(source);
	pthread_mutex_unlock(&source->lock);
	return r;
}
