/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "walk_directories.h"

#include <string.h>
#include <sys/statvfs.h>

#include "entry_metadata.h"
#include "pool.h"
#include "segment_writer.h"
#include "walk_ways.h"

/* Bytes of tar that a segment aims at: some 100 MiB compressed, of three million directories. */
#define SEGMENT_AIM (4ull << 30)
/* Bytes of tar of a directory: two headers, and records of a block. */
#define DIRECTORY_TAR (3u * PAX_BLOCK)
/* What lies in a filesystem that does not tell its inodes (btrfs): one for so many bytes. */
#define BYTES_AN_INODE 16384
/* For 180 million directories; more of them make the last segment larger. */
#define RESERVED_MAX 64

static uint64_t inodes_of(int fd)
{
	struct statvfs status;

	if (fstatvfs(fd, &status) < 0)
		return 0;
	return status.f_files ? status.f_files - status.f_ffree : (status.f_blocks - status.f_bfree) * status.f_frsize / BYTES_AN_INODE;
}

void walk_reserve(struct capture *capture)
{
	const struct volume *volume;
	uint64_t inodes = 0, segments;

	capture->directories_bytes = capture->options->directories_bytes ? capture->options->directories_bytes : SEGMENT_AIM;
	for (size_t i = 0; (volume = volumes_get(capture->volumes, i)); i++)
		if (volume->fd >= 0)
			inodes += inodes_of(volume->fd);
	segments = 1 + inodes / (capture->directories_bytes / DIRECTORY_TAR + 1);
	capture->directories_reserved = segments < RESERVED_MAX ? (uint32_t)segments : RESERVED_MAX;
}

int walk_begin_directories(struct walker *walker)
{
	return segment_begin(walker->directories, 0, SEGMENT_DIRECTORIES);
}

static int end_segment(struct walker *walker)
{
	struct segment segment = { 0 };
	uint32_t number = segment_number(walker->directories);
	int r = segment_end(walker->directories, &segment);

	return r < 0 ? r : pool_segment_done(walker->capture, number, &segment, segment_rows(walker->directories));
}

/* The next segment, when this one is large enough and a number is left. */
static int next_segment(struct walker *walker)
{
	uint32_t next = segment_number(walker->directories) + 1;
	int r;

	if (segment_tar_length(walker->directories) < walker->capture->directories_bytes || next == walker->capture->directories_reserved)
		return 0;
	r = end_segment(walker);
	return r < 0 ? r : segment_begin(walker->directories, next, SEGMENT_DIRECTORIES);
}

int walk_end_directories(struct walker *walker)
{
	int r = end_segment(walker);

	for (uint32_t next = segment_number(walker->directories) + 1; next < walker->capture->directories_reserved && r == 0; next++) {
		r = segment_begin(walker->directories, next, SEGMENT_DIRECTORIES);
		if (r == 0)
			r = end_segment(walker);
	}
	return r;
}

int walk_emit_directory(struct walker *walker, const char *path, const struct stat *st, int fd)
{
	CLEANUP(pax_entry_done) struct pax_entry entry = { .path = strdup(path) };
	struct buffer *rows = segment_rows(walker->directories);
	int r;

	if (!entry.path)
		return -ENOMEM;
	r = entry_take_stat(walker->capture, st, &entry);
	if (r == 0 && fd >= 0)
		r = entry_take_attributes(walker->capture, fd, NULL, &entry);
	if (r == 0)
		r = next_segment(walker);
	if (r == 0)
		r = segment_entry(walker->directories, &entry);
	if (r == 0)
		r = segment_entry_end(walker->directories);
	if (r == 0)
		r = segment_row(walker->directories, &entry, "", 0, false, segment_number(walker->directories), 1);
	if (r == 0 && rows->length > (1 << 20)) {
		r = tables_add_rows(walker->capture, TABLE_DIRECTORIES, rows);
		rows->length = 0;
	}
	walk_ways_emitted(walker->ways, path);
	return r;
}
