/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stream_table.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/file.h"
#include "manifest.h"
#include "stream_header.h"

#define OTHERS_MAX (ATTACHMENTS_LIMIT + 8u)
#define SEARCHED (1u << 20)  /* bytes looked through at a time */
#define SEGMENTS_FOLDER "segments/"

struct scan {
	int fd;
	uint64_t size, at;       /* of the file; where the next header is */
	struct stream_table *table;
	struct stream_extension extension; /* for the next header */
	char *buffer;
};

bool stream_block_is_header(const void *block)
{
	struct ustar header;

	memcpy(&header, block, sizeof(header));
	return stream_header_is_good(&header);
}

/* The number in "NNNNNN.tar.zst", and nothing else but that. */
static bool parse_segment(const char *name, uint32_t *ret)
{
	char *end;
	struct segment segment = { 0 };
	unsigned long number = *name >= '0' && *name <= '9' ? strtoul(name, &end, 10) : SEGMENTS_LIMIT;

	if (number >= SEGMENTS_LIMIT)
		return false;
	segment.number = (uint32_t)number;
	*ret = segment.number;
	return !strcmp(segment_name(&segment).text + strlen(SEGMENTS_FOLDER), name);
}

const char *stream_member_name(const char *path, uint32_t *ret_segment)
{
	static const char *const names[] = { MANIFEST_NAME, STREAM_BEGIN_NAME, SEGMENT_TABLE_NAME, INDEX_NAME };
	const char *last = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	size_t before = (size_t)(last - path);
	bool segment = before >= strlen(SEGMENTS_FOLDER) && !strncmp(last - strlen(SEGMENTS_FOLDER), SEGMENTS_FOLDER, strlen(SEGMENTS_FOLDER));

	*ret_segment = SEGMENTS_LIMIT;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (!strcmp(last, names[i]))
			return last;
	if (segment && parse_segment(last, ret_segment))
		return last - strlen(SEGMENTS_FOLDER);
	if (before > strlen(ATTACHMENTS_NAME) && !strncmp(last - strlen(ATTACHMENTS_NAME) - 1, ATTACHMENTS_NAME "/", strlen(ATTACHMENTS_NAME) + 1) &&
	    attachment_is_name(last))
		return last - strlen(ATTACHMENTS_NAME) - 1;
	return NULL;
}

