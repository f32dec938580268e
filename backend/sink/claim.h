/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may write to a place on a server, where no lock ends with its holder: whoever makes the file LOCK_NAME there, which says who that is. It goes
 * when the set is whole, or removed. One that nobody writes beside any more was left by a capture that was interrupted.
 */
#ifndef LIFEBOAT_SINK_CLAIM_H
#define LIFEBOAT_SINK_CLAIM_H

#include "../core/context.h"

/* A capture writes something within this time, also on a slow line: of an object, the server tells the time at which it was whole. */
#define CLAIM_QUIET_S 3600

/* A new claim's text: of no other. NULL: out of memory. */
char *claim_text(void);

/* Sentences. All return -errno: of a claim that was there first; of a rest, that CLEAN was not asked for; one that was written AGE seconds ago, too
 * short to be one; a claim that is not ours any more. */
int claim_taken(struct context *ctx, const char *place);
int claim_rest(struct context *ctx, const char *place);
int claim_young(struct context *ctx, const char *place, unsigned age);
int claim_lost(struct context *ctx, const char *place);

#endif
