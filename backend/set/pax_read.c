/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pax.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "acl.h"
#include "pax_records.h"
#include "ustar.h"
#include "xattr.h"

#define READER_BUFFER (256u << 10)

struct pax_reader {
	pax_source source;
	const char *name;
	void *source_data;
	uint64_t left;           /* data bytes of the entry not yet handed out */
	unsigned padding;        /* bytes after them */
	bool ended;
	size_t at, filled;       /* the unread part of buffer */
	char buffer[READER_BUFFER];
};

struct pax_reader *pax_reader_new(pax_source source, void *data, const char *name)
{
	struct pax_reader *reader = malloc(sizeof(*reader));

	if (!reader)
		return NULL;
	memset(reader, 0, offsetof(struct pax_reader, buffer));
	reader->source = source;
	reader->source_data = data;
	reader->name = name;
	return reader;
}

void pax_reader_free(struct pax_reader *reader)
{
	free(reader);
}

static int bad(struct context *ctx, const struct pax_reader *reader, const char *what)
{
	return context_fail(ctx, EBADMSG, "%s is damaged: %s", reader->name, sentence_words(what));
}

/* Gets at least one byte into the buffer: 1, 0 at the end, -errno with a sentence. */
static int fill(struct context *ctx, struct pax_reader *reader)
{
	ssize_t n;

	if (reader->at < reader->filled)
		return 1;
	n = reader->source(ctx, reader->source_data, reader->buffer, sizeof(reader->buffer));
	if (n < 0)
		return (int)n;
	reader->at = 0;
	reader->filled = (size_t)n;
	return n > 0;
}

/* Exactly LENGTH bytes to TO (NULL: skipped). */
static int take(struct context *ctx, struct pax_reader *reader, void *to, uint64_t length)
{
	while (length > 0) {
		int r = fill(ctx, reader);
		size_t n;

		if (r <= 0)
			return r < 0 ? r : bad(ctx, reader, N_("it ends too early"));
		n = reader->filled - reader->at;
		if (n > length)
			n = (size_t)length;
		if (to) {
			memcpy(to, reader->buffer + reader->at, n);
			to = (char *)to + n;
		}
		reader->at += n;
		length -= n;
	}
	return 0;
}

/* Zeros that fill a block. */
static int take_padding(struct context *ctx, struct pax_reader *reader, unsigned length)
{
	char padding[PAX_BLOCK];
	int r = take(ctx, reader, padding, length);

	for (unsigned i = 0; i < length && r == 0; i++)
		if (padding[i])
			r = bad(ctx, reader, N_("a block is not filled with zeros"));
	return r;
}

static unsigned padding_of(uint64_t length)
{
	return (PAX_BLOCK - length % PAX_BLOCK) % PAX_BLOCK;
}

/* An octal field: digits, then NULs or spaces to its end. An empty field is 0. */
static bool get_octal(const char *field, size_t size, uint64_t *ret)
{
	uint64_t value = 0;
	size_t i = 0;

	for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
		value = value << 3 | (uint64_t)(field[i] - '0');
	for (; i < size; i++)
		if (field[i] != '\0' && field[i] != ' ')
			return false;
	*ret = value;
	return true;
}

/* The next header block: 1, 0 for the end of the archive. */
static int read_block(struct context *ctx, struct pax_reader *reader, struct ustar *block)
{
	static const struct ustar empty;
	uint64_t sum;
	int r = take(ctx, reader, block, sizeof(*block));

	if (r < 0)
		return r;
	if (!memcmp(block, &empty, sizeof(empty))) {
		r = take(ctx, reader, block, sizeof(*block));
		if (r < 0)
			return r;
		if (memcmp(block, &empty, sizeof(empty)))
			return bad(ctx, reader, N_("only one of its two closing blocks is there"));
		r = fill(ctx, reader);
		if (r != 0)
			return r < 0 ? r : bad(ctx, reader, N_("something follows its end"));
		return 0;
	}
	if (memcmp(block->magic, "ustar", 6) || memcmp(block->version, "00", 2))
		return bad(ctx, reader, N_("a header is not of the ustar kind"));
	if (!get_octal(block->checksum, sizeof(block->checksum), &sum) || sum != ustar_sum(block))
		return bad(ctx, reader, N_("a header has a wrong checksum"));
	if (block->user[0] || block->group[0])
		return bad(ctx, reader, N_("a header names a user or a group"));
	return 1;
}

static int read_records(struct context *ctx, struct pax_reader *reader, const struct ustar *block,
			struct pax_records *records)
{
	AUTO_FREE char *text = NULL;
	uint64_t length;
	int r;

