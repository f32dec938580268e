/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of sizes.h, and what its rows share. Only for sizes*.c.
 */
#ifndef LIFEBOAT_FIT_SIZES_PARTS_H
#define LIFEBOAT_FIT_SIZES_PARTS_H

#include "sizes.h"
#include "sizes_group.h"

#define MIB (1ULL << 20)

/* A size solver, for one type of node. */
struct size_rule {
	/* As sizes_minimum(): what lies on it needs, and what it keeps for itself. NULL: SIZE. */
	uint64_t (*minimum)(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector);
	/* NULL: never. */
	bool (*can_grow)(const struct layout *layout, const struct node *node);
	/* Sets the size of NODE, of RESULT, after what it lies on has its own. As sizes_carry(). NULL: it has no size, or another node sets it. */
	int (*carry)(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node);
};

extern const struct size_rule size_rule_raid, size_rule_pv, size_rule_vg, size_rule_lv;

static inline uint64_t align_up(uint64_t value, uint64_t step)
{
	return value / step * step + (value % step ? step : 0);
}

/* Towards the smaller number. */
static inline int64_t align_change(int64_t change, uint64_t step)
{
	return change >= 0 ? change / (int64_t)step * (int64_t)step : -(int64_t)align_up((uint64_t)-change, step);
}

/* -EINVAL, with the sentence that the layout of the set contradicts itself at NODE. */
int sizes_fail_contradiction(struct context *ctx, const struct node *node);
/* How many bytes more (or fewer) the node ON has for NODE, which lies on it. A whole disk is used to the last MiB. */
int64_t sizes_change(const struct layout *captured, const struct layout *result, const struct node *node, const char *on);
/* A container, an array or a physical volume takes more where what lies on it does. */
bool sizes_content_can_grow(const struct layout *layout, const struct node *node);
/* As size_rule.carry, of what lies on one node and has no bytes that are not its own. */
int sizes_carry_container(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node);

#endif
