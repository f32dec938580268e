/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A prefix in a bucket, claimed for one capture: an object that only one can make says whose it is, and goes last. */
#ifndef LIFEBOAT_SINK_S3_CLAIM_H
#define LIFEBOAT_SINK_S3_CLAIM_H

#include "../core/context.h"
#include "../remote/remote.h"

struct claim;

/* As sink_open() says, of the address of REMOTE, which people see as PLACE. The rest of a capture whose claim is still there is removed when its
 * process is known to have ended, or nothing was written for an hour. 0 with *RET new, or -errno with a sentence. */
MUST_CHECK int claim_make(struct context *ctx, struct remote *remote, const char *place, bool clean, struct claim **ret);
void claim_free(struct claim *claim);
/* Whether the place is still ours: 0, or -errno with a sentence. */
MUST_CHECK int claim_check(struct context *ctx, struct remote *remote, const char *place, const struct claim *claim);
/* Lets other captures in. 0 or -errno with a sentence. */
MUST_CHECK int claim_release(struct context *ctx, struct remote *remote, const struct claim *claim);
/* Removes all that a capture makes, the claim last; as far as the server answers. */
void claim_remove(struct remote *remote, const struct claim *claim);

#endif
