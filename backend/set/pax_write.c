/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pax.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "acl.h"
#include "ustar.h"

struct pax_writer {
	pax_sink sink;
	void *sink_data;
	uint64_t left;           /* data bytes of the entry still to come */
	unsigned padding;        /* zero bytes after them */
	struct buffer records;   /* of the extended header being built */
	struct buffer map;       /* of a sparse file */
};

static const char zeros[2 * PAX_BLOCK];

struct pax_writer *pax_writer_new(pax_sink sink, void *data)
{
	struct pax_writer *writer = calloc(1, sizeof(*writer));

	if (writer) {
		writer->sink = sink;
		writer->sink_data = data;
	}
	return writer;
}

void pax_writer_free(struct pax_writer *writer)
{
	if (!writer)
		return;
	buffer_done(&writer->records);
	buffer_done(&writer->map);
	free(writer);
}

static unsigned padding_of(uint64_t length)
{
	return (PAX_BLOCK - length % PAX_BLOCK) % PAX_BLOCK;
}

/* One record "LENGTH KEYWORD=VALUE\n"; the length counts itself. */
static int add_record(struct pax_writer *writer, const char *keyword, const void *value, size_t length)
{
	size_t rest = strlen(keyword) + length + 3, total = rest;
	char digits[24];
	int r, n;

	do {
		n = snprintf(digits, sizeof(digits), "%zu ", total);
		if (rest + (size_t)n - 1 == total)
			break;
		total = rest + (size_t)n - 1;
	} while (true);
	r = buffer_append(&writer->records, digits, (size_t)n);
	if (r == 0)
		r = buffer_append(&writer->records, keyword, strlen(keyword));
	if (r == 0)
		r = buffer_append(&writer->records, "=", 1);
	if (r == 0)
		r = buffer_append(&writer->records, value, length);
	if (r == 0)
		r = buffer_append(&writer->records, "\n", 1);
	return r;
}

static int add_text(struct pax_writer *writer, const char *keyword, const char *value)
{
	return add_record(writer, keyword, value, strlen(value));
}

static int add_number(struct pax_writer *writer, const char *keyword, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	return add_text(writer, keyword, digits);
}

/* The decimal value of the time: -1.5 is { -2, 500000000 }. */
static int add_time(struct pax_writer *writer, const struct timespec *time)
{
	bool negative = time->tv_sec < 0;
	uint64_t seconds = negative ? -(uint64_t)time->tv_sec : (uint64_t)time->tv_sec;
	long fraction = time->tv_nsec;
	char text[48];

	if (negative && fraction) {
		seconds--;
		fraction = 1000000000 - fraction;
	}
	if (fraction)
		snprintf(text, sizeof(text), "%s%" PRIu64 ".%09ld", negative ? "-" : "", seconds, fraction);
	else
		snprintf(text, sizeof(text), "%s%" PRIu64, negative ? "-" : "", seconds);
	return add_text(writer, "mtime", text);
}

/* GNU tar's way with names that hold '=': "%3D", and "%25" for '%'. */
static int add_xattr(struct pax_writer *writer, const struct pax_xattr *xattr)
{
	AUTO_BUFFER struct buffer keyword = { 0 };
	int r = buffer_append(&keyword, "SCHILY.xattr.", 13);

	for (const char *c = xattr->name; *c && r == 0; c++) {
		if (*c == '=')
			r = buffer_append(&keyword, "%3D", 3);
		else if (*c == '%')
			r = buffer_append(&keyword, "%25", 3);
		else
			r = buffer_append(&keyword, c, 1);
	}
	return r < 0 ? r : add_record(writer, keyword.data, xattr->value, xattr->length);
}

