/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A btrfs on several devices as images: one of each device, or none at all. Each becomes a filesystem of the layout of its own, with the same UUID;
 * the kernel puts them together again, because every device says of itself which one it is.
 */
#ifndef LIFEBOAT_CAPTURE_IMAGES_SPREAD_H
#define LIFEBOAT_CAPTURE_IMAGES_SPREAD_H

#include <stdbool.h>

struct capture;
struct node;

/* Whether NODE is one, with all of its devices here. */
bool images_spread_is(const struct node *node);
/* Opens each of its devices and makes NODE that of the first. 1; 0 when one of them cannot be had as of one moment, and nothing is changed;
 * -errno. */
int images_spread_take(struct capture *capture, struct node *node);

#endif
