/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One part of an image into a segment: reads what is no hole, finds zeros, names what cannot be read. */
#ifndef LIFEBOAT_CAPTURE_PACK_IMAGE_H
#define LIFEBOAT_CAPTURE_PACK_IMAGE_H

#include "segment_writer.h"

struct capture;
struct item;

/* Writes the entry of ITEM, a part, and its row. BUFFER is only room. 0 or -errno. */
int pack_image(struct capture *capture, struct segment_writer *writer, struct item *item, struct buffer *buffer);

#endif
