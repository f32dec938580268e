/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small files that the operator names for a session: answers, a key file. */
#ifndef LIFEBOAT_SESSION_NAMED_FILE_H
#define LIFEBOAT_SESSION_NAMED_FILE_H

#include <stddef.h>

struct session;

/* The bytes of PATH, with a NUL behind them: below the root (in the rescue, in the boot archive) where it begins with '/', else from the top of every
 * medium, which may come a little later than the one with the set; on a running system, from the present directory. 0 or -errno with a sentence. */
int named_file_read(struct session *session, const char *path, char **ret, size_t *ret_length);

#endif