	if (!get_octal(block->size, sizeof(block->size), &length) || length == 0 || length > PAX_HEADER_LIMIT)
		return bad(ctx, reader, N_("an extended header has an impossible length"));
	text = malloc(length + 1);
	if (!text)
		return context_oom(ctx);
	r = take(ctx, reader, text, length);
	if (r == 0)
		r = take_padding(ctx, reader, padding_of(length));
	if (r < 0)
		return r;
	text[length] = '\0';
	r = pax_records_parse(text, length, records);
	if (r == -ENOMEM)
		return context_oom(ctx);
	return r < 0 ? bad(ctx, reader, N_("an extended header is malformed or holds a doubled or unknown record")) : 0;
}

/* The path of prefix and name. */
static char *block_path(const struct ustar *block)
{
	int prefix = (int)strnlen(block->prefix, sizeof(block->prefix)),
	    name = (int)strnlen(block->name, sizeof(block->name));

	return prefix ? text_format("%.*s/%.*s", prefix, block->prefix, name, block->name)
		      : text_format("%.*s", name, block->name);
}

/* Mode, owner, time and device of the block, those of the records before them; *RET_STORED: bytes that follow. */
static int get_numbers(struct context *ctx, const struct pax_reader *reader, const struct ustar *block,
		       const struct pax_records *records, struct pax_entry *entry, uint64_t *ret_stored)
{
	uint64_t mode, uid, gid, size, mtime, major_number, minor_number;

	if (!get_octal(block->mode, sizeof(block->mode), &mode) || !get_octal(block->uid, sizeof(block->uid), &uid) ||
	    !get_octal(block->gid, sizeof(block->gid), &gid) || !get_octal(block->size, sizeof(block->size), &size) ||
	    !get_octal(block->mtime, sizeof(block->mtime), &mtime) ||
	    !get_octal(block->major, sizeof(block->major), &major_number) ||
	    !get_octal(block->minor, sizeof(block->minor), &minor_number))
		return bad(ctx, reader, N_("a header holds a number that is none"));
	if (mode > 07777)
		return bad(ctx, reader, N_("a header has an impossible mode"));
	entry->mode = (mode_t)mode;
	entry->uid = records->has[RECORD_UID] ? records->uid : (uid_t)uid;
	entry->gid = records->has[RECORD_GID] ? records->gid : (gid_t)gid;
	entry->mtime = records->has[RECORD_MTIME] ? records->mtime : (struct timespec){ .tv_sec = (time_t)mtime };
	*ret_stored = records->has[RECORD_SIZE] ? records->size : size;
	switch (block->type) {
	case '0': entry->mode |= S_IFREG; break;
	case '1': entry->mode |= S_IFREG; entry->hard_link = true; break;
	case '2': entry->mode |= S_IFLNK; break;
	case '3': entry->mode |= S_IFCHR; break;
	case '4': entry->mode |= S_IFBLK; break;
	case '5': entry->mode |= S_IFDIR; break;
	case '6': entry->mode |= records->has[RECORD_TYPE] ? S_IFSOCK : S_IFIFO; break;
	default: return bad(ctx, reader, N_("an entry has an unknown type"));
	}
	if ((S_ISCHR(entry->mode) || S_ISBLK(entry->mode)) && !pax_device_is_valid(major_number, minor_number))
		return bad(ctx, reader, N_("a device has an impossible number"));
	if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode))
		entry->device = makedev((unsigned)major_number, (unsigned)minor_number);
	if (*ret_stored && block->type != '0')
		return bad(ctx, reader, N_("an entry that is no file has content"));
	return 0;
}

/* Path and link target, checked. */
static int get_names(struct context *ctx, const struct pax_reader *reader, const struct ustar *block,
		     struct pax_records *records, struct pax_entry *entry)
{
	int link_length = (int)strnlen(block->link, sizeof(block->link));
	size_t length;

	if (records->has[RECORD_SPARSE_NAME])
		entry->path = TAKE_POINTER(records->sparse_name);
	else
		entry->path = records->path ? TAKE_POINTER(records->path) : block_path(block);
	if (records->linkpath)
		entry->link = TAKE_POINTER(records->linkpath);
	else if (link_length)
		entry->link = text_format("%.*s", link_length, block->link);
	if (!entry->path || (link_length && !entry->link))
		return context_oom(ctx);
	length = strlen(entry->path);
	if (S_ISDIR(entry->mode)) {
		if (length < 2 || entry->path[length - 1] != '/')
			return bad(ctx, reader, N_("a directory has a path without a slash at its end"));
		entry->path[--length] = '\0';
	}
	if (length > PAX_PATH_LIMIT || !pax_path_is_safe(entry->path))
		return bad(ctx, reader, N_("an entry has a path that leads out of the tree, is malformed, or has a name of more than 255 bytes"));
	if ((entry->hard_link || S_ISLNK(entry->mode)) != (entry->link && *entry->link))
		return bad(ctx, reader, N_("an entry has a link target that does not fit its type"));
	if (entry->link && strlen(entry->link) > PAX_PATH_LIMIT)
		return bad(ctx, reader, N_("a link target is too long"));
	if (entry->hard_link && !pax_path_is_safe(entry->link))
		return bad(ctx, reader, N_("a hard link leads out of the tree or is malformed"));
	return 0;
}

