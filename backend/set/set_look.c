/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the files of a set are still there and can be read: asked of the medium itself, because memory may hold what was read of a disc that
 * is no longer in its drive.
 */
#include "set_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/digest.h"
#include "manifest.h"

#define BLOCK 4096u          /* for O_DIRECT: no device has larger blocks */
#define PIECE (256u << 10)
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

static int open_file(struct set_source *source, const char *name, struct stat *st, void **ret_buffer, size_t length)
{
	int fd = source->type->open(source, name, st), r;

	if (fd < 0)
		return fd;
	r = posix_memalign(ret_buffer, BLOCK, length);
	if (r == 0)
		return fd;
	close(fd);
	return -r;
}

int source_stat(struct set_source *source, const char *name, struct stat *ret)
{
	AUTO_CLOSE int fd = source->type->open ? source->type->open(source, name, ret) : -EOPNOTSUPP;

	return fd < 0 ? fd : 0;
}

int source_touch(struct set_source *source, const char *name, struct stat *ret)
{
	AUTO_FREE void *buffer = NULL;
	AUTO_CLOSE int fd = open_file(source, name, ret, &buffer, BLOCK);
	off_t last = fd < 0 ? 0 : (ret->st_size - 1) / BLOCK * BLOCK;
	ssize_t n = fd < 0 ? fd : ret->st_size > 0 ? read_past_memory(fd, 0, buffer, BLOCK) : 0;

	if (n > 0 && last > 0)
		n = read_past_memory(fd, last, buffer, BLOCK);
	/* Shorter than it says. */
	return n < 0 ? (int)n : n == 0 && ret->st_size > 0 ? -EIO : 0;
}

int source_digest(struct set_source *source, const char *name, uint64_t limit, char hex[DIGEST_HEX])
{
	AUTO_DIGEST struct digest *digest = digest_new();
	AUTO_FREE void *buffer = NULL;
	struct stat st;
	AUTO_CLOSE int fd = open_file(source, name, &st, &buffer, PIECE);
	off_t offset = 0;
	ssize_t n;

	if (fd < 0 || !digest)
		return fd < 0 ? fd : -ENOMEM;
	do {
		n = read_past_memory(fd, offset, buffer, PIECE);
		if (n > 0)
			digest_update(digest, buffer, (size_t)n);
		offset += n > 0 ? n : 0;
	} while (n == (ssize_t)PIECE && (uint64_t)offset <= limit);
	if (n < 0)
		return (int)n;
	digest_finish(digest, hex);
	return 0;
}

static void stamp_member(struct set_source *source, struct digest *digest, const char *name)
{
	struct { int64_t size, modified, modified_ns, changed, changed_ns; } row = { 0 };
	struct stat st;

	if (source_stat(source, name, &st) == 0) {
		row.size = st.st_size;
		row.modified = st.st_mtim.tv_sec;
		row.modified_ns = st.st_mtim.tv_nsec;
		row.changed = st.st_ctim.tv_sec;
		row.changed_ns = st.st_ctim.tv_nsec;
	}
	digest_update(digest, &row, sizeof(row));
}

int source_stamp(struct set_source *source, size_t segments, char hex[DIGEST_HEX])
{
	static const char *const members[] = { MANIFEST_NAME, SEGMENT_TABLE_NAME, INDEX_NAME };
	AUTO_DIGEST struct digest *digest = digest_new();

	if (!digest)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
		stamp_member(source, digest, members[i]);
	for (size_t i = 0; i < segments; i++) {
		struct segment segment = { .number = (uint32_t)i };

		stamp_member(source, digest, segment_name(&segment).text);
	}
	digest_finish(digest, hex);
	return 0;
}
