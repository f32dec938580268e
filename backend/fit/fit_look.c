/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a disk would mean for what was captured, before anybody chooses it. */
#include <errno.h>
#include <string.h>

#include "fit.h"
#include "fit_parts.h"
#include "sizes.h"

char *fit_shrink_text(const struct node *before, uint64_t size)
{
	AUTO_FREE char *what = node_describe(before), *new_size = bytes_print_size(size);
	AUTO_FREE char *used = bytes_print_size(before->used);

	if (!what || !new_size || !used)
		return NULL;
	return sentence("%s becomes smaller: %s, of which %s are in use", what, new_size, used);
}

/* Makes room for what is planned in beside it, and as much again as it uses stays free. What the files take is counted before anything is written
 * (restore/room.h). */
static bool gives_a_little(const struct solver *solver, const struct node *filesystem, uint64_t size)
{
	bool planned = false;

	for (size_t i = 0; i < solver->count; i++)
		planned |= solver->slots[i].partition && node_property(solver->slots[i].partition, PLANNED_PROPERTY);
	return planned && filesystem->used && filesystem->used <= size / 2;
}

static int add_shrink(struct fit_outlook *outlook, const struct solver *solver, const struct node *filesystem, uint64_t size)
{
	AUTO_FREE char *text = fit_shrink_text(filesystem, size);
	char *longer = !text ? NULL : outlook->shrinks ? sentence("%s; %s", outlook->shrinks, text) : strdup(text);

	if (!longer)
		return -ENOMEM;
	free(outlook->shrinks);
	outlook->shrinks = longer;
	outlook->doubtful |= !fit_is_certain(filesystem) && !gives_a_little(solver, filesystem, size);
	return 0;
}

/* What becomes of the filesystems on a solved disk. */
static int look_at_slots(const struct solver *solver, struct fit_outlook *ret)
{
	int r = 0;

	for (size_t i = 0; !r && i < solver->count; i++) {
		const struct slot *slot = &solver->slots[i];
		uint64_t old = slot->partition ? slot->partition->size : solver->captured_size;
		uint64_t now = slot->end - slot->start;

		if (slot->content && slot->content->type == NODE_FILESYSTEM && sizes_can_grow(solver->layout, slot->content) && now < old)
			r = add_shrink(ret, solver, slot->content, now < slot->content->size ? now : slot->content->size);
	}
	return r;
}

int fit_look(const struct layout *captured, const struct node *source, uint64_t size, uint32_t logical_sector,
	     struct fit_outlook *ret)
{
	CLEANUP(solver_done) struct solver solver = {
		.layout = captured, .captured_size = source->size, .size = size, .sector = logical_sector
	};
	struct node *disk = layout_find(captured, source->id);

	*ret = (struct fit_outlook){ 0 };
	if (!disk || solver_collect(&solver, disk))
		return -ENOMEM;
	if (!solver.count) {
		ret->needed = solver.sector;
		return 0;
	}
	for (size_t i = 0; i < solver.count; i++) {
		if (!solver.slots[i].content || !content_has_small_blocks(solver.slots[i].content, solver.sector))
			continue;
		ret->obstacle = content_small_blocks_text(solver.slots[i].content, solver.sector);
		return ret->obstacle ? 0 : -ENOMEM;
	}
	ret->too_small = solver_solve(&solver, &ret->needed) != 0;
	return ret->too_small ? 0 : look_at_slots(&solver, ret);
}

void fit_outlook_done(struct fit_outlook *outlook)
{
	free(outlook->shrinks);
	free(outlook->obstacle);
}

uint64_t fit_minimum(const struct layout *captured, const struct node *source, uint32_t logical_sector)
{
	CLEANUP(solver_done) struct solver solver = { .layout = captured, .captured_size = source->size, .size = source->size };
	struct node *disk = layout_find(captured, source->id);

	solver.sector = logical_sector ? logical_sector : source->disk.logical_sector;
	if (!disk || solver_collect(&solver, disk))
		return 0;
	if (!solver.count)
		return solver.sector;
	solver_realign(&solver);
	return solver_end(&solver) - solver_slack(&solver) + solver_tail(&solver);
}
