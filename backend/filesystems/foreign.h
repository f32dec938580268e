/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other programs than Lifeboat's make: known by name, so that an operator is told what it is and what can be done.
 */
#ifndef LIFEBOAT_FILESYSTEMS_FOREIGN_H
#define LIFEBOAT_FILESYSTEMS_FOREIGN_H

#include <stdbool.h>

/* Why what libblkid calls KIND is not recreated, and what to do: the end of a sentence, new, in *RET_WHY. False: KIND is not known here, and *RET_WHY
 * is untouched. */
bool foreign_refuse(const char *kind, char **ret_why);

#endif
