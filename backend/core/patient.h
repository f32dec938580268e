/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls into the kernel that may never return, as on a file of a server that does not answer: each in a thread of its own, so that whoever waits for
 * it can be told to stop.
 */
#ifndef LIFEBOAT_CORE_PATIENT_H
#define LIFEBOAT_CORE_PATIENT_H

#include "context.h"

/* Has CALL(DATA) carried out and waits for it. 0: it returned, and DATA is the caller's again. -ECANCELED: CTX was cancelled first; -ETIMEDOUT: it
 * did not return within SECONDS (0: there is no limit); then DATA is for RELEASE, once CALL returns, and nothing of the caller's may be in it.
 * -ENOMEM: it was not begun, and DATA is the caller's. No sentence. */
MUST_CHECK int patient_call(const struct context *ctx, double seconds, void (*call)(void *data), void (*release)(void *data), void *data);

/* The same, and while it is waited for LOOK(LOOK_DATA) is asked several times a second: once that is not 0, it is given up, and that is returned. */
MUST_CHECK int patient_call_while(int (*look)(void *data), void *look_data, void (*call)(void *data), void (*release)(void *data), void *data);

#endif
