/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which set begins on the tape that is in a drive, told by its first member alone: reading the rest takes hours. */
#ifndef LIFEBOAT_SET_TAPE_GLANCE_H
#define LIFEBOAT_SET_TAPE_GLANCE_H

#include "manifest.h"

/* The drive PATH as it is now: nothing is waited for, and no tape asked for. *RET_MANIFEST: the set's, or, of a set as captured, its beginning, new;
 * *RET_TAPE: what stands on the cartridge, "" when not known, new. 0; -EAGAIN: no tape is in or it is not ready; -EMEDIUMTYPE: another tape than the
 * first of a set is in; -errno; all with a sentence. */
MUST_CHECK int tape_glance(struct context *ctx, const char *path, struct manifest **ret_manifest, char **ret_tape);

#endif
