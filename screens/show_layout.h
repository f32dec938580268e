/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The captured storage on standard output: a tree and details for people, or JSON for programs. */
#ifndef LIFEBOAT_SCREENS_SHOW_LAYOUT_H
#define LIFEBOAT_SCREENS_SHOW_LAYOUT_H

#include "../backend/engine.h"

/* JSON: the member "layout" of the manifest (docs/layout.md). 0 or -errno with a sentence; the caller looks whether standard output took all. */
int show_layout(struct context *ctx, const struct shown_set *set, bool json);
/* show_tree.c: a line a disk, partition, array, volume or filesystem, below what it lies on; each once. 0 or -ENOMEM with a sentence. */
int show_tree(struct context *ctx, const struct layout *layout);

#endif
