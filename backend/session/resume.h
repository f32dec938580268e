/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resuming a restore that was interrupted: the question after an engine died, what is past by then, and the notes of how far this one came. */
#ifndef LIFEBOAT_SESSION_RESUME_H
#define LIFEBOAT_SESSION_RESUME_H

#include "session_state.h"

/* Puts the question "resume", when an earlier engine died after it began to write. 1: the session resumes, in the mode and with the set and disks of
 * the earlier one, and asks only what is no longer certain; 0: it begins as usual; -errno with a sentence. */
int resume_ask(struct session *session);

/* Whether disks may be erased that hold an interrupted restore with all its files (session->run.resumed says so): not unattended, unless they
 * were named or it was confirmed before. */
bool session_may_erase_late(const struct session *session);
/* Why it may not, and what to do; borrowed. */
const char *session_erases_not_late(const struct session *session);

/* Whether the restore is resumed behind STAGE, whose step of the progress is then counted as done. */
bool session_is_past(struct session *session, enum restore_stage stage);
/* All that was done before STAGE is on the disks, and the notes say so; failing costs only work, should the restore be interrupted. */
void session_note_stage(struct session *session, enum restore_stage stage);

#endif