/* One decimal line of the map; *USED counts the map's bytes. */
static int map_number(struct context *ctx, struct pax_reader *reader, uint64_t *used, uint64_t limit, uint64_t *ret)
{
	uint64_t value = 0;
	unsigned digits = 0;

	for (;;) {
		char c;
		int r;

		if (*used >= limit)
			return bad(ctx, reader, N_("the map of a sparse file is too long"));
		r = take(ctx, reader, &c, 1);
		if (r < 0)
			return r;
		++*used;
		if (c == '\n' && digits)
			break;
		if (c < '0' || c > '9' || ++digits > 19)
			return bad(ctx, reader, N_("the map of a sparse file is malformed"));
		value = value * 10 + (uint64_t)(c - '0');
	}
	if (value > INT64_MAX)
		return bad(ctx, reader, N_("the map of a sparse file holds an impossible number"));
	*ret = value;
	return 0;
}

static int read_extents(struct context *ctx, struct pax_reader *reader, struct pax_entry *entry, uint64_t count,
			uint64_t *used, uint64_t limit)
{
	uint64_t end = 0;

	for (uint64_t i = 0; i < count; i++) {
		struct pax_extent extent;
		int r = map_number(ctx, reader, used, limit, &extent.offset);

		if (r == 0)
			r = map_number(ctx, reader, used, limit, &extent.length);
		if (r < 0)
			return r;
		if (extent.offset < end || extent.offset > entry->size || extent.length > entry->size - extent.offset)
			return bad(ctx, reader, N_("the parts of a sparse file are out of order or beyond its end"));
		if (extent.length == 0 && (i + 1 < count || extent.offset != entry->size))
			return bad(ctx, reader, N_("a sparse file has an empty part"));
		end = extent.offset + extent.length;
		if (extent.length)
			entry->extents[entry->extent_count++] = extent;
	}
	return end == entry->size ? 0 : bad(ctx, reader, N_("the parts of a sparse file do not end where it ends"));
}

/* Reads the map in front of a sparse file's data; STORED bytes follow the header in all. */
static int read_map(struct context *ctx, struct pax_reader *reader, struct pax_entry *entry, uint64_t stored)
{
	uint64_t limit = stored < PAX_HEADER_LIMIT ? stored : PAX_HEADER_LIMIT, used = 0, count;
	int r = map_number(ctx, reader, &used, limit, &count);

	if (r < 0)
		return r;
	/* An extent takes at least four bytes of the map. */
	if (count > limit / 4)
		return bad(ctx, reader, N_("the map of a sparse file is too long"));
	entry->extents = calloc(count + 1, sizeof(*entry->extents));
	if (!entry->extents)
		return context_oom(ctx);
	r = read_extents(ctx, reader, entry, count, &used, limit);
	if (r < 0)
		return r;
	r = take_padding(ctx, reader, padding_of(used));
	if (r < 0)
		return r;
	used += padding_of(used);
	if (used > stored || stored - used != pax_entry_data(entry))
		return bad(ctx, reader, N_("the parts of a sparse file do not add up to its length"));
	return 0;
}

static int get_content(struct context *ctx, struct pax_reader *reader, const struct pax_records *records,
		       struct pax_entry *entry, uint64_t stored)
{
	bool sparse = records->has[RECORD_SPARSE_NAME], file = S_ISREG(entry->mode) && !entry->hard_link;
	int r = 0;

	if (sparse != records->has[RECORD_SPARSE_SIZE] || sparse != records->has[RECORD_SPARSE_MAJOR] ||
	    sparse != records->has[RECORD_SPARSE_MINOR] || (sparse && !file))
		return bad(ctx, reader, N_("a sparse file is told incompletely"));
	if (stored > INT64_MAX)
		return bad(ctx, reader, N_("an entry has an impossible size"));
	entry->size = sparse ? records->sparse_size : stored;
	if (sparse)
		r = read_map(ctx, reader, entry, stored);
	reader->left = pax_entry_data(entry);
	reader->padding = padding_of(reader->left);
	return r;
}

