/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stream's way onto tapes. Only for stream.c. */
#ifndef LIFEBOAT_SINK_STREAM_TAPE_H
#define LIFEBOAT_SINK_STREAM_TAPE_H

#include "../core/location.h"
#include "../tape/tape_write.h"

/* The drive that LOCATION names, with an empty tape in it; its query may have "block=BYTES" and "boot=FILE":
 * the image of a disc that a machine is to start from, before the set. CTX must live as long. 0 or -errno with a sentence. */
MUST_CHECK int stream_tape_open(struct context *ctx, const struct location *location, struct tape_writer **ret);
/* All of the stream is on the tapes; tells how that went. 0 or -errno with a sentence. */
MUST_CHECK int stream_tape_finish(struct context *ctx, struct tape_writer *writer);

#endif
