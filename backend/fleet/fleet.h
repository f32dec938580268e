/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The receiver of what machines report (lifeboat.notify=): takes messages by HTTP, keeps the table of machines, and counts restores of entries that
 * restore once. What comes is from anybody: it is bounded, checked, and believed for the table alone.
 */
#ifndef LIFEBOAT_FLEET_FLEET_H
#define LIFEBOAT_FLEET_FLEET_H

#include "../core/context.h"

struct fleet_options {
	const char *listen;      /* "ADDR:PORT", "[ADDR]:PORT" or ":PORT"; port 0: any that is free */
	const char *tree;        /* of 'lifeboat media pxe', for entries that restore once; NULL: none */
	const char *state;       /* file that survives a restart; NULL: none; must be there with TREE */
};

struct fleet;

/* Reads the state, takes entries out of the way that an earlier receiver had counted and not replaced any more, and listens. CTX lives longer;
 * messages come in another thread. 0 or -errno with a sentence. */
MUST_CHECK int fleet_open(struct context *ctx, const struct fleet_options *options, struct fleet **ret);
/* Takes no more messages. NULL is ignored. */
void fleet_close(struct fleet *fleet);
/* Where it listens: "192.0.2.1:8080". Borrowed. */
const char *fleet_address(const struct fleet *fleet);

/* A descriptor that is readable when something changed; fleet_table() makes it quiet. */
int fleet_news(const struct fleet *fleet);
/* The machines, those that need a person first: an array (docs/fleet.md). New reference; NULL when out of memory. */
json_t *fleet_table(struct fleet *fleet);
/* The same of a state file, of a receiver that may be running or not. 0 or -errno with a sentence. */
MUST_CHECK int fleet_read_table(struct context *ctx, const char *state, json_t **ret);

#endif
