/* Reads a whole set before anything is erased for it. */
#ifndef LIFEBOAT_BOOT_SET_CHECK_H
#define LIFEBOAT_BOOT_SET_CHECK_H

#include "../set/set.h"

/* Loads every segment and the index, two at a time, and throws them away again: length and digest of each are checked. Counts on
 * the progress step "manifest". 0, or -errno with a sentence that names the damaged segment. */
int set_check(struct context *ctx, struct set *set);

#endif
