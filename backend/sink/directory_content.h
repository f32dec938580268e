/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies in a directory that a set is written into, and the removing of what a capture wrote there. */
#ifndef LIFEBOAT_SINK_DIRECTORY_CONTENT_H
#define LIFEBOAT_SINK_DIRECTORY_CONTENT_H

#include <time.h>

/* The rest of a capture has segments/ or a claim, no manifest, and nothing that a capture does not make. */
enum directory_content { CONTENT_NOTHING, CONTENT_REST, CONTENT_OTHER };

/* What the directory FD holds, or -errno. */
int directory_look(int fd);
/* Removes what a capture makes in FD. Threads that still write make new segments until their directory is gone. */
void directory_empty(int fd);
/* When anything was written there last, by the clock of its filesystem; 0: nothing is there. */
time_t directory_newest(int fd);

/* Every file that a capture made is on the disk: segments - at least COUNT of them -, attachments, tables, and the directories. 0 or -errno. */
int directory_sync(int fd, unsigned count);

#endif
