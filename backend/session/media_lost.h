/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set cannot be read any more, or is not the one that was checked: the question "media-lost", and the look at the medium that comes before the
 * first write. A person may try again as often as wanted; an answer that a file gives is bounded.
 */
#ifndef LIFEBOAT_SESSION_MEDIA_LOST_H
#define LIFEBOAT_SESSION_MEDIA_LOST_H

#include <stdbool.h>
#include <stddef.h>

struct session;

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

/* Whether the set that was checked is there, asked of its medium. 0; -ENOMEDIUM: it is away; -EBADMSG, -EIO, -ESTALE: it is not as it was checked;
 * another -errno: it cannot be known. With a sentence. */
int media_look(struct session *session);
/* After media_look() or a reader said ERROR, before anything was written: asks for the medium as media_lost_ask() does, and begins the check of the
 * set again unless what is there was checked. 1; 0: it was given up, why is kept in the context; -errno. Borrows of the set end. */
int media_regain(struct session *session, int error, struct media_patience *patience);

#endif
