/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source of a set that is spread over several discs: one of them is open at a time, and reads go to it. Only for set*.c. */
#ifndef LIFEBOAT_SET_SET_DISCS_H
#define LIFEBOAT_SET_SET_DISCS_H

#include "set.h"
#include "set_source.h"
#include "discs.h"

/* Where SOURCE, opened at the directory or the image PATH, is one of several discs, it becomes the source of all. A directory that all of them were
 * copied into stays what it is. 0, -EBADMSG with a sentence in CTX, -errno. */
MUST_CHECK int source_spread(struct context *ctx, struct set_source *source, const char *path);
const struct discs *source_discs(const struct set_source *source);
/* Sees to it that the volume with the member NAME is open, and asks ASK for it (NULL: nobody is there to ask). By one thread at a time.
 * 0; -ENOMEDIUM with a sentence: it is not here; what ASK says. */
MUST_CHECK int source_bring(struct context *ctx, struct set_source *source, const char *name, set_ask_disc *ask, void *data);
/* The open one is let go of: what is wanted next is looked for again. */
void source_let_go(struct set_source *source);
/* Where the open volume lies, borrowed until another one is wanted; NULL: none is open. */
const char *source_disc_place(const struct set_source *source);
/* The directory that members are in, of the open disc or of the set; a new descriptor, or -1: in none. */
int source_directory(struct set_source *source);
/* The number of the open one; 0: none is. */
uint32_t source_disc_number(const struct set_source *source);

#endif
