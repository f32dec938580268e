/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of an ISO image: which file of this machine goes where, and in which order their data lie on the medium.
 */
#ifndef LIFEBOAT_IMAGE_GRAFTS_H
#define LIFEBOAT_IMAGE_GRAFTS_H

#include <stdint.h>

#include "../core/bytes.h"
#include "../core/context.h"

struct grafts {
	struct buffer paths;     /* xorriso's path list: a line "PATH ON THE MEDIUM=PATH HERE" each */
	struct buffer weights;   /* xorriso's weight list: a line "WEIGHT PATH ON THE MEDIUM" each */
	int64_t weight;          /* of the next file; the heavier, the nearer to the start */
	uint64_t bytes;          /* sum of the files' lengths */
};

/* Puts the file SOURCE onto the medium as NAME (absolute), after all that were put there before. 0 or -errno with a sentence. */
int grafts_add(struct context *ctx, struct grafts *grafts, const char *name, const char *source);
/* The same for TEXT, by way of a file in the directory WORK. *RET_PATH, when asked for, is that file's path, a new string. */
int grafts_add_text(struct context *ctx, struct grafts *grafts, const char *work, const char *name, const char *text,
		    char **ret_path);
void grafts_done(struct grafts *grafts);

#endif
