/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filesystems on the captured disks that the machine does not show, or only in part: those that are not mounted, those of which only a
 * directory is bound somewhere, a btrfs of which only some subvolumes are mounted. Each is mounted where nobody sees it, and its files
 * go into the set below LAYOUT_UNMOUNTED, in a directory of its own. What another mount shows of a btrfs stays where it is seen.
 */
#ifndef LIFEBOAT_CAPTURE_UNMOUNTED_H
#define LIFEBOAT_CAPTURE_UNMOUNTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct capture;
struct unmounted;

/* Opens all of them, adds them to the capture's volumes, and to the layout where their files will lie; leaves out volumes that show a
 * part of them. One that cannot be mounted, was not unmounted cleanly, or would not be made again by the mkfs here, is captured as an image
 * (images.h); where that cannot be either, it becomes a line of what will not come back. 0 or -errno with a sentence. */
int unmounted_open(struct capture *capture, struct unmounted **ret);
void unmounted_close(struct unmounted *unmounted);

/* True when PATH (relative to the root) is a subvolume in such a filesystem that is captured where it is mounted. */
bool unmounted_shows(const struct unmounted *unmounted, const char *path);

/* What those use that nothing else shows, to measure progress by. */
void unmounted_used(const struct unmounted *unmounted, uint64_t *bytes, uint64_t *files);

#endif
