/* Whether the kernels of a set have the drivers that the disks here need, found out before anything is erased: from the names of their
 * modules in the index, and from their own lists of what is built in.
 */
#ifndef LIFEBOAT_FINISH_DRIVERS_FORESEE_H
#define LIFEBOAT_FINISH_DRIVERS_FORESEE_H

#include "../core/macro.h"
#include "../plan/plan.h"
#include "../set/set.h"

/* Why the system that PLAN restores could not reach its root filesystem here: a new sentence in *RET, NULL when nothing stands in the
 * way, or when the set has no kernel that could be judged. 0, or -errno with a sentence when the set cannot be read. */
MUST_CHECK int drivers_foresee(struct context *ctx, struct set *set, const struct plan *plan, char **ret);

#endif
