/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a whole set before anything is erased for it, in a thread of its own while a person reads the screens: digests, and unless only they
 * are asked for, everything inside held against the index (set/verify.h).
 */
#ifndef LIFEBOAT_SESSION_SET_CHECK_H
#define LIFEBOAT_SESSION_SET_CHECK_H

#include "../set/verify.h"

struct set_check;

/* Starts on SET, which is borrowed until the end. CTX gets no sentence of it but what set_check_wait() says, and may be cancelled
 * meanwhile. 0 or -errno with a sentence. */
int set_check_start(struct context *ctx, struct set *set, enum verify_depth depth, struct set_check **ret);
bool set_check_is_over(struct set_check *check);
/* Waits for its end, counting on the planned progress step "manifest". What set_verify() said: 0, -EBADMSG, ... with a sentence in CTX;
 * -ECANCELED also when CTX is cancelled, then the check runs on. */
int set_check_wait(struct context *ctx, struct set_check *check);
/* After its end. Borrowed. */
const struct verify_result *set_check_result(const struct set_check *check);
/* After its end: set_stamp() of what it read, from before it read it; "" when it did not come so far. Borrowed. */
const char *set_check_stamp(const struct set_check *check);
/* Stops it, wherever it is. NULL is ignored. */
void set_check_free(struct set_check *check);

#endif