/* An ACL goes as text when the text gives back the same bytes, else as a plain attribute. */
static int add_acl_or_xattr(struct pax_writer *writer, const struct pax_xattr *xattr)
{
	const char *keyword = NULL;
	AUTO_FREE char *text = NULL;

	if (!strcmp(xattr->name, ACL_ACCESS))
		keyword = "SCHILY.acl.access";
	else if (!strcmp(xattr->name, ACL_DEFAULT))
		keyword = "SCHILY.acl.default";
	if (!keyword)
		return add_xattr(writer, xattr);
	text = acl_text_from_value(xattr->value, xattr->length);
	if (!text)
		return errno == ENOMEM ? -ENOMEM : add_xattr(writer, xattr);
	return add_text(writer, keyword, text);
}

static int add_lifeboat(struct pax_writer *writer, const struct pax_entry *entry)
{
	char text[24];
	int r = 0;

	if (entry->flags) {
		snprintf(text, sizeof(text), "%lx", entry->flags);
		r = add_text(writer, "LIFEBOAT.flags", text);
	}
	if (r == 0 && !hints_are_none(&entry->hints)) {
		char hints[HINTS_TEXT_SIZE];

		hints_print(&entry->hints, hints);
		r = add_text(writer, "LIFEBOAT.hints", hints);
	}
	if (r == 0 && S_ISSOCK(entry->mode) && !entry->hard_link)
		r = add_text(writer, "LIFEBOAT.type", "socket");
	if (r == 0 && entry->piece_of) {
		r = add_text(writer, "LIFEBOAT.piece_of", entry->piece_of);
		if (r == 0)
			r = add_number(writer, "LIFEBOAT.piece_offset", entry->piece_offset);
	}
	if (r == 0 && entry->whole_size)
		r = add_number(writer, "LIFEBOAT.whole_size", entry->whole_size);
	if (r == 0 && entry->recipe)
		r = add_text(writer, "LIFEBOAT.recipe", "1");
	return r;
}

static int put_block(struct pax_writer *writer, struct ustar *block)
{
	memcpy(block->magic, "ustar", 6);
	memcpy(block->version, "00", 2);
	snprintf(block->checksum, sizeof(block->checksum), "%06o", ustar_sum(block));
	block->checksum[7] = ' ';
	return writer->sink(writer->sink_data, block, sizeof(*block));
}

static void octal(char *field, size_t size, uint64_t value)
{
	for (field[--size] = '\0'; size > 0; value >>= 3)
		field[--size] = (char)('0' + (value & 7));
}

/* Puts PATH in name, or prefix and name; false when it does not fit. Field-filling names carry no NUL. */
static bool put_path(struct ustar *block, const char *path, size_t length)
{
	const char *cut;

	if (length <= sizeof(block->name)) {
		memcpy(block->name, path, length);
		return true;
	}
	/* The cut is a '/' with at most 100 bytes after it and at least one on either side. */
	cut = memchr(path + length - sizeof(block->name) - 1, '/', sizeof(block->name));
	if (!cut || cut == path || (size_t)(cut - path) > sizeof(block->prefix) || cut == path + length - 1)
		return false;
	memcpy(block->prefix, path, (size_t)(cut - path));
	memcpy(block->name, cut + 1, length - (size_t)(cut - path) - 1);
	return true;
}

static char type_flag(const struct pax_entry *entry)
{
	if (entry->hard_link)
		return '1';
	switch (entry->mode & S_IFMT) {
	case S_IFREG: return '0';
	case S_IFLNK: return '2';
	case S_IFCHR: return '3';
	case S_IFBLK: return '4';
	case S_IFDIR: return '5';
	case S_IFIFO:
	case S_IFSOCK: return '6';
	default: return 0;
	}
}

