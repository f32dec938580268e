/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening files by paths of any length that enter no mount. */
#ifndef LIFEBOAT_CORE_OPEN_BELOW_H
#define LIFEBOAT_CORE_OPEN_BELOW_H

#include "macro.h"

/* openat(2) for relative paths beyond PATH_MAX too; no mount below ROOT_FD is entered. A descriptor or -errno (-EXDEV: something is mounted
 * on the way). */
MUST_CHECK int open_below(int root_fd, const char *path, int flags);
/* The same, but no part of the path may be a symbolic link. */
MUST_CHECK int open_below_strict(int root_fd, const char *path, int flags);

#endif
