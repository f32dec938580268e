/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set that comes through a pipe: it passes once, so nobody can verify it before disks are erased for it and read it again afterwards. A machine is
 * restored from it on the operator's word: the question "unverified".
 */
#ifndef LIFEBOAT_SESSION_PASSING_SET_H
#define LIFEBOAT_SESSION_PASSING_SET_H

#include "session_state.h"

/* Takes over SET, which was opened, when it is such a one, and sets *SET to NULL: it cannot be opened a second time. So it does with one on tape that
 * a running system was given. 0; -errno with a sentence where no machine can be restored from it. */
MUST_CHECK int passing_set_keep(struct session *session, struct set **set);
/* Before a set at LOCATION is opened: where that reads all of it, it is told how far that is. 0 or -ENOMEM with a sentence. */
MUST_CHECK int passing_set_tell(struct session *session, const char *location);
/* Whether the chosen set is one. */
bool passing_set_is_chosen(const struct session *session);
/* Whether the chosen set is one, or one on several discs each of which is to be put in once: each part of it is verified when it is restored. */
bool passing_set_is_verified_later(const struct session *session);
/* Asks whether disks may be erased for it. ASK_ANSWERED, also where there is nothing to ask; ASK_BACK; -errno. Damage costs only the files that it
 * lies in then: nothing is won by stopping. */
MUST_CHECK int passing_set_agree(struct session *session);

#endif
