/* Checks a whole set: manifest, index, every segment's digest, and that what the segments hold is what the index says: names, types,
 * modes, owners, times, link targets, attributes, content.
 */
#ifndef LIFEBOAT_SET_VERIFY_H
#define LIFEBOAT_SET_VERIFY_H

#include "set.h"

struct verify_result {
	uint64_t segments, files, bytes; /* found good */
};

/* WORKERS: 0: one a core. 0 when all is well; else -errno with a sentence that names the first bad thing met, and nothing in
 * RESULT is to be relied on. Counts stored bytes on a progress step of its own. */
int set_verify(struct context *ctx, struct set *set, unsigned workers, struct verify_result *result);

#endif
