/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "initramfs_list.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <archive.h>

#include "../core/bytes.h"
#include "fields.h"

#define BLOCK 65536
#define HEADER 110 /* "070701", then thirteen numbers of eight hex digits */
#define MODE_AT 14
#define LINKS_AT 38
#define SIZE_AT 54
#define NAME_SIZE_AT 94
#define NAMES_LIMIT (64u << 20)
#define TABLE_LIMIT (64u << 10)

/* Bytes of the file, or what the compression of its rest gives. */
struct stream {
	int fd;
	struct archive *archive; /* NULL: the file itself */
	char block[BLOCK];
	const char *at;
	size_t left;
	off_t passed; /* bytes of the file in blocks before this one */
};

static int fail_archive(struct context *ctx, struct archive *archive)
{
	const char *why = archive_error_string(archive);

	return context_fail(ctx, EBADMSG, "%s", why ? why : sentence_words(N_("its compression is damaged")));
}

/* 1, 0 at the end, -EBADMSG with half a sentence. */
static int refill(struct context *ctx, struct stream *stream)
{
	ssize_t n;

	if (stream->left)
		return 1;
	stream->passed += stream->at ? stream->at - stream->block : 0;
	do
		n = stream->archive ? archive_read_data(stream->archive, stream->block, BLOCK) :
				      read(stream->fd, stream->block, BLOCK);
	while (n == ARCHIVE_RETRY || (!stream->archive && n < 0 && errno == EINTR));
	if (n < 0)
		return stream->archive ? fail_archive(ctx, stream->archive) : context_fail(ctx, EBADMSG, "%s", strerror(errno));
	stream->at = stream->block;
	stream->left = (size_t)n;
	return n > 0;
}

/* The next LENGTH bytes, into DATA when that is not NULL. 0, -EBADMSG. */
static int take(struct context *ctx, struct stream *stream, char *data, size_t length)
{
	while (length) {
		int r = refill(ctx, stream);
		size_t n = length < stream->left ? length : stream->left;

		if (r <= 0)
			return r < 0 ? r : context_fail(ctx, EBADMSG, "it ends too soon");
		if (data) {
			memcpy(data, stream->at, n);
			data += n;
		}
		stream->at += n;
		stream->left -= n;
		length -= n;
	}
	return 0;
}

static bool read_number(const char *text, size_t *ret)
{
	char digits[9], *end;

	memcpy(digits, text, 8);
	digits[8] = '\0';
	*ret = strtoul(digits, &end, 16);
	return end == digits + 8 && strspn(digits, "0123456789abcdefABCDEF") == 8;
}

/* crypttab(5): each line is an entry. */
static bool is_entry(const struct fields *fields)
{
	return fields->count > 0;
}

/* Field I is WORD, or its first three letters or more. */
static bool is_keyword(const struct fields *fields, size_t i, const char *word)
{
	size_t length = i < fields->count ? fields->length[i] : 0;

	return length >= 3 && length <= strlen(word) && !strncasecmp(fields->start[i], word, length);
}

/* mdadm.conf(5): arrays, and devices that their members are looked for on, but for all that there are. */
static bool names_arrays(const struct fields *fields)
{
	return is_keyword(fields, 0, "array") ||
	       (is_keyword(fields, 0, "device") && !is_keyword(fields, 1, "partitions") && !is_keyword(fields, 1, "containers"));
}

/* What tools put into every archive, whether or not the machine has such storage. */
static const struct table {
	const char *path;
	bool (*names_something)(const struct fields *fields);
} tables[] = {
	{ "/cryptroot/crypttab", is_entry },
	{ "/etc/crypttab", is_entry },
	{ "/etc/mdadm/mdadm.conf", names_arrays },
	{ "/etc/mdadm.conf", names_arrays },
};

/* The table that the member NAME is; NULL: none. */
static const struct table *table_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
		size_t length = strlen(name), tail = strlen(tables[i].path);

		if (!strcmp(name, tables[i].path + 1) || (length >= tail && !strcmp(name + length - tail, tables[i].path)))
			return &tables[i];
	}
	return NULL;
}

/* Takes the SIZE bytes of TABLE. 1 when a line of it names something, 0, or an error. */
static int take_table(struct context *ctx, struct stream *stream, const struct table *table, size_t size)
{
	AUTO_FREE char *text = malloc(size + 1);
	int r = text ? take(ctx, stream, text, size) : -ENOMEM;

	if (r < 0)
		return r;
	text[size] = '\0';
	if (strlen(text) < size)
		return 1;
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");
		struct fields fields;

		fields_split(line, length, &fields);
		if (table->names_something(&fields))
			return 1;
		line += length + (line[length] != '\0');
	}
	return 0;
}

