/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encrypted containers on the disks that hold what is to be compared: opened read-only while that lasts, by their passphrase.
 */
#ifndef LIFEBOAT_SESSION_LOOK_INSIDE_H
#define LIFEBOAT_SESSION_LOOK_INSIDE_H

#include "session_state.h"

struct inside;

/* Opens those of *PRESENT that the set's mounted filesystems lie in and that are closed, and then probes again: *PRESENT is replaced. One that no
 * passphrase opens stays closed, which is a warning. *RET is ended by look_inside_end(), also after an error. 0 or -errno, as session_ask(). */
MUST_CHECK int look_inside(struct session *session, struct layout **present, struct inside **ret);
/* The same of disks that are probed anew, into *PRESENT, where a key file was named; else -ENOKEY: nobody is asked. */
MUST_CHECK int look_inside_by_file(struct session *session, struct layout **present, struct inside **ret);
/* Closes them. What cannot be closed is a warning. INSIDE may be NULL. */
void look_inside_end(struct session *session, struct inside *inside);

#endif
