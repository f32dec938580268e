/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that make up the plan share among themselves. */
#ifndef LIFEBOAT_PLAN_PLAN_PARTS_H
#define LIFEBOAT_PLAN_PLAN_PARTS_H

#include "../core/macro.h"
#include "plan.h"

/* plan_build() without the actions' checks and the digest. */
int plan_list(struct context *ctx, const struct layout *captured, json_t *wishes, const struct start *start, struct layout *present,
	      struct disk_map *map, const char *root, struct plan **ret);
/* The sentence of an action, valid UTF-8. New string; NULL when out of memory. */
char *plan_action_text(const struct plan *plan, const struct action *action);
/* Fills plan->digest. 0 or -ENOMEM with a sentence. */
MUST_CHECK int plan_compute_digest(struct context *ctx, struct plan *plan);

#endif
