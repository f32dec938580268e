/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory that a set is written into: made, locked against a second capture, and cleaned of what was written when the capture
 * ends without a set - by itself, or by the guard from another thread.
 */
#ifndef LIFEBOAT_CAPTURE_GUARD_H
#define LIFEBOAT_CAPTURE_GUARD_H

#include "capture.h"

/* Makes PATH, missing parents too (owner only: the set holds secrets of the machine), and segments/ in it. One that holds anything is
 * refused; with CLEAN the rest of an own capture is removed first. GUARD holds the descriptors from then on. 0 or -errno with a
 * sentence. */
int guard_open(struct context *ctx, const char *path, bool clean, struct capture_guard *guard);
/* Descriptors of the directory and of segments/ in it; borrowed. */
int guard_fd(const struct capture_guard *guard);
int guard_segments_fd(const struct capture_guard *guard);
/* From here on the set is written to its end: 0, or -ECANCELED when the guard has removed it. */
int guard_commit(struct capture_guard *guard);
/* Removes all that was written. */
void guard_remove(struct capture_guard *guard);

#endif