static bool is_writable(const struct pax_entry *entry)
{
	uint64_t end = 0;

	if (!entry->path || !pax_path_is_safe(entry->path) || strlen(entry->path) > PAX_PATH_LIMIT || !type_flag(entry))
		return false;
	if ((entry->hard_link || S_ISLNK(entry->mode)) &&
	    (!entry->link || !*entry->link || strlen(entry->link) > PAX_PATH_LIMIT))
		return false;
	if ((entry->hard_link && !pax_path_is_safe(entry->link)) || (entry->piece_of && !pax_path_is_safe(entry->piece_of)))
		return false;
	if (major(entry->device) > USTAR_MAX_7 || minor(entry->device) > USTAR_MAX_7)
		return false;
	if (entry->size > INT64_MAX || entry->mtime.tv_nsec < 0 || entry->mtime.tv_nsec > 999999999)
		return false;
	for (size_t i = 0; entry->extents && i < entry->extent_count; i++) {
		const struct pax_extent *e = &entry->extents[i];

		if (!e->length || e->offset < end || e->offset > entry->size || e->length > entry->size - e->offset)
			return false;
		end = e->offset + e->length;
	}
	return true;
}

/* The map of GNU.sparse 1.0: count, then offset and length of each, in lines; a final hole is told by an empty extent. */
static int build_map(struct pax_writer *writer, const struct pax_entry *entry)
{
	const struct pax_extent *last = entry->extent_count ? &entry->extents[entry->extent_count - 1] : NULL;
	bool tail = !last || last->offset + last->length < entry->size;
	char line[48];
	int r, n = snprintf(line, sizeof(line), "%zu\n", entry->extent_count + tail);

	writer->map.length = 0;
	r = buffer_append(&writer->map, line, (size_t)n);
	for (size_t i = 0; i < entry->extent_count && r == 0; i++) {
		n = snprintf(line, sizeof(line), "%" PRIu64 "\n%" PRIu64 "\n", entry->extents[i].offset,
			     entry->extents[i].length);
		r = buffer_append(&writer->map, line, (size_t)n);
	}
	if (r == 0 && tail) {
		n = snprintf(line, sizeof(line), "%" PRIu64 "\n0\n", entry->size);
		r = buffer_append(&writer->map, line, (size_t)n);
	}
	if (r == 0)
		r = buffer_append(&writer->map, zeros, padding_of(writer->map.length));
	return r == 0 && writer->map.length > PAX_HEADER_LIMIT ? -EINVAL : r;
}

/* Fills the block's path, or says it in a record; directories end in '/'. */
static int place_path(struct pax_writer *writer, struct ustar *block, const struct pax_entry *entry, bool sparse)
{
	AUTO_FREE char *path = NULL;
	const char *base = strrchr(entry->path, '/');
	int r;

	if (sparse) {
		r = add_text(writer, "GNU.sparse.major", "1");
		if (r == 0)
			r = add_text(writer, "GNU.sparse.minor", "0");
		if (r == 0)
			r = add_text(writer, "GNU.sparse.name", entry->path);
		if (r == 0)
			r = add_number(writer, "GNU.sparse.realsize", entry->size);
		path = text_format("GNUSparseFile.0/%s", base ? base + 1 : entry->path);
		if (!path)
			return -ENOMEM;
		memcpy(block->name, path, strnlen(path, sizeof(block->name)));
		return r;
	}
	path = text_format("%s%s", entry->path, S_ISDIR(entry->mode) && !entry->hard_link ? "/" : "");
	if (!path)
		return -ENOMEM;
	if (put_path(block, path, strlen(path)))
		return 0;
	memcpy(block->name, path, sizeof(block->name));
	return add_text(writer, "path", path);
}

