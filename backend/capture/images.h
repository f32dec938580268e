/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the captured disks hold and nobody here reads file by file - NTFS, BitLocker, data without a known filesystem - goes into the set block by
 * block (layout/image.h). Each device is held open alone meanwhile, so that nothing is mounted of it and it is read as of one moment.
 */
#ifndef LIFEBOAT_CAPTURE_IMAGES_H
#define LIFEBOAT_CAPTURE_IMAGES_H

#include <stdint.h>

struct capture;
struct node;
struct walker;

/* Opens all of them into capture->images, and marks them in the layout; content without a name gets a node. One that is in use, or cannot be read,
 * becomes a line of what will not come back. 0 or -errno with a sentence. */
int images_open(struct capture *capture);
/* The same of NODE, a filesystem that is not mounted and whose files cannot be read as they are. 1; 0 when that cannot be, of which nothing is said;
 * -errno. */
int images_take(struct capture *capture, struct node *node);
/* What they take, to measure progress by. */
void images_used(const struct capture *capture, uint64_t *bytes, uint64_t *files);
/* Hands their parts over, and writes the directories for them. 0 or -errno. */
int images_walk(struct walker *walker);

#endif
