/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bytes of a device are those of an image (layout/image.h), and putting holes onto a device. A map follows from the contents alone: of the
 * restored device it is the same as of the captured one.
 */
#ifndef LIFEBOAT_STORAGE_IMAGE_MAP_H
#define LIFEBOAT_STORAGE_IMAGE_MAP_H

#include "../core/context.h"
#include "../superblocks/block_map.h"

/* A device that an image is read from or written to. */
struct image_device {
	const struct node *node; /* the image, of the captured layout; borrowed */
	int fd;
	struct block_map used;   /* without bits: every byte counts */
};

/* Learns which blocks the content of DEVICE uses, from the content itself or from a program that knows it. 1: DEVICE->used has them; 0: every byte
 * counts, with the reason in *RET_WHY (may be NULL), a new sentence, or NULL where no content of this kind tells; -ENOMEM, or -ECANCELED with a
 * sentence. */
MUST_CHECK int image_map_read(struct context *ctx, struct image_device *device, char **ret_why);
/* The first bytes of the image from FROM on, and before END, that are no hole: *RET_START and *RET_LENGTH. Small holes count as used. False: there
 * are none. */
bool image_map_run(const struct image_device *device, uint64_t from, uint64_t end, uint64_t *ret_start, uint64_t *ret_length);
/* Makes LENGTH bytes at OFFSET zeros. 0 or -errno. */
int image_put_zeros(const struct image_device *device, uint64_t offset, uint64_t length);

/* The device in DEVICES (ended by one without a node) that PATH is a part for, by the NAME of its image; *RET_PART: which part. NULL: none. */
const struct image_device *image_device_of(const struct image_device *devices, const char *path, uint64_t *ret_part);
/* Brings what was written to DEVICES (NULL: none) to them. 0, or -errno with a sentence. */
MUST_CHECK int image_devices_sync(struct context *ctx, const struct image_device *devices);
/* Closes all of them. Takes NULL. */
void image_devices_free(struct image_device *devices);
static inline void cleanup_image_devices(struct image_device **devices)
{
	image_devices_free(*devices);
}
#define AUTO_IMAGE_DEVICES CLEANUP(cleanup_image_devices)

#endif