static int place_numbers(struct pax_writer *writer, struct ustar *block, const struct pax_entry *entry, uint64_t stored)
{
	bool plain_time = entry->mtime.tv_sec >= 0 && (uint64_t)entry->mtime.tv_sec <= USTAR_MAX_11;
	int r = 0;

	octal(block->mode, sizeof(block->mode), entry->mode & 07777);
	octal(block->uid, sizeof(block->uid), entry->uid <= USTAR_MAX_7 ? entry->uid : USTAR_MAX_7);
	octal(block->gid, sizeof(block->gid), entry->gid <= USTAR_MAX_7 ? entry->gid : USTAR_MAX_7);
	octal(block->size, sizeof(block->size), stored <= USTAR_MAX_11 ? stored : 0);
	octal(block->mtime, sizeof(block->mtime), plain_time ? (uint64_t)entry->mtime.tv_sec : 0);
	if (entry->uid > USTAR_MAX_7)
		r = add_number(writer, "uid", entry->uid);
	if (r == 0 && entry->gid > USTAR_MAX_7)
		r = add_number(writer, "gid", entry->gid);
	if (r == 0 && stored > USTAR_MAX_11)
		r = add_number(writer, "size", stored);
	if (r == 0 && (!plain_time || entry->mtime.tv_nsec))
		r = add_time(writer, &entry->mtime);
	if (!entry->hard_link && (S_ISCHR(entry->mode) || S_ISBLK(entry->mode))) {
		octal(block->major, sizeof(block->major), major(entry->device));
		octal(block->minor, sizeof(block->minor), minor(entry->device));
	}
	return r;
}

static int put_records(struct pax_writer *writer)
{
	struct ustar block = { .name = "PaxHeaders/entry", .type = 'x' };
	size_t length = writer->records.length;
	int r;

	if (length == 0)
		return 0;
	if (length > PAX_HEADER_LIMIT)
		return -EINVAL;
	octal(block.mode, sizeof(block.mode), 0644);
	octal(block.uid, sizeof(block.uid), 0);
	octal(block.gid, sizeof(block.gid), 0);
	octal(block.size, sizeof(block.size), length);
	octal(block.mtime, sizeof(block.mtime), 0);
	r = put_block(writer, &block);
	if (r == 0)
		r = writer->sink(writer->sink_data, writer->records.data, length);
	if (r == 0 && padding_of(length))
		r = writer->sink(writer->sink_data, zeros, padding_of(length));
	return r;
}

int pax_write_header(struct pax_writer *writer, const struct pax_entry *entry)
{
	struct ustar block = { 0 };
	uint64_t data = pax_entry_data(entry);
	bool sparse = entry->extents && S_ISREG(entry->mode) && !entry->hard_link;
	int r = 0;

	if (writer->left || !is_writable(entry))
		return -EINVAL;
	block.type = type_flag(entry);
	writer->records.length = writer->map.length = 0;
	if (sparse)
		r = build_map(writer, entry);
	if (r == 0)
		r = place_path(writer, &block, entry, sparse);
	if (r == 0)
		r = place_numbers(writer, &block, entry, writer->map.length + data);
	if (r == 0 && entry->link) {
		size_t length = strlen(entry->link);

		memcpy(block.link, entry->link, length < sizeof(block.link) ? length : sizeof(block.link));
		if (length > sizeof(block.link))
			r = add_text(writer, "linkpath", entry->link);
	}
	for (size_t i = 0; i < entry->xattr_count && r == 0; i++)
		r = add_acl_or_xattr(writer, &entry->xattrs[i]);
	if (r == 0)
		r = add_lifeboat(writer, entry);
	if (r == 0)
		r = put_records(writer);
	if (r == 0)
		r = put_block(writer, &block);
	if (r == 0 && writer->map.length)
		r = writer->sink(writer->sink_data, writer->map.data, writer->map.length);
	writer->left = data;
	writer->padding = padding_of(data);
	return r;
}

int pax_write_data(struct pax_writer *writer, const void *data, size_t length)
{
	if (length > writer->left)
		return -EINVAL;
	writer->left -= length;
	return length ? writer->sink(writer->sink_data, data, length) : 0;
}

int pax_write_end(struct pax_writer *writer)
{
	if (writer->left)
		return -EIO;
	return writer->padding ? writer->sink(writer->sink_data, zeros, writer->padding) : 0;
}

int pax_write_close(struct pax_writer *writer)
{
	return writer->left ? -EIO : writer->sink(writer->sink_data, zeros, sizeof(zeros));
}
