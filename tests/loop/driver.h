/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the drivers of loop tests share: a plan of a layout in a file, with the changes in the file that WISHES names, onto block devices. */
#ifndef LIFEBOAT_TESTS_LOOP_DRIVER_H
#define LIFEBOAT_TESTS_LOOP_DRIVER_H

#include <string.h>

#include "../../backend/plan/plan.h"
#include "../../backend/probe/probe.h"
#include "../../backend/wanted/wishes.h"

/* The captured disks get the TARGETS (NULL-ended) in their order; those beyond get none. */
static inline struct disk_map *driver_map(const struct layout *captured, const struct layout *present, const char *const *targets)
{
	struct disk_map *map = calloc(1, sizeof(*map));

	map->pairs = calloc(captured->count, sizeof(*map->pairs));
	map->certain = true;
	for (size_t i = 0; i < captured->count; i++) {
		struct disk_pair *pair = &map->pairs[map->count];

		if (captured->nodes[i]->type != NODE_DISK)
			continue;
		pair->source = strdup(captured->nodes[i]->id);
		for (size_t k = 0; *targets && k < present->count; k++)
			if (present->nodes[k]->type == NODE_DISK && present->nodes[k]->device && !strcmp(present->nodes[k]->device, *targets))
				pair->target = strdup(present->nodes[k]->id);
		targets += *targets != NULL;
		map->count++;
	}
	return map;
}

/* Plans the layout in FILE onto TARGETS, to be mounted at ROOT. The caller frees *CAPTURED. 0 or -errno. */
static inline int driver_plan(struct context *ctx, const char *file, const char *const *targets, const char *root, struct layout **captured,
			      struct plan **ret)
{
	struct probe_options options = { .devices = targets, .only_devices = true };
	AUTO_LAYOUT struct layout *wanted = NULL;
	struct layout *present = NULL;
	json_auto_t *json = json_load_file(file, 0, NULL), *wishes = getenv("WISHES") ? json_load_file(getenv("WISHES"), 0, NULL) : json_object();
	int r = layout_from_json(ctx, json, captured);

	if (!r)
		r = wishes_apply(ctx, wishes, *captured, &wanted);
	if (!r)
		r = layout_probe(ctx, &options, &present);
	return r ? r : plan_build(ctx, *captured, wishes, NULL, present, driver_map(wanted, present, targets), root, ret);
}

#endif
