/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of a tree for network boot that restore once: each holds a token (lifeboat.once=). Who counts restores takes an entry out of the way, for
 * good; what was in it is kept beside it, for a restore that was interrupted.
 */
#ifndef LIFEBOAT_IMAGE_NETWORK_ONCE_H
#define LIFEBOAT_IMAGE_NETWORK_ONCE_H

#include "../core/context.h"

/* 32 random hexadecimal digits and ".0" in a new string. 0 or -errno with a sentence. */
MUST_CHECK int network_once_token(struct context *ctx, char **ret);
/* Whether the menus of TREE know used-up entries: those of earlier versions do not. 0, or -errno with a sentence. */
MUST_CHECK int network_once_check(struct context *ctx, const char *tree);
/* Whether the entry of the machine ID in TREE holds TOKEN. */
bool network_once_has(struct context *ctx, const char *tree, const char *id, const char *token);
/* The entry of ID, where it holds TOKEN, starts the local disk from now on: both of its files are replaced and on the disk when this returns. 0, also
 * when no entry holds it, or -errno with a sentence. */
MUST_CHECK int network_once_use_up(struct context *ctx, const char *tree, const char *id, const char *token);
/* Makes the entry of ID that was used up again, with the next generation of its token, to resume the restore. 0 or -errno with a sentence. */
MUST_CHECK int network_once_resume(struct context *ctx, const char *tree, const char *id);
/* What is kept of a used-up entry is of no use any more: another one takes its place. 0 or -errno with a sentence. */
MUST_CHECK int network_once_forget(struct context *ctx, const char *tree, const char *id);

#endif
