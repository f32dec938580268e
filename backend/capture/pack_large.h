/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packs one piece of a large file into a segment. */
#ifndef LIFEBOAT_CAPTURE_PACK_LARGE_H
#define LIFEBOAT_CAPTURE_PACK_LARGE_H

#include "job.h"
#include "segment_writer.h"

struct capture;

/* ITEM is a piece of a large file; BUFFER is the packer's own. 0 or -errno. */
int pack_large(struct capture *capture, struct segment_writer *writer, const struct item *item, struct buffer *buffer);

#endif
