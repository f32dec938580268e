/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The index of a set whose place has it at one time only, kept. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../core/file.h"
#include "set_parts.h"

#define KEEP_BLOCK (1u << 20)
#define KEPT_IN_MEMORY (32u << 20) /* bytes; an index that is longer is kept in a file without a name */

/* It passes once, or is on one of several discs, and is wanted several times. */
int set_keep_index(struct context *ctx, struct set *set)
{
	uint64_t left = set->manifest->index_stored, offset = 0;
	AUTO_FREE char *buffer = malloc(KEEP_BLOCK);
	int r;
	AUTO_CLOSE int fd = left > KEPT_IN_MEMORY ? file_open_unnamed() : memfd_create("lifeboat-index", MFD_CLOEXEC);

	if (fd < 0 || !buffer)
		return context_oom(ctx);
	/* One byte more than there should be, for whoever reads it to find. */
	for (left++; left > 0;) {
		int n = patient_read(ctx, set->source, INDEX_NAME, offset, buffer, left < KEEP_BLOCK ? (size_t)left : KEEP_BLOCK);

		if (n == -ENOENT && source_is_stream(set->source))
			return context_fail(ctx, EBADMSG, "the stream does not hold %s after %s and before the segments", INDEX_NAME,
				SEGMENT_TABLE_NAME);
		if (n < 0)
			return context_fail(ctx, -n, "the index of the recovery set at %s cannot be read: %s", set->place, strerror(-n));
		if (n == 0)
			break;
		r = write_all(fd, buffer, (size_t)n);
		if (r < 0)
			return context_fail(ctx, -r, "the index of the recovery set %s, %llu bytes, cannot be kept in a file below TMPDIR, /var/tmp or /tmp: %s", set->place,
					    (unsigned long long)set->manifest->index_stored, strerror(-r));
		offset += (uint64_t)n;
		left -= (uint64_t)n;
	}
	set->index_fd = TAKE_FD(fd);
	return 0;
}
