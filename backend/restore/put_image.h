/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of images go onto devices, not into the tree. */
#ifndef LIFEBOAT_RESTORE_PUT_IMAGE_H
#define LIFEBOAT_RESTORE_PUT_IMAGE_H

#include "worker.h"

/* True for an image's part or directory that has no place in the tree, because images go onto devices. */
bool is_image_of(const struct extraction *work, const char *path);
/* Writes the present entry, a part at PATH, onto the device of its image; one whose image gets no device is skipped. As put_entry(). */
int put_image(struct worker *worker, const char *path);

#endif
