/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The passphrases of the encrypted containers that the plan makes or opens: asked, or taken from a key file, and tried where that can be done, before
 * anybody consents to an erasure. They are in memory alone. */
#ifndef LIFEBOAT_SESSION_PASSPHRASES_H
#define LIFEBOAT_SESSION_PASSPHRASES_H

struct session;

/* ASK_ANSWERED when the plan has all of them; ASK_BACK; -errno with a sentence, as session_ask(), or -EACCES: a wrong one, three times. */
int passphrases_ask(struct session *session);

#endif
