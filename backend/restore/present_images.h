/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The images of a set, looked for on the disks that are here and opened for reading, so that they can be compared.
 */
#ifndef LIFEBOAT_RESTORE_PRESENT_IMAGES_H
#define LIFEBOAT_RESTORE_PRESENT_IMAGES_H

#include "../core/macro.h"
#include "../storage/image_map.h"

struct present_images {
	struct layout *captured; /* a copy: the set may be closed and opened again */
	struct image_device *devices; /* ended by one without a node */
	char **missing;          /* sentences, without a full stop: what is not here or cannot be read, and so is not compared */
};

/* Finds each image of CAPTURED among PRESENT (NULL: none is) by kind and UUID, or by the partition, array, container or volume that it lies on, be
 * that up or not. 0 or -errno with a sentence; RET is released by present_images_done() in any case. */
MUST_CHECK int present_images_open(struct context *ctx, const struct layout *captured, const struct layout *present, struct present_images *ret);
void present_images_done(struct present_images *images);

#endif
