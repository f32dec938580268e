/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An entry of a boot server that restores once (lifeboat.once=): before the first write the receiver has taken the entry out of the way, for good,
 * and said so. Without that nothing is written.
 */
#ifndef LIFEBOAT_SESSION_ONCE_H
#define LIFEBOAT_SESSION_ONCE_H

#include "../core/macro.h"

struct session;

/* Asks the receiver, for as long as it is away, up to five minutes. 0: this start may write, or no such entry started the machine; -errno with a
 * sentence otherwise. A session that was allowed is not asked again for the same set. */
MUST_CHECK int once_take(struct session *session);

#endif