static int add_segment(struct stream_table *table, uint32_t number, const struct stream_part *part)
{
	if (table->segment_count == table->segment_capacity) {
		size_t capacity = table->segment_capacity ? 2 * table->segment_capacity : 64;
		struct stream_segment *grown = reallocarray(table->segments, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		table->segments = grown;
		table->segment_capacity = capacity;
	}
	table->segments[table->segment_count++] = (struct stream_segment){ number, *part };
	return 0;
}

static const struct stream_part *find_other(const struct stream_table *table, const char *name)
{
	for (size_t i = 0; i < table->other_count; i++)
		if (!strcmp(table->others[i].name, name))
			return &table->others[i].part;
	return NULL;
}

static int add_other(struct stream_table *table, const char *name, const struct stream_part *part)
{
	struct stream_other *grown;

	if (table->other_count == OTHERS_MAX || find_other(table, name))
		return 0;
	grown = reallocarray(table->others, table->other_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	table->others = grown;
	grown[table->other_count] = (struct stream_other){ strdup(name), *part };
	return grown[table->other_count].name ? (table->other_count++, 0) : -ENOMEM;
}

/* PATH, a file, is at PART: it is kept when it is a member, and in the folder of the first one. 1: it was; 0: it is none; -ENOMEM. */
static int add(struct scan *scan, const char *path, const struct stream_part *part)
{
	struct stream_table *table = scan->table;
	uint32_t segment;
	const char *name = stream_member_name(path, &segment);
	int r;

	if (!name)
		return 0;
	if (!table->folder) {
		table->folder = strndup(path, (size_t)(name - path));
		table->as_captured = !strcmp(name, STREAM_BEGIN_NAME);
	}
	if (!table->folder)
		return -ENOMEM;
	if (strlen(table->folder) != (size_t)(name - path) || strncmp(table->folder, path, (size_t)(name - path)) != 0)
		return 0;
	r = segment < SEGMENTS_LIMIT ? add_segment(table, segment, part) : add_other(table, name, part);
	return r < 0 ? r : 1;
}

/* Whether BLOCK is the header of a member of the set: nothing else is gone on with after damage. */
static bool is_member(const struct scan *scan, const void *block)
{
	const char *folder = scan->table->folder, *name;
	AUTO_FREE char *path = NULL;
	struct ustar header;
	uint32_t segment;

	if (!stream_block_is_header(block))
		return false;
	memcpy(&header, block, sizeof(header));
	path = stream_header_path(&header);
	name = path && stream_header_is_file(&header) ? stream_member_name(path, &segment) : NULL;
	return name && (!folder || (strlen(folder) == (size_t)(name - path) && !strncmp(folder, path, strlen(folder))));
}

/* On to the next header of a member, behind one that cannot be read. 1: there is one; 0: none; -errno. */
static int search(struct scan *scan)
{
	scan->table->bad_headers++;
	stream_extension_done(&scan->extension);
	for (scan->at += STREAM_BLOCK; scan->at < scan->size;) {
		ssize_t n = read_full_at(scan->fd, scan->buffer, SEARCHED, (off_t)scan->at);

		if (n < (ssize_t)STREAM_BLOCK)
			return n < 0 ? (int)n : 0;
		for (size_t i = 0; i + STREAM_BLOCK <= (size_t)n; i += STREAM_BLOCK, scan->at += STREAM_BLOCK)
			if (!memcmp(scan->buffer + i + offsetof(struct ustar, magic), "ustar", 5) && is_member(scan, scan->buffer + i))
				return 1;
	}
	return 0;
}

static bool is_zero(const char *data, size_t length)
{
	return length == 0 || (!*data && !memcmp(data, data + 1, length - 1));
}

/* What follows the end. 0 or -errno. */
static int look_behind(struct scan *scan)
{
	scan->table->ended = true;
	while (scan->at < scan->size) {
		ssize_t n = read_full_at(scan->fd, scan->buffer, SEARCHED, (off_t)scan->at);

		if (n <= 0)
			return (int)n;
		for (size_t i = 0; !is_zero(scan->buffer, (size_t)n) && i < (size_t)n; i++)
			if (scan->buffer[i]) {
				scan->table->behind = scan->size - scan->at - i;
				return 0;
			}
		scan->at += (uint64_t)n;
	}
	return 0;
}

/* An extension's data at PART, for the next header. One that is damaged costs the member behind it, which is then called otherwise. */
static int take_extension(struct scan *scan, char type, const struct stream_part *part)
{
	ssize_t n;
	int r;

	if (part->size > STREAM_EXTENSION_LIMIT)
		return 0;
	n = read_full_at(scan->fd, scan->buffer, (size_t)part->size, (off_t)part->offset);
	if (n < 0 || (uint64_t)n < part->size)
		return n < 0 ? (int)n : 0;
	scan->buffer[n] = '\0';
	r = stream_extension_parse(&scan->extension, type, scan->buffer, (size_t)n);
	return r == -EBADMSG ? 0 : r;
}

static int take_file(struct scan *scan, const struct ustar *header, const struct stream_part *part)
{
	AUTO_FREE char *path = scan->extension.path ? TAKE_POINTER(scan->extension.path) : stream_header_path(header);

	return path ? add(scan, path, part) : -ENOMEM;
}

/* The header at scan->at, and past what it tells of. 1: go on; 0: nothing more is there; -errno. */
static int take_header(struct scan *scan, const struct ustar *header)
{
	struct stream_part part = { .offset = scan->at + STREAM_BLOCK };
	bool extends = header->type == 'x' || header->type == 'L' || header->type == 'g' || header->type == 'K';
	int r = 0;

	if (!stream_header_size(header, &part.size))
		return search(scan);
	if (!extends && scan->extension.has_size)
		part.size = scan->extension.size;
	if (header->type >= '1' && header->type <= '6')
		part.size = 0;
	if (header->type == 'x' || header->type == 'L')
		r = take_extension(scan, header->type, &part);
	else if (stream_header_is_file(header))
		r = take_file(scan, header, &part);
	if (!extends)
		stream_extension_done(&scan->extension);
	if (r < 0 || part.size > scan->size - part.offset)
		return r < 0 ? r : 0;
	scan->at = part.offset + part.size + stream_padding(part.size);
	return 1;
}

static int take_block(struct scan *scan)
{
	struct ustar header;
	ssize_t n = read_full_at(scan->fd, &header, sizeof(header), (off_t)scan->at);

	if (n < (ssize_t)sizeof(header))
		return n < 0 ? (int)n : 0;
	if (is_zero((const char *)&header, sizeof(header)))
		return look_behind(scan);
	return stream_header_is_good(&header) ? take_header(scan, &header) : search(scan);
}

/* By number, and of one number the one that comes first. */
static int compare(const void *a, const void *b)
{
	const struct stream_segment *one = a, *two = b;

	if (one->number != two->number)
		return one->number < two->number ? -1 : 1;
	return one->part.offset < two->part.offset ? -1 : one->part.offset > two->part.offset;
}

static void sort(struct stream_table *table)
{
	size_t kept = 0;

	if (table->segment_count)
		qsort(table->segments, table->segment_count, sizeof(*table->segments), compare);
	for (size_t i = 0; i < table->segment_count; i++)
		if (i == 0 || table->segments[i].number != table->segments[kept - 1].number)
			table->segments[kept++] = table->segments[i];
	table->segment_count = kept;
}

int stream_table_read(int fd, struct stream_table *ret)
{
	struct scan scan = { .fd = fd, .table = ret };
	struct stat st;
	int r;

	*ret = (struct stream_table){ 0 };
	if (fstat(fd, &st) < 0)
		return -errno;
	scan.size = (uint64_t)st.st_size;
	scan.buffer = malloc(SEARCHED + 1);
	r = scan.buffer ? 1 : -ENOMEM;
	while (r == 1)
		r = take_block(&scan);
	free(scan.buffer);
	stream_extension_done(&scan.extension);
	if (r == 0)
		sort(ret);
	return r;
}

void stream_table_done(struct stream_table *table)
{
	for (size_t i = 0; i < table->other_count; i++)
		free(table->others[i].name);
	free(table->others);
	free(table->segments);
	free(table->folder);
	*table = (struct stream_table){ 0 };
}

static int compare_number(const void *key, const void *element)
{
	uint32_t number = *(const uint32_t *)key, other = ((const struct stream_segment *)element)->number;

	return number < other ? -1 : number > other;
}

const struct stream_part *stream_table_find(const struct stream_table *table, const char *name)
{
	const struct stream_segment *found;
	uint32_t number;

	if (strncmp(name, SEGMENTS_FOLDER, strlen(SEGMENTS_FOLDER)) != 0 || !parse_segment(name + strlen(SEGMENTS_FOLDER), &number))
		return find_other(table, name);
	found = table->segment_count ? bsearch(&number, table->segments, table->segment_count, sizeof(*table->segments), compare_number) : NULL;
	return found ? &found->part : NULL;
}
