/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running from memory: the tools image and the chosen set are copied there, the medium that held them is let go of, and its disk may be a target.
 * Asked for by lifeboat.ram or at the console; and offered where such a disk is chosen as target.
 */
#ifndef LIFEBOAT_SESSION_MEMORY_H
#define LIFEBOAT_SESSION_MEMORY_H

#include "session_state.h"

/* What the chosen set and the tools image take, as far as they lie on media; 0: nothing does. */
uint64_t session_memory_needed(const struct session *session);
/* Copies them and lets go of the medium, ejects it where it is a disc. The set is then that in memory and must be checked again; borrows of it and
 * the plan end. 0 or -errno with a sentence; then all is as it was, except that the set is checked again. */
int session_run_from_memory(struct session *session);
/* The same where it was asked for, once a set is chosen: what does not fit stays where it is, after a warning. -ECANCELED, -ENOMEM. */
int session_memory_as_asked(struct session *session);
/* Whether a person may choose DISK as target although the medium protects it: because all that lies there fits into memory. */
bool session_can_free(struct session *session, const struct node *disk);
/* Asks whether the disk DISK, which must be freed before it can be a target, is freed, and does it. As session_ask(): ASK_RESCAN: look again; -errno
 * with a sentence. */
int session_ask_memory(struct session *session, const struct node *disk);
/* Adds to PROTECTED the disks that were let go of, where nobody named targets: what runs unattended does not erase its own medium by itself. 0 or
 * -ENOMEM. */
int session_protect_released(const struct session *session, char ***protected);
/* Says of the plan that the set is in memory alone once TARGET's disks are erased: to a person as a doubt. 0 or -ENOMEM. */
int session_warn_of_memory(struct session *session);

#endif
