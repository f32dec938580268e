/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file that is made: written beside its place under another name, moved there only when whole. And the directory for
 * what is needed on the way.
 */
#ifndef LIFEBOAT_IMAGE_OUTPUT_H
#define LIFEBOAT_IMAGE_OUTPUT_H

#include "../core/context.h"

struct output {
	const char *path;        /* borrowed */
	char *temporary;         /* NULL: nothing to remove */
	int fd;                  /* of the temporary file, or -1 */
};
#define OUTPUT_NONE { .fd = -1 }

/* Makes the temporary file; a private one is for its owner only, whatever the umask allows. 0 or -errno with a sentence. */
int output_open(struct context *ctx, const char *path, bool is_private, struct output *ret);
/* Syncs the temporary file and moves it to its place. 0 or -errno with a sentence. */
int output_commit(struct context *ctx, struct output *output);
/* Removes what was not committed. */
void output_done(struct output *output);
#define AUTO_OUTPUT CLEANUP(output_done)

/* A new directory below $TMPDIR, or /var/tmp. 0 or -errno with a sentence. */
int work_directory(struct context *ctx, char **ret);
/* Removes it and all below, and frees the string. */
void work_done(char **path);
#define AUTO_WORK CLEANUP(work_done)

#endif
