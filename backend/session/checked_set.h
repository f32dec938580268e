/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The check of the chosen set before anything is erased for it: what it found is nothing, or a question; and the look at its medium just before the
 * first write.
 */
#ifndef LIFEBOAT_SESSION_CHECKED_SET_H
#define LIFEBOAT_SESSION_CHECKED_SET_H

#include "chosen_set.h"

/* Begins to read all of the set, before anything is erased for it: in the background for a restore; digests only, and waited for, otherwise. 0
 * or -errno with a sentence. */
int session_begin_check(struct session *session);
/* What that found, when it is over, or after its end with WAIT: 0 continue, 1 another set is to be chosen (session_jump() was called); -errno with
 * a sentence. Damage is a question. */
int session_check_set(struct session *session, bool wait);
/* Damage of the set was met by what looks ahead, which said ERROR and whose sentence the context has: unless salvage was chosen, it is a question
 * like that of the check; where its medium is away, "media-lost". 0: to be salvaged, the sentence is in *RET, a new string; else as
 * session_check_set(), or ASK_RESCAN (ask.h): to be looked at again. */
int session_meet_damage(struct session *session, int error, char **ret);

/* Whether the set that was checked is there, asked of its medium. 0; -ENOMEDIUM: it is away; -EBADMSG, -EIO, -ESTALE: it is not as it was checked;
 * another -errno: it cannot be known. With a sentence. */
int media_look(struct session *session);
/* After media_look() or a reader said ERROR, before anything was written: asks for the medium as media_lost_ask() does, and begins the check of the
 * set again unless what is there was checked. 1; 0: it was given up, why is kept in the context; -errno. Borrows of the set end. */
int media_regain(struct session *session, int error, struct media_patience *patience);

#endif
