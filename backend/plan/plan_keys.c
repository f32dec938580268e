/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_keys.h"

#include "../storage/actions.h"
#include "../storage/luks_arguments.h"
#include "../storage/luks_keys.h"

const struct node *plan_container(const struct plan *plan, size_t i, enum container_fate *ret_fate)
{
	for (size_t at = 0; at < plan->count; at++) {
		const struct action *action = &plan->actions[at];

		if (action->type != &action_luks || i--)
			continue;
		*ret_fate = plan_keeps(plan, action) ? CONTAINER_KEPT : luks_has_header(action->node) ? CONTAINER_HEADER : CONTAINER_NEW;
		return action->node;
	}
	return NULL;
}

int plan_try_key(struct context *ctx, const struct plan *plan, const struct node *node, const char *header, size_t header_length, const char *key,
		 size_t length)
{
	return luks_keys_try(ctx, &plan->target, node, header, header_length, key, length);
}

int plan_give_key(struct plan *plan, const struct node *node, const char *key, size_t length, char *header, size_t header_length)
{
	return luks_keys_set(&plan->target, node->id, key, length, header, header_length);
}

int plan_enroll_key(struct context *ctx, const struct plan *plan, const struct node *node, int fd, uint64_t offset, uint64_t bytes)
{
	return luks_keys_enroll(ctx, &plan->target, node, &(struct luks_key_file){ fd, offset, bytes });
}
