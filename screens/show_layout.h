/* The captured storage on standard output: a tree for people, or JSON for programs. */
#ifndef LIFEBOAT_SCREENS_SHOW_LAYOUT_H
#define LIFEBOAT_SCREENS_SHOW_LAYOUT_H

#include "../backend/lifeboat.h"

/* JSON: the member "layout" of the manifest (docs/layout.md). 0 or -errno with a sentence; the caller looks whether standard output took all. */
int show_layout(struct context *ctx, const struct layout *layout, bool json);

#endif
