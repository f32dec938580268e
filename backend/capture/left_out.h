/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices that the operator leaves out (--exclude-device), with all that lies on them. The set says so: a line of "excluded" and a property of the
 * node, for plans.
 */
#ifndef LIFEBOAT_CAPTURE_LEFT_OUT_H
#define LIFEBOAT_CAPTURE_LEFT_OUT_H

#include <stdbool.h>

#include "../layout/layout.h"

struct capture;

/* Finds the devices of the options in the layout and marks them; what is mounted of them gets patterns of exclusion. -ENODEV with a sentence when
 * one is none of the captured machine, -EINVAL when the root lies on it. */
int left_out_find(struct capture *capture);
/* Whether NODE is on a device that is left out. */
bool left_out_has(const struct capture *capture, const struct node *node);

#endif
