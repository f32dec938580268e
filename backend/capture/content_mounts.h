/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounted filesystems whose files are captured, but that lie on nothing the layout knows: each becomes a line of what will not come back as it was.
 */
#ifndef LIFEBOAT_CAPTURE_CONTENT_MOUNTS_H
#define LIFEBOAT_CAPTURE_CONTENT_MOUNTS_H

#include <stdbool.h>

struct capture;

/* Whether what is mounted at PATH (absolute) is walked into. */
bool content_is_walked(const struct capture *capture, const char *path);
/* 0, -ENOMEM, or -errno with a sentence. */
int content_mounts_tell(struct capture *capture);

#endif
