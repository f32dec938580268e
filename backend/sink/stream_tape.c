/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stream_tape.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"

#define BLOCK "block="

int stream_tape_open(struct context *ctx, const struct location *location, struct tape_writer **ret)
{
	struct tape_options options = { 0 };
	uint64_t block = 0;

	if (!*location->path)
		return context_fail(ctx, EINVAL, "Name the tape drive, as in tape:/dev/nst0; 'lifeboat tape status' lists the drives");
	if (location->query &&
	    (strncmp(location->query, BLOCK, strlen(BLOCK)) || !parse_u64(location->query + strlen(BLOCK), &block) || block > UINT32_MAX))
		return context_fail(ctx, EINVAL, "the length of records on tape is a number of bytes");
	options.block = (uint32_t)block;
	return tape_writer_open(ctx, location->path, &options, ret);
}

int stream_tape_finish(struct context *ctx, struct tape_writer *writer)
{
	struct tape_written written;
	AUTO_FREE char *rate = NULL;
	int r = tape_writer_finish(ctx, writer, &written);

	if (r < 0)
		return r;
	rate = bytes_print_size((uint64_t)written.rate);
	if (written.tapes > 1)
		context_info(ctx, "The recovery set is on %u tapes. Number them: a restore asks for them one after the other", written.tapes);
	if (written.underruns)
		context_info(ctx,
			     "The tape drive writes %s/s, and the data came more slowly: it stopped %u times and stood still for %.0f seconds. That wears tape and "
			     "drive; a lower --level or more --workers make a capture quicker",
			     rate ? rate : "?", written.underruns, written.waited);
	else
		context_info(ctx, "The tape drive was kept streaming, at %s/s", rate ? rate : "?");
	return 0;
}
