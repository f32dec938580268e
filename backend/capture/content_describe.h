/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words for a part of the captured machine, by which its operator knows it. */
#ifndef LIFEBOAT_CAPTURE_CONTENT_DESCRIBE_H
#define LIFEBOAT_CAPTURE_CONTENT_DESCRIBE_H

#include "../layout/layout.h"

/* "/dev/sda3, ext4 filesystem "data", UUID 1234-ABCD, 20 GiB, 5 GiB used": which part of the machine NODE of LAYOUT is. New string; NULL
 * when out of memory. */
char *content_describe(const struct layout *layout, const struct node *node);
/* "/dev/sda3", "/dev/vg0/root", "/dev/mapper/cr_home": where people know NODE; a container as what it lies on. New string. */
char *content_device(const struct layout *layout, const struct node *node);

#endif
