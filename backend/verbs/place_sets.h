/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb "sets": the sets of a place, which of them rules keep, and the removing of the others. */
#ifndef LIFEBOAT_VERBS_PLACE_SETS_H
#define LIFEBOAT_VERBS_PLACE_SETS_H

#include <jansson.h>

#include "../core/context.h"

struct placed_sets;

/* How many of each machine's sets are kept, by docs/operators-guide.md, "Several sets in one place"; 0: that rule keeps none. */
struct placed_rules {
	unsigned last, daily, weekly, monthly, yearly;
};

/* Finds the sets in WHERE and in the folders below it, and decides by RULES (NULL: nothing goes) which of them go. With WRITE they can be removed.
 * PATIENCE: seconds for which a server may be silent before this fails; 0: 180, of SSH and S3 servers 30. 0 or -errno with a sentence. */
MUST_CHECK int placed_sets_find(struct context *ctx, const char *where, const struct placed_rules *rules, bool write, double patience,
				struct placed_sets **ret);
/* Whether WHERE is on a server, so that a process that writes there may be kept by the kernel when it ends. */
bool placed_sets_may_fall_silent(const char *where);
void placed_sets_free(struct placed_sets *placed);
static inline void cleanup_placed_sets(struct placed_sets **placed)
{
	placed_sets_free(*placed);
}
#define AUTO_PLACED_SETS CLEANUP(cleanup_placed_sets)

/* An array, new, by host, each host's newest first; NULL when out of memory:
 * {"name": its folder, escaped, "" the place itself, "state": "whole", "damaged" or "half", "id", "host", "label": texts where they are known, "created": RFC 3339,
 * of a half one when it was last written to, "age": seconds, "bytes", "stored": numbers, "why": a sentence of what is not whole, "kept": [rule], "goes",
 * "removed"}. */
json_t *placed_sets_describe(const struct placed_sets *placed);
/* Removes those that go. 0, or -errno with a sentence after all were tried. */
MUST_CHECK int placed_sets_prune(struct context *ctx, struct placed_sets *placed);

#endif
