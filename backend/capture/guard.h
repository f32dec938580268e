/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may still write to the place of a set, and who removes what was written when the capture ends without a set: the capture itself, or
 * another thread for it.
 */
#ifndef LIFEBOAT_CAPTURE_GUARD_H
#define LIFEBOAT_CAPTURE_GUARD_H

#include "../sink/sink.h"
#include "capture.h"

/* Claims the OUTPUT of OPTIONS for one set, as sink_open() does. GUARD holds it from then on. 0 or -errno with a sentence. */
int guard_open(struct context *ctx, const struct capture_options *options, struct capture_guard *guard);
/* Borrowed; after guard_open(). */
struct sink *guard_sink(const struct capture_guard *guard);
/* From here on the set is written to its end: 0, or -ECANCELED when the guard has removed it. */
int guard_commit(struct capture_guard *guard);
/* Removes all that was written. */
void guard_remove(struct capture_guard *guard);

#endif
