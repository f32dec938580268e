/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Key files that etc/crypttab of the restored system names, of encrypted containers that got a new key: they open them again. What else opened them -
 * further passphrases, security chips, tokens, key servers - is said: only people can enroll it anew.
 */
#ifndef LIFEBOAT_FINISH_CONTAINER_KEYS_H
#define LIFEBOAT_FINISH_CONTAINER_KEYS_H

#include "../core/macro.h"
#include "job.h"

/* The whole step on the job's tree. */
MUST_CHECK int container_keys_finish(struct context *ctx, struct finish_job *job);

#endif
