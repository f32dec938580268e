/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One probe under way: the layout that grows, and which device of the machine each node is. */
#ifndef LIFEBOAT_PROBE_PROBE_NODES_H
#define LIFEBOAT_PROBE_PROBE_NODES_H

#include "../core/context.h"
#include "../layout/layout.h"

struct lvm_volume;

struct probe {
	struct context *ctx;
	struct layout *layout;
	json_t *nodes;           /* kernel name ("vda1") -> id of the node that is this device */
	struct lvm_volume *volumes; /* what was read of physical volumes; probe_lvm.h */
	size_t volume_count;
};

/* The node that is block device NAME; NULL when the layout has none. */
struct node *probe_node_of(const struct probe *probe, const char *name);
/* Remembers it. 0 or -ENOMEM. */
int probe_remember(struct probe *probe, const char *name, const struct node *node);
/* Adds a node of TYPE with this id (an unused variation of it when it is taken) on ON (NULL: on nothing); NULL when out of memory. */
struct node *probe_add(struct layout *layout, enum node_type type, const char *id, const char *on);

#endif
