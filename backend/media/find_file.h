/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One small file that lies on a medium, wherever that is: a disc, a stick, a disk. */
#ifndef LIFEBOAT_MEDIA_FIND_FILE_H
#define LIFEBOAT_MEDIA_FIND_FILE_H

#include "../core/context.h"

/* Looks for PATH from the top of every filesystem that may be a medium, each mounted read-only for that moment. 0 with its bytes (new, at
 * most LIMIT, with a NUL behind them) in *RET, their number in *RET_LENGTH; -ENOENT with a sentence when it is on none, -EEXIST when media hold
 * different files of that name. */
int media_find_file(struct context *ctx, const char *path, size_t limit, char **ret, size_t *ret_length);

#endif
