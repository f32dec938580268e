/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iso_set_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/progress.h"
#include "../set/index.h"

#define PIECE (1u << 20)
#define SPARE (64u << 20) /* for what else is made there */

static int fail_write(struct context *ctx, const char *name, int r)
{
	return r < 0 ? context_fail(ctx, -r, "the set's member %s cannot be copied into the work directory: %s", name, strerror(-r)) : 0;
}

/* DATA as the new file NAME below the open directory FD. */
static int write_member(struct context *ctx, int fd, const char *name, const void *data, size_t length)
{
	AUTO_CLOSE int file = openat(fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fail_write(ctx, name, file < 0 ? -errno : write_all(file, data, length));
}

/* A member that is read piece by piece, up to its end or LIMIT bytes. */
static int copy_pieces(struct context *ctx, struct set *set, int fd, const struct lines_member *member, uint64_t limit)
{
	AUTO_CLOSE int file = openat(fd, member->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	AUTO_FREE char *piece = malloc(PIECE);
	uint64_t done = 0;
	int n = 1;

	if (file < 0)
		return fail_write(ctx, member->name, -errno);
	if (!piece)
		return context_oom(ctx);
	while (n > 0 && done < limit) {
		int r;

		n = set_member_read(ctx, set, member, done, piece, limit - done < PIECE ? (size_t)(limit - done) : PIECE);
		if (n < 0)
			return n;
		r = fail_write(ctx, member->name, write_all(file, piece, (size_t)n));
		if (r == 0)
			r = context_check_cancel(ctx);
		if (r < 0)
			return r;
		done += (uint64_t)n;
	}
	return 0;
}

static int check_room(struct context *ctx, const struct manifest *manifest, int fd, const char *directory)
{
	AUTO_FREE char *needed_text = NULL, *free_text = NULL;
	uint64_t needed = SPARE + manifest->index_stored + manifest->table_stored;
	struct statvfs space;

	for (size_t i = 0; i < manifest->segment_count; i++)
		needed += manifest->segments[i].stored;
	if (fstatvfs(fd, &space) < 0 || (uint64_t)space.f_bavail * space.f_frsize >= needed)
		return 0;
	needed_text = bytes_print_size(needed);
	free_text = bytes_print_size((uint64_t)space.f_bavail * space.f_frsize);
	return context_fail(ctx, ENOSPC,
			    "A set that lies on a server is copied here first: %s are needed in %s, and %s are free; name a directory with more room in "
			    "the variable TMPDIR", needed_text ? needed_text : "?", directory, free_text ? free_text : "?");
}

static int copy_checked(struct context *ctx, struct set *set, int fd)
{
	const struct manifest *manifest = set_manifest(set);
	int r = 0;

	if (manifest->attachment_count && mkdirat(fd, ATTACHMENTS_NAME, 0700) < 0)
		r = fail_write(ctx, ATTACHMENTS_NAME, -errno);
	for (size_t i = 0; r == 0 && i < manifest->attachment_count; i++) {
		AUTO_FREE char *name = text_format(ATTACHMENTS_NAME "/%s", manifest->attachments[i].name);
		AUTO_FREE void *data = NULL;

		r = name ? set_attachment_load(ctx, set, &manifest->attachments[i], &data) : context_oom(ctx);
		if (r == 0)
			r = write_member(ctx, fd, name, data, manifest->attachments[i].stored);
	}
	if (r == 0 && mkdirat(fd, "segments", 0700) < 0)
		r = fail_write(ctx, "segments", -errno);
	for (size_t i = 0; r == 0 && i < manifest->segment_count; i++) {
		AUTO_FREE void *data = NULL;

		r = set_segment_load(ctx, set, &manifest->segments[i], &data);
		if (r == 0)
			r = write_member(ctx, fd, segment_name(manifest->segments + i).text, data, manifest->segments[i].stored);
		if (r == 0)
			r = context_check_cancel(ctx);
	}
	return r;
}

int iso_set_copy(struct context *ctx, struct set *set, const char *directory)
{
	const struct manifest *manifest = set_manifest(set);
	const struct lines_member whole = { .name = MANIFEST_NAME, .what = N_("manifest") };
	const struct lines_member table = { .name = SEGMENT_TABLE_NAME, .what = N_("table of segments"), .stored = manifest->table_stored };
	const struct lines_member index = { .name = INDEX_NAME, .what = N_("index"), .stored = manifest->index_stored };
	AUTO_CLOSE int fd = mkdir(directory, 0700) < 0 ? -1 : open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? fail_write(ctx, directory, -errno) : check_room(ctx, manifest, fd, directory);

	if (r == 0)
		context_info(ctx, "copying the set from %s into the work directory", set_place(set));
	if (r == 0)
		r = copy_pieces(ctx, set, fd, &table, manifest->table_stored);
	if (r == 0)
		r = copy_checked(ctx, set, fd);
	if (r == 0)
		r = copy_pieces(ctx, set, fd, &index, manifest->index_stored);
	return r == 0 ? copy_pieces(ctx, set, fd, &whole, MANIFEST_LIMIT) : r;
}