static int get_pieces(struct context *ctx, const struct pax_reader *reader, struct pax_records *records,
		      struct pax_entry *entry)
{
	bool piece = records->piece_of, file = S_ISREG(entry->mode) && !entry->hard_link;

	entry->whole_size = records->whole_size;
	entry->piece_offset = records->piece_offset;
	entry->piece_of = TAKE_POINTER(records->piece_of);
	entry->recipe = records->has[RECORD_RECIPE];
	if (piece != records->has[RECORD_PIECE_OFFSET] || ((piece || entry->whole_size) && !file))
		return bad(ctx, reader, N_("a piece of a large file is told incompletely"));
	if (piece && (!pax_path_is_safe(entry->piece_of) || strlen(entry->piece_of) > PAX_PATH_LIMIT))
		return bad(ctx, reader, N_("a piece belongs to a path that leads out of the tree"));
	if ((piece && !entry->whole_size) || (entry->whole_size && (entry->piece_offset > entry->whole_size ||
	    entry->size > entry->whole_size - entry->piece_offset)))
		return bad(ctx, reader, N_("a piece lies beyond the end of its file"));
	return 0;
}

/* Attributes, flags and hints, as far as Linux takes them of the entry's type. */
static int get_metadata(struct context *ctx, const struct pax_reader *reader, struct pax_records *records, struct pax_entry *entry)
{
	for (size_t i = 0; i < records->xattr_count; i++)
		if (!xattr_fits_type(records->xattrs[i].name, entry->mode))
			return bad(ctx, reader, N_("an entry has an extended attribute that its type cannot have"));
	if (entry->hard_link && (records->xattr_count || records->flags || !hints_are_none(&records->hints)))
		return bad(ctx, reader, N_("a hard link has attributes, flags or hints of its own"));
	if ((records->flags && !S_ISREG(entry->mode) && !S_ISDIR(entry->mode)) || !hints_fit_type(&records->hints, entry->mode))
		return bad(ctx, reader, N_("an entry has inode flags or hints that its type cannot have"));
	entry->flags = records->flags;
	entry->hints = records->hints;
	entry->xattrs = TAKE_POINTER(records->xattrs);
	entry->xattr_count = records->xattr_count;
	records->xattr_count = 0;
	return 0;
}

static int read_entry(struct context *ctx, struct pax_reader *reader, struct pax_records *records, struct pax_entry *entry)
{
	struct ustar block;
	uint64_t stored = 0;
	int r = read_block(ctx, reader, &block);

	if (r <= 0)
		return r;
	if (block.type == 'x') {
		r = read_records(ctx, reader, &block, records);
		if (r == 0)
			r = read_block(ctx, reader, &block);
		if (r <= 0)
			return r < 0 ? r : bad(ctx, reader, N_("an extended header stands before nothing"));
	}
	r = get_numbers(ctx, reader, &block, records, entry, &stored);
	if (r == 0)
		r = get_names(ctx, reader, &block, records, entry);
	if (r == 0)
		r = get_content(ctx, reader, records, entry, stored);
	if (r == 0)
		r = get_pieces(ctx, reader, records, entry);
	if (r < 0)
		return r;
	if (records->has[RECORD_TYPE] && !S_ISSOCK(entry->mode))
		return bad(ctx, reader, N_("an entry claims to be a socket and is none"));
	r = get_metadata(ctx, reader, records, entry);
	return r < 0 ? r : 1;
}

int pax_read(struct context *ctx, struct pax_reader *reader, struct pax_entry *entry)
{
	CLEANUP(pax_records_done) struct pax_records records = { 0 };
	int r;

	pax_entry_done(entry);
	if (reader->ended)
		return 0;
	r = take(ctx, reader, NULL, reader->left);
	if (r == 0)
		r = take_padding(ctx, reader, reader->padding);
	reader->left = reader->padding = 0;
	if (r == 0)
		r = read_entry(ctx, reader, &records, entry);
	if (r <= 0) {
		/* Nothing after an error is believed. */
		reader->ended = true;
		reader->left = reader->padding = 0;
		pax_entry_done(entry);
	}
	return r;
}

ssize_t pax_read_data(struct context *ctx, struct pax_reader *reader, const void **ret)
{
	size_t n;
	int r;

	if (reader->left == 0)
		return 0;
	r = fill(ctx, reader);
	if (r <= 0)
		return r < 0 ? r : bad(ctx, reader, N_("it ends too early"));
	n = reader->filled - reader->at;
	if (n > reader->left)
		n = (size_t)reader->left;
	*ret = reader->buffer + reader->at;
	reader->at += n;
	reader->left -= n;
	return (ssize_t)n;
}
