/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encrypted containers on the disks that hold what is to be looked at, such as what is compared: opened read-only while that lasts, by their
 * passphrase.
 */
#ifndef LIFEBOAT_SESSION_LOOK_INSIDE_H
#define LIFEBOAT_SESSION_LOOK_INSIDE_H

#include "session_state.h"

struct inside;

/* What for, which decides whether a person is asked where no key file was named. */
enum look_reason {
	LOOK_TO_COMPARE,         /* asked */
	LOOK_FOR_UNFINISHED,     /* asked; an empty answer leaves the container closed */
	LOOK_UNASKED,            /* by what opened it before in this session */
};

/* Opens those of *PRESENT that the set's mounted filesystems lie in and that are closed, and then probes again: *PRESENT is replaced. One that no
 * passphrase opens stays closed, which is a warning, unless it was left closed. What opened one is remembered until the set is given up. *RET is
 * ended by look_inside_end(), also after an error. 0 or -errno, as session_ask(). */
MUST_CHECK int look_inside(struct session *session, enum look_reason reason, struct layout **present, struct inside **ret);
/* The same of disks that are probed anew, into *PRESENT; -ENOKEY where nothing could open one. */
MUST_CHECK int look_inside_again(struct session *session, enum look_reason reason, struct layout **present, struct inside **ret);
/* Closes them. What cannot be closed is a warning. INSIDE may be NULL. */
void look_inside_end(struct session *session, struct inside *inside);

#endif
