/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One device that becomes an image: opened so that it is of one moment, and described in the layout. */
#ifndef LIFEBOAT_CAPTURE_IMAGE_TAKE_H
#define LIFEBOAT_CAPTURE_IMAGE_TAKE_H

#include <stdbool.h>
#include <stdint.h>

struct capture;
struct layout;
struct node;

/* Whether what an image lies on is there again after a restore. */
bool image_place_is_recreated(const struct layout *layout, const struct node *holder);
/* The device of NODE, which ends at *RET_END, alone and without a writer, so that an image of it is of one moment: a descriptor; -errno, with its
 * user, a new string, in *RET_WRITER where that is why. */
int image_open_still(const struct capture *capture, const struct node *node, char **ret_writer, uint64_t *ret_end);
/* Makes NODE, a filesystem, an image of the device open as FD, which ends at END, and adds it to capture->images, which FD belongs to then; it is
 * closed in any case. 0 or -errno. */
int image_take(struct capture *capture, struct node *node, int fd, uint64_t end);

#endif
