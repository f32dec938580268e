/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../core/bytes.h"

/* Beside what a trial writes. */
#define SPARE (32ULL << 20)

/* 0 or -errno. */
static int open_below(const char *directory, uint64_t size, struct scratch *ret)
{
	int r = 0;

	ret->path = text_format("%s/lifeboat-trial-XXXXXX", directory);
	if (!ret->path)
		return -ENOMEM;
	ret->fd = mkostemp(ret->path, O_CLOEXEC);
	if (ret->fd < 0) {
		r = -errno;
		free(TAKE_POINTER(ret->path));
	} else if (ftruncate(ret->fd, (off_t)size) < 0) {
		r = -errno;
		scratch_done(ret);
	}
	return r;
}

/* Whether WRITTEN bytes fit below DIRECTORY. A root in memory (ramfs) counts no blocks. */
static bool has_room(const char *directory, uint64_t written)
{
	struct statvfs status;

	return statvfs(directory, &status) == 0 &&
	       (!status.f_blocks || (uint64_t)status.f_bavail * status.f_frsize >= written + SPARE);
}

int scratch_open(struct context *ctx, uint64_t size, uint64_t written, struct scratch *ret)
{
	const char *wished = getenv("TMPDIR");
	const char *const places[] = { wished && *wished == '/' ? wished : "/tmp", "/tmp", "/dev/shm", "/run", "/var/tmp" };
	AUTO_FREE char *text = bytes_print_size(size), *needed = bytes_print_size(written + SPARE);
	int r = -ENOSPC;

	*ret = SCRATCH_NONE;
	if (size > INT64_MAX)
		return context_fail(ctx, EFBIG, "No disk has %s", text ? text : "?");
	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		if (!has_room(places[i], written))
			continue;
		r = open_below(places[i], size, ret);
		if (!r || r == -ENOMEM)
			break;
	}
	if (r)
		return context_fail(ctx, -r,
				    "What will be written to the target disk cannot be tried first, because no directory for "
				    "temporary files has %s free and takes a sparse file of %s: %s; name one in TMPDIR",
				    needed ? needed : "?", text ? text : "?", strerror(-r));
	return 0;
}

void scratch_done(struct scratch *scratch)
{
	if (scratch->fd >= 0)
		close(TAKE_FD(scratch->fd));
	if (scratch->path)
		unlink(scratch->path);
	free(TAKE_POINTER(scratch->path));
}
