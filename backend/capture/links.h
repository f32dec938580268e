/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Additional names of inodes that have several: they become hard links in the last segments. */
#ifndef LIFEBOAT_CAPTURE_LINKS_H
#define LIFEBOAT_CAPTURE_LINKS_H

struct capture;

/* After all files: names whose first one could not be saved become first themselves, then the rest is written as links. 0 or -errno with a
 * sentence. */
int links_write(struct capture *capture);

#endif