/* One member, whose name goes to NAMES. */
static int list_member(struct context *ctx, struct stream *stream, struct buffer *names)
{
	char header[HEADER], name[PATH_MAX + 1];
	const struct table *table = NULL;
	size_t size, name_size, mode, links;
	bool counts = true;
	int r = take(ctx, stream, header, sizeof(header));

	if (r < 0)
		return r;
	if ((memcmp(header, "070701", 6) && memcmp(header, "070702", 6)) || !read_number(header + SIZE_AT, &size) ||
	    !read_number(header + MODE_AT, &mode) || !read_number(header + LINKS_AT, &links) ||
	    !read_number(header + NAME_SIZE_AT, &name_size) || name_size == 0 || name_size > PATH_MAX)
		return context_fail(ctx, EBADMSG, "it has something between its members that is none");
	/* Names and contents each end at a multiple of four. */
	r = take(ctx, stream, name, name_size);
	if (r == 0)
		r = take(ctx, stream, NULL, -(HEADER + name_size) & 3);
	if (r < 0)
		return r;
	name[name_size] = '\0';
	/* Of several names of a file, the last one has its content. */
	if (S_ISREG(mode) && size <= TABLE_LIMIT && (size || links < 2))
		table = table_of(name);
	r = table ? take_table(ctx, stream, table, size) : take(ctx, stream, NULL, size);
	if (r < 0)
		return r;
	counts = !table || r > 0;
	if (names->length > NAMES_LIMIT)
		return context_fail(ctx, EBADMSG, "it has too many members");
	if (counts && (buffer_append(names, "/", 1) < 0 || buffer_append(names, name, strlen(name)) < 0 || buffer_append(names, "\n", 1) < 0))
		return -ENOMEM;
	/* A last member may end with the file. */
	r = refill(ctx, stream);
	return r <= 0 ? r : take(ctx, stream, NULL, -size & 3);
}

/* 0 at the end of the stream, 1 where something that is no cpio archive begins, or an error. */
static int list_members(struct context *ctx, struct stream *stream, struct buffer *names)
{
	int r;

	while ((r = refill(ctx, stream)) > 0) {
		if (*stream->at == '0')
			r = list_member(ctx, stream, names);
		else if (*stream->at)
			return 1;
		else
			r = take(ctx, stream, NULL, 1);
		if (r < 0)
			break;
	}
	return r;
}

/* What is left of the file, compressed. */
static int list_rest(struct context *ctx, struct stream *stream, struct buffer *names)
{
	off_t start = stream->passed + (stream->at - stream->block);
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int r;

	if (!archive)
		return -ENOMEM;
	archive_read_support_filter_all(archive);
	archive_read_support_format_raw(archive);
	if (lseek(stream->fd, start, SEEK_SET) < 0)
		r = context_fail(ctx, EBADMSG, "%s", strerror(errno));
	else if (archive_read_open_fd(archive, stream->fd, BLOCK) != ARCHIVE_OK ||
		 archive_read_next_header(archive, &entry) < ARCHIVE_WARN)
		r = fail_archive(ctx, archive);
	else if (archive_filter_count(archive) < 2)
		r = context_fail(ctx, EBADMSG, "it is compressed in no way that is known");
	else {
		stream->archive = archive;
		stream->at = NULL;
		stream->left = 0;
		r = list_members(ctx, stream, names);
		stream->archive = NULL;
	}
	archive_read_free(archive);
	return r > 0 ? context_fail(ctx, EBADMSG, "it has something between its members that is none") : r;
}

int initramfs_list(struct context *ctx, int fd, struct buffer *names)
{
	AUTO_FREE struct stream *stream = calloc(1, sizeof(*stream));
	int r;

	if (!stream)
		return -ENOMEM;
	stream->fd = fd;
	r = list_members(ctx, stream, names);
	if (r > 0)
		r = list_rest(ctx, stream, names);
	if (r == 0 && names->length == 0)
		r = context_fail(ctx, EBADMSG, "it is empty");
	return r;
}

bool initramfs_has_member(const char *names, const char *path)
{
	size_t length = strlen(path);

	for (const char *at = names; (at = strstr(at, path)); at++)
		if (at[length] == '\n' || !at[length])
			return true;
	return false;
}
