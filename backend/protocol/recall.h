/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a front end that comes late has missed: the last event of each kind that tells the present state, and the last lines of the
 * log. All calls with the server's lock held.
 */
#ifndef LIFEBOAT_PROTOCOL_RECALL_H
#define LIFEBOAT_PROTOCOL_RECALL_H

#include "front_end.h"

struct recall;

/* NULL when out of memory. */
struct recall *recall_new(void);
/* Takes NULL. */
void recall_free(struct recall *recall);
/* Keeps EVENT (borrowed), whose MESSAGE is referenced, if late front ends want it; forgets what it makes untrue. */
void recall_event(struct recall *recall, json_t *event, struct message *message);
/* Queues all that is kept to FRONT_END, in the order of docs/engine-protocol.md. */
void recall_tell(const struct recall *recall, struct front_end *front_end);

#endif
