/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partitions get their solved places, of a disk or of an array. */
#include <errno.h>

#include "../stack/raid_arguments.h"
#include "fit.h"
#include "fit_parts.h"

static int fail_too_small(struct context *ctx, const struct solver *solver, uint64_t needed)
{
	AUTO_FREE char *needs = bytes_print_size(needed), *has = bytes_print_size(solver->size);
	AUTO_FREE char *name = node_describe(solver->disk);

	if (solver_is_cut_short(solver))
		return context_fail(ctx, ENOSPC, "%s are needed on the disk (%s), and its MBR partition table does not reach so far: choose a GPT for it",
				    needs ? needs : "", name ? name : "");
	return context_fail(ctx, ENOSPC, solver->disk->type == NODE_DISK ? N_("The target disk (%s) is too small: %s are needed, it has %s") :
						 N_("The %s would be too small for its partitions: they need %s, it would have %s"),
			    name ? name : "", needs ? needs : "", has ? has : "");
}

/* Writes the solved place of a slot into its partition. */
static void store_slot(const struct slot *slot)
{
	if (!slot->partition)
		return;
	slot->partition->partition.start = slot->start;
	slot->partition->size = slot->end - slot->start;
}

int fit_slots(struct context *ctx, struct solver *solver)
{
	uint64_t needed;
	int r = solver->count && solver_solve(solver, &needed) ? fail_too_small(ctx, solver, needed) : 0;

	for (size_t i = 0; !r && i < solver->count; i++)
		store_slot(&solver->slots[i]);
	return r;
}

int fit_array(struct context *ctx, const struct layout *wanted, struct layout *result, struct node *array)
{
	CLEANUP(solver_done) struct solver solver = { .layout = result, .size = array->size, .captured_size = layout_find(wanted, array->id)->size };
	AUTO_FREE char *why = NULL;

	if (!raid_can_make(array, &why))
		return 0;
	solver.sector = layout_sector_of(result, array);
	if (node_number_set(array, "logical_sector", solver.sector) || solver_collect(&solver, array))
		return context_oom(ctx);
	return fit_slots(ctx, &solver);
}
