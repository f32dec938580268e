/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 'lifeboat fleet' on a terminal: the machines as a live table, or as plain lines of what changes.
 */
#ifndef LIFEBOAT_SCREENS_FLEET_VIEW_H
#define LIFEBOAT_SCREENS_FLEET_VIEW_H

#include "commands.h"

struct fleet_view;

/* Before anything is received, because what is said meanwhile is shown: a view that keeps the last warning of CTX. */
struct fleet_view *fleet_view_new(struct context *ctx);
/* Shows FLEET until a person leaves, or the terminal goes. 0 or -errno: the terminal cannot be used. */
int fleet_view_run(struct fleet_view *view, struct fleet *fleet);
void fleet_view_free(struct fleet_view *view);

/* A line for each change of a machine, until CTX is cancelled. */
void fleet_lines(struct context *ctx, struct fleet *fleet);

#endif
