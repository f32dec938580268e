/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing of the boot archive: libarchive makes the newc stream, libzstd compresses it with several threads. And of the tar that becomes the tools
 * image. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

#include "../core/file.h"
#include "../core/progress.h"
#include "contents_entry.h"

/* Level 9: 19 makes the archive an eighth smaller and takes twenty times as long. The kernel unpacks windows up to 128 MiB
 * (lib/decompress_unzstd.c), but one of 8 MiB keeps early boot cheap. The number of threads does not change the bytes, so long
 * as there is at least one. */
#define ZSTD_LEVEL 9
#define ZSTD_WINDOW_LOG 23
#define BLOCK (1u << 20)

struct writer {
	struct context *ctx;
	struct archive *archive;
	ZSTD_CCtx *zstd;         /* NULL: what is written is not compressed */
	const struct contents *other; /* what it has is left out; NULL: nothing is */
	int fd;
	int error;               /* errno of the output, kept because libarchive only knows that writing failed */
	char *block, *compressed;
	struct contents_totals totals;
};

static int compress_out(struct writer *writer, const void *data, size_t length, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = { data, length, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { writer->compressed, BLOCK, 0 };
		int r;

		left = ZSTD_compressStream2(writer->zstd, &out, &in, end);
		if (ZSTD_isError(left))
			return writer->error = ENOMEM, -ENOMEM;
		r = write_all(writer->fd, out.dst, out.pos);
		if (r < 0)
			return writer->error = -r, r;
		writer->totals.compressed += out.pos;
	} while (end == ZSTD_e_end ? left > 0 : in.pos < in.size);
	return 0;
}

static la_ssize_t on_write(struct archive *archive, void *data, const void *block, size_t length)
{
	struct writer *writer = data;
	int r;

	if (writer->zstd) {
		r = compress_out(writer, block, length, ZSTD_e_continue);
	} else {
		r = write_all(writer->fd, block, length);
		writer->error = r < 0 ? -r : 0;
		writer->totals.compressed += length;
	}
	if (r < 0) {
		archive_set_error(archive, writer->error, "output");
		return -1;
	}
	return (la_ssize_t)length;
}

static int archive_failed(struct writer *writer, const char *path)
{
	int error = writer->error ? writer->error : archive_errno(writer->archive);

	if (writer->error)
		return writer->zstd ? context_fail(writer->ctx, error, "Cannot write the boot archive: %s", strerror(error)) :
				      context_fail(writer->ctx, error, "Cannot write the tools image: %s", strerror(error));
	if (!writer->zstd)
		return context_fail(writer->ctx, error > 0 ? error : EIO, "Cannot put %s into the tools image: %s", path,
				    archive_error_string(writer->archive));
	return context_fail(writer->ctx, error > 0 ? error : EIO, "Cannot put %s into the boot archive: %s", path,
			    archive_error_string(writer->archive));
}

static int copy_contents(struct writer *writer, const struct contents_entry *entry, int fd, uint64_t size)
{
	uint64_t done = 0;

	while (done < size) {
		size_t want = size - done < BLOCK ? (size_t)(size - done) : BLOCK;
		ssize_t got = read_full(fd, writer->block, want);
		int r = context_check_cancel(writer->ctx);

		if (r < 0)
			return r;
		if (got < 0)
			return context_fail(writer->ctx, (int)-got, "Cannot read %s: %s", entry->data, strerror((int)-got));
		if ((size_t)got < want)
			return context_fail(writer->ctx, EAGAIN, "%s became shorter while it was read; try again", entry->data);
		if (archive_write_data(writer->archive, writer->block, want) != (la_ssize_t)want)
			return archive_failed(writer, entry->path);
		done += want;
		progress_add(writer->ctx, want, 0);
	}
	writer->totals.bytes += size;
	return 0;
}

