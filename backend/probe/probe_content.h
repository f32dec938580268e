/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nodes of what devices carry: a filesystem, swap, an array or volume group they are a member of, an encrypted container. */
#ifndef LIFEBOAT_PROBE_PROBE_CONTENT_H
#define LIFEBOAT_PROBE_PROBE_CONTENT_H

#include "../superblocks/extent.h"
#include "../superblocks/signature.h"
#include "probe_nodes.h"

/* Adds the node of CONTENT on node ON, or makes ON another member of one. 0 or -errno. */
int probe_add_content(struct probe *probe, struct node *on, const struct signature *content, const struct extent *extent);
/* Adds content to ON that is there and cannot be named. 0 or -errno. */
int probe_add_unknown(struct probe *probe, struct node *on);

#endif
