/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set that was chosen: it is opened where it lies, and wherever it comes to be when its medium was away - the question "media-lost". A person
 * may try again as often as wanted; an answer that a file gives is bounded.
 */
#ifndef LIFEBOAT_SESSION_CHOSEN_SET_H
#define LIFEBOAT_SESSION_CHOSEN_SET_H

#include <stddef.h>

#include "session_state.h"

/* Opens the set at LOCATION for the session and forgets the other media. 0 or -errno with a sentence. */
int session_open_set(struct session *session, const char *location);
/* Whether damage of the set costs only the files it lies in, on the operator's word. */
bool session_salvages(const struct session *session);

/* How often the medium was tried again without anything coming of it, by answers that came at once: nobody thinks so quickly, so a file
 * gave them, and would for ever. */
struct media_patience {
	unsigned tries;
	size_t finished;         /* segments, when the first of them was made */
};

/* ERROR: what reading the set failed with, its sentence in the context. 1: the medium is there again, and the set is open, or what is damaged is
 * left out; 0: it was given up, why is kept in the context; -errno. PATIENCE is the caller's, zero at first. Borrows of the set end; the clock of
 * the progress stands still meanwhile. */
int media_lost_ask(struct session *session, int error, struct media_patience *patience);

#endif