static int write_entry(void *data, const struct contents_entry *entry)
{
	struct writer *writer = data;
	struct archive_entry *header;
	AUTO_CLOSE int fd = -1;
	uint64_t size = entry->is_text ? strlen(entry->data) : 0;
	int r = 0;

	if (writer->other && entry->type != S_IFDIR && contents_has(writer->other, entry->path))
		return 0;
	header = archive_entry_new();
	if (!header)
		return context_oom(writer->ctx);
	if (entry->type == S_IFREG && !entry->is_text) {
		struct stat st;

		fd = open(entry->data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
			archive_entry_free(header);
			return context_fail(writer->ctx, errno ? errno : EINVAL, "Cannot read %s: %s", entry->data, strerror(errno));
		}
		size = (uint64_t)st.st_size;
	}
	archive_entry_copy_pathname(header, entry->path + 1);
	archive_entry_set_mode(header, entry->type | entry->mode);
	archive_entry_set_mtime(header, 0, 0);
	archive_entry_set_nlink(header, 1);
	archive_entry_set_size(header, (la_int64_t)size);
	if (entry->type == S_IFLNK)
		archive_entry_copy_symlink(header, entry->data);
	if (entry->type == S_IFCHR)
		archive_entry_set_rdev(header, entry->device);
	writer->totals.entries++;
	if (archive_write_header(writer->archive, header) != ARCHIVE_OK)
		r = archive_failed(writer, entry->path);
	else if (entry->is_text && archive_write_data(writer->archive, entry->data, size) != (la_ssize_t)size)
		r = archive_failed(writer, entry->path);
	else if (fd >= 0)
		r = copy_contents(writer, entry, fd, size);
	archive_entry_free(header);
	return r;
}

static int open_archive(struct writer *writer)
{
	writer->block = malloc(BLOCK);
	writer->archive = archive_write_new();
	if (!writer->block || !writer->archive)
		return context_oom(writer->ctx);
	if ((writer->zstd ? archive_write_set_format_cpio_newc(writer->archive) : archive_write_set_format_pax_restricted(writer->archive)) !=
		    ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(writer->archive, BLOCK) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(writer->archive, 1) != ARCHIVE_OK ||
	    archive_write_open(writer->archive, writer, NULL, on_write, NULL) != ARCHIVE_OK)
		return archive_failed(writer, "anything");
	return 0;
}

static int open_compressed(struct writer *writer)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int threads = processors < 1 ? 1 : processors > 16 ? 16 : (int)processors;

	writer->compressed = malloc(BLOCK);
	writer->zstd = ZSTD_createCCtx();
	if (!writer->compressed || !writer->zstd)
		return context_oom(writer->ctx);
	ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
	ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_windowLog, ZSTD_WINDOW_LOG);
	ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_nbWorkers, threads);
	return open_archive(writer);
}

/* R: of its opening. */
static int write_contents(struct writer *writer, int r, const struct contents *contents, struct contents_totals *totals)
{
	if (r == 0)
		r = contents_walk(contents, write_entry, writer);
	if (r == 0 && archive_write_close(writer->archive) != ARCHIVE_OK)
		r = archive_failed(writer, sentence_words(N_("its end")));
	if (r == 0 && writer->zstd && compress_out(writer, NULL, 0, ZSTD_e_end) < 0)
		r = archive_failed(writer, sentence_words(N_("its end")));
	archive_write_free(writer->archive);
	ZSTD_freeCCtx(writer->zstd);
	free(writer->block);
	free(writer->compressed);
	if (r == 0 && totals)
		*totals = writer->totals;
	return r;
}

int contents_write(struct context *ctx, const struct contents *contents, int fd, struct contents_totals *totals)
{
	struct writer writer = { .ctx = ctx, .fd = fd };

	return write_contents(&writer, open_compressed(&writer), contents, totals);
}

int contents_write_tar(struct context *ctx, const struct contents *contents, const struct contents *other, int fd, struct contents_totals *totals)
{
	struct writer writer = { .ctx = ctx, .fd = fd, .other = other };

	return write_contents(&writer, open_archive(&writer), contents, totals);
}
