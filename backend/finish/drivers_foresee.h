/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the kernels of a set have the drivers that the disks here need, found out before anything is erased: from the names of their
 * modules in the index, and from their own lists of what is built in.
 */
#ifndef LIFEBOAT_FINISH_DRIVERS_FORESEE_H
#define LIFEBOAT_FINISH_DRIVERS_FORESEE_H

#include "../core/macro.h"
#include "../plan/plan.h"
#include "../set/index.h"
#include "../set/set.h"

/* What a plan needs, and what the kernels of a set have of it. */
struct drivers_foresight;

/* For PLAN. 0 or -ENOMEM with a sentence. */
MUST_CHECK int drivers_foresight_new(struct context *ctx, const struct plan *plan, struct drivers_foresight **ret);
/* Takes NULL. */
void drivers_foresight_free(struct drivers_foresight *foresight);
static inline void cleanup_drivers_foresight(struct drivers_foresight **foresight)
{
	drivers_foresight_free(*foresight);
}
/* For every row of the set's index (struct index_visitor; DATA is the foresight). 0 or -ENOMEM. */
int drivers_foresight_row(void *data, const struct index_row *row);
/* Once it has seen all rows: why the system that the plan restores could not reach its root filesystem here: a new sentence in *RET, NULL when
 * nothing stands in the way, or when the set has no kernel that could be judged. 0, or -errno with a sentence when the set cannot be read. */
MUST_CHECK int drivers_foresee(struct context *ctx, struct set *set, struct drivers_foresight *foresight, char **ret);

#endif
