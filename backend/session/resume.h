/* SPDX-License-Identifier: GPL-3.0-or-later */
/* After the engine died while it restored: is the restore resumed, or begun again? */
#ifndef LIFEBOAT_SESSION_RESUME_H
#define LIFEBOAT_SESSION_RESUME_H

struct session;

/* Puts the question "resume", when an earlier engine died after it began to write. 1: the session resumes, in the mode and with the set and disks of
 * the earlier one, and asks only what is no longer certain; 0: it begins as usual; -errno with a sentence. */
int resume_ask(struct session *session);

#endif
