/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place_sets.h"

#include <string.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../places/sets.h"

struct placed_sets {
	struct sets *sets;
};

int placed_sets_find(struct context *ctx, const char *where, const struct placed_rules *rules, bool write, double patience,
		     struct placed_sets **ret)
{
	struct placed_sets *placed = calloc(1, sizeof(*placed));
	int r = placed ? sets_find(ctx, where, write, patience, &placed->sets) : context_oom(ctx);

	if (r == 0 && rules) {
		const struct retention retention = {
			.counts = { [KEEP_LAST] = rules->last, [KEEP_DAILY] = rules->daily, [KEEP_WEEKLY] = rules->weekly,
				    [KEEP_MONTHLY] = rules->monthly, [KEEP_YEARLY] = rules->yearly },
		};

		r = sets_judge(placed->sets, &retention, (time_t)clock_wall()) < 0 ? context_oom(ctx) : 0;
	}
	if (r < 0)
		placed_sets_free(placed);
	else
		*ret = placed;
	return r;
}

bool placed_sets_may_fall_silent(const char *where)
{
	return place_may_fall_silent(where);
}

void placed_sets_free(struct placed_sets *placed)
{
	if (placed)
		sets_free(placed->sets);
	free(placed);
}

static json_t *describe(const struct known_set *set, time_t now)
{
	static const char *const states[] = { [SET_WHOLE] = "whole", [SET_DAMAGED] = "damaged", [SET_HALF] = "half" };
	AUTO_FREE char *name = bytes_escape(set->folder, strlen(set->folder));
	json_t *kept = json_array();
	char created[RFC3339_SIZE];

	clock_rfc3339(set->created, created);
	for (int rule = 0; rule < KEEP_RULES; rule++)
		if (set->kept & 1u << rule)
			json_array_append_new(kept, json_string(retention_names[rule]));
	return json_pack("{ss, ss, ss*, ss*, ss*, ss*, sI, sI, sI, ss*, so, sb, sb}", "name", name ? name : "", "state", states[set->state], "id", set->id,
			 "host", set->host, "label", set->label, "created", set->created ? created : NULL, "age",
			 (json_int_t)(set->created && now > set->created ? now - set->created : 0), "bytes", (json_int_t)set->bytes, "stored",
			 (json_int_t)set->stored, "why", set->why, "kept", kept, "goes", (int)set->goes, "removed", (int)set->removed);
}

json_t *placed_sets_describe(const struct placed_sets *placed)
{
	time_t now = (time_t)clock_wall();
	json_t *array = json_array();

	for (size_t i = 0; array && i < placed->sets->count; i++)
		if (json_array_append_new(array, describe(&placed->sets->sets[i], now)) < 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

int placed_sets_prune(struct context *ctx, struct placed_sets *placed)
{
	return sets_prune(ctx, placed->sets);
}
