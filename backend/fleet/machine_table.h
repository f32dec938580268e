/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of each machine that reported: its latest message, and what follows from it for people. Times are seconds since the epoch, by the
 * receiver's clock.
 */
#ifndef LIFEBOAT_FLEET_MACHINE_TABLE_H
#define LIFEBOAT_FLEET_MACHINE_TABLE_H

#include "../notify/notice.h"

/* Machines of a table at most; of messages of others it is said that there is no room. */
#define MACHINES_MAX 8192
/* A machine that is at work reports every few seconds: one that says nothing for so long is silent. */
#define SILENT_S 60.0
/* What changed in nothing but the amount is kept so often, so that a reader of the state file does not take a machine at work for a silent one. */
#define KEPT_S 25.0

struct fleet_machine {
	struct notice notice;    /* the latest one */
	double began, last;      /* its present session; its latest message */
	double kept;             /* the latest one that was worth keeping */
	double since;            /* the latest change of what it does: a question, an end */
};

struct machine_table {
	struct fleet_machine *machines;
	size_t count, room;
};

/* Takes NOTICE over (it is empty then), which came AT. 1: it is worth keeping: something else than the amount changed, or that was not kept for a
 * while; 0: it is not, or older than what is known, and dropped; -ENOSPC: the table is full; -ENOMEM; then NOTICE stays the caller's. */
MUST_CHECK int machine_table_take(struct machine_table *table, struct notice *notice, double at);
void machine_table_done(struct machine_table *table);
/* Whether both are messages of one machine: by MAC address where both have one, else by UUID. */
bool notice_is_same_machine(const struct notice *a, const struct notice *b);

/* All machines as JSON as they stand at NOW: those that need a person first, each group by how long it has been so. docs/fleet.md has the members. A
 * new array; NULL when out of memory. */
json_t *machine_table_to_json(const struct machine_table *table, double now);

#endif
