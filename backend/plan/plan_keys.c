/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_keys.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../core/file.h"
#include "../layout/stretch.h"
#include "../stack/luks_arguments.h"
#include "../stack/luks_slots.h"
#include "../storage/actions.h"
#include "../storage/luks_keys.h"

#define HEADER_MOST (64ULL << 20)

const struct node *plan_container(const struct plan *plan, size_t i, enum container_fate *ret_fate)
{
	for (size_t at = 0; at < plan->count; at++) {
		const struct action *action = &plan->actions[at];

		if (action->type != &action_luks || i--)
			continue;
		*ret_fate = luks_has_header(action->node) ? CONTAINER_HEADER : plan_keeps(plan, action) ? CONTAINER_KEPT : CONTAINER_NEW;
		return action->node;
	}
	return NULL;
}

/* The container of PRESENT that NODE is. */
static const struct node *present_of(const struct plan *plan, const struct node *node)
{
	const struct layout *present = plan->target.present;

	for (size_t i = 0; i < present->count; i++)
		if (present->nodes[i]->type == NODE_LUKS && present->nodes[i]->uuid && node->uuid && !strcmp(present->nodes[i]->uuid, node->uuid))
			return present->nodes[i];
	return NULL;
}

char *plan_read_header(const struct plan *plan, const struct node *node, size_t *ret_length)
{
	const struct node *here = present_of(plan, node), *on = here ? layout_find(plan->target.present, here->on[0]) : NULL;
	uint64_t length = here ? node_number(here, "payload_offset") : 0;
	struct stretch stretch = { 0 };
	bool known = on && layout_stretch(plan->target.present, on, &stretch) && stretch.holder->device;
	AUTO_CLOSE int fd = known ? open(stretch.holder->device, O_RDONLY | O_CLOEXEC) : -1;
	char *header = fd >= 0 && length && length <= HEADER_MOST ? malloc(length) : NULL;

	if (header && read_full_at(fd, header, length, stretch.start) == (ssize_t)length) {
		*ret_length = length;
		return header;
	}
	free(header);
	return NULL;
}

int plan_try_key(struct context *ctx, const struct plan *plan, const struct node *node, const char *header, size_t header_length, const char *key,
		 size_t length)
{
	return luks_slots_try(ctx, &plan->target, node, header, header_length, key, length);
}

int plan_give_key(struct plan *plan, const struct node *node, const char *key, size_t length, char *header, size_t header_length)
{
	return luks_keys_set(&plan->target, node->id, key, length, header, header_length);
}

int plan_enroll_key(struct context *ctx, const struct plan *plan, const struct node *node, int fd, uint64_t offset, uint64_t bytes)
{
	return luks_slots_enroll(ctx, &plan->target, node, &(struct luks_key_file){ fd, offset, bytes });
}
