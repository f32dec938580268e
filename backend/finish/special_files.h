/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fifos, devices and sockets where the programs that make a system bootable read and write: on a fifo they would hang, and a device they
 * would write to.
 */
#ifndef LIFEBOAT_FINISH_SPECIAL_FILES_H
#define LIFEBOAT_FINISH_SPECIAL_FILES_H

#include "../core/macro.h"
#include "job.h"

/* Looks through those places, through symbolic links as programs inside the tree would follow them. 1 when there are such files, and the
 * job was told that the system cannot be made bootable because of them; 0; -errno. The tree is entered. */
MUST_CHECK int special_files_tell(struct finish_job *job);
/* True when DIRECTORY (relative), a directory on the way to it, or anything in it is a symbolic link or is unreadable. A program outside
 * the tree would follow it out of the tree. One that is missing has none. */
bool special_files_has_links(int root_fd, const char *directory);

#endif
