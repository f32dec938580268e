/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the files of a set are still there and can be read: asked of the medium itself, because memory may hold what was read of a disc that
 * is no longer in its drive.
 */
#include "set_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/digest.h"
#include "manifest.h"

#define BLOCK 4096u          /* for O_DIRECT: no device has larger blocks */
#define PIECE (256u << 10)
#define STAMPED 64           /* segments of a set on a server */
#define FOLIO (2u << 20)     /* memory drops what it holds in pieces of up to this size, and only whole ones */

/* Whole blocks from OFFSET, one of their bounds, into BUFFER, aligned to them. Bytes, fewer at the end; -errno. */
static ssize_t read_past_memory(int fd, off_t offset, void *buffer, size_t length)
{
	off_t start = offset / FOLIO * FOLIO, end = (offset + (off_t)length + FOLIO - 1) / FOLIO * FOLIO;
	int flags = fcntl(fd, F_GETFL);
	ssize_t n;

	posix_fadvise(fd, start, end - start, POSIX_FADV_DONTNEED);
	/* Where the filesystem has no such reading, what was dropped is enough. */
	if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_DIRECT) == 0) {
		n = pread(fd, buffer, length, offset);
		if (n >= 0 || (errno != EINVAL && errno != EINTR))
			return n < 0 ? -errno : n;
		(void)fcntl(fd, F_SETFL, flags);
	}
	do
		n = pread(fd, buffer, length, offset);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* The member's bytes in an open file. */
struct opened {
	struct stat st;          /* of the file */
	uint64_t offset, size;   /* of the member */
};

static int open_file(struct set_source *source, const char *name, struct opened *opened, void **ret_buffer, size_t length)
{
	AUTO_CLOSE int fd = source->type->open(source, name);
	int r;

	if (fd < 0 || fstat(fd, &opened->st) < 0)
		return fd < 0 ? fd : -errno;
	opened->offset = 0;
	opened->size = (uint64_t)opened->st.st_size;
	r = source->type->stretch ? source->type->stretch(source, name, &opened->offset, &opened->size) : 0;
	if (r < 0)
		return r;
	r = posix_memalign(ret_buffer, BLOCK, length);
	return r == 0 ? TAKE_FD(fd) : -r;
}

static int describe(const struct opened *opened, struct member_state *ret)
{
	const struct stat *st = &opened->st;
	const int64_t written[] = { st->st_size, st->st_mtim.tv_sec, st->st_mtim.tv_nsec };

	ret->size = opened->size;
	ret->changed = st->st_ctim;
	return digest_buffer(written, sizeof(written), ret->version);
}

static int touch_ends(int fd, const struct opened *opened, void *buffer)
{
	off_t first = (off_t)(opened->offset / BLOCK * BLOCK), last = (off_t)((opened->offset + opened->size - 1) / BLOCK * BLOCK);
	ssize_t n = read_past_memory(fd, first, buffer, BLOCK);

	if (n > 0 && last > first)
		n = read_past_memory(fd, last, buffer, BLOCK);
	/* 0: shorter than it says. */
	return n < 0 ? (int)n : n == 0 ? -EIO : 0;
}

static int look(struct context *ctx, struct set_source *source, const char *name, bool touch, struct member_state *ret)
{
	AUTO_FREE void *buffer = NULL;
	AUTO_CLOSE int fd = -1;
	struct opened opened;
	int r;

	if (!source->type->open)
		return source->type->look ? source->type->look(ctx, source, name, touch, ret) : -EOPNOTSUPP;
	fd = open_file(source, name, &opened, &buffer, BLOCK);
	if (fd < 0)
		return fd;
	r = describe(&opened, ret);
	return r == 0 && touch && opened.size > 0 ? touch_ends(fd, &opened, buffer) : r;
}

int source_look(struct context *ctx, struct set_source *source, const char *name, struct member_state *ret)
{
	return look(ctx, source, name, false, ret);
}

int source_touch(struct context *ctx, struct set_source *source, const char *name, struct member_state *ret)
{
	return look(ctx, source, name, true, ret);
}

/* Nothing of a server's is kept in memory here. */
static int digest_loaded(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, char hex[DIGEST_HEX])
{
	AUTO_FREE void *data = NULL;
	size_t length = 0;
	int r = source_load(ctx, source, name, limit, &data, &length);

	return r < 0 ? r : digest_buffer(data, length, hex);
}

/* Those of the N bytes read at AT that are of the member. */
static void digest_piece(struct digest *digest, const struct opened *opened, const char *bytes, uint64_t at, size_t n)
{
	uint64_t begin = at > opened->offset ? at : opened->offset, end = at + n;

	if (end > opened->offset + opened->size)
		end = opened->offset + opened->size;
	if (begin < end)
		digest_update(digest, bytes + (begin - at), (size_t)(end - begin));
}

int source_digest(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, char hex[DIGEST_HEX])
{
	AUTO_DIGEST struct digest *digest = NULL;
	AUTO_FREE void *buffer = NULL;
	AUTO_CLOSE int fd = -1;
	struct opened opened;
	uint64_t at;
	ssize_t n;

	if (!source->type->open)
		return digest_loaded(ctx, source, name, limit, hex);
	fd = open_file(source, name, &opened, &buffer, PIECE);
	if (fd < 0 || !(digest = digest_new()))
		return fd < 0 ? fd : -ENOMEM;
	at = opened.offset / BLOCK * BLOCK;
	do {
		n = read_past_memory(fd, (off_t)at, buffer, PIECE);
		if (n > 0)
			digest_piece(digest, &opened, buffer, at, (size_t)n);
		at += n > 0 ? (uint64_t)n : 0;
	} while (n == (ssize_t)PIECE && at < opened.offset + opened.size && at - opened.offset <= limit);
	if (n < 0)
		return (int)n;
	digest_finish(digest, hex);
	return 0;
}

static void stamp_member(struct context *ctx, struct set_source *source, struct digest *digest, const char *name)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct member_state state = { 0 };
	int64_t changed[2];

	if (source_look(ctx, source, name, &state) < 0)
		state = (struct member_state){ 0 };
	changed[0] = state.changed.tv_sec;
	changed[1] = state.changed.tv_nsec;
	digest_update(digest, state.version, sizeof(state.version));
	digest_update(digest, changed, sizeof(changed));
}

int source_stamp(struct context *ctx, struct set_source *source, size_t segments, char hex[DIGEST_HEX])
{
	static const char *const members[] = { MANIFEST_NAME, SEGMENT_TABLE_NAME, INDEX_NAME };
	AUTO_DIGEST struct digest *digest = digest_new();
	/* Of a server each is a question of its own: some are asked about. */
	size_t step = source->type->open ? 1 : segments / STAMPED + 1;

	if (!digest)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
		stamp_member(ctx, source, digest, members[i]);
	for (size_t i = 0; i < segments; i += step) {
		struct segment segment = { .number = (uint32_t)i };

		stamp_member(ctx, source, digest, segment_name(&segment).text);
	}
	digest_finish(digest, hex);
	return 0;
}
