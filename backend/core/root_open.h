/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening files of a system that is mounted somewhere as if its root were "/": no symbolic link in it leads out. */
#ifndef LIFEBOAT_CORE_ROOT_OPEN_H
#define LIFEBOAT_CORE_ROOT_OPEN_H

#include <errno.h>
#include <sys/types.h>

#include "macro.h"

/* openat2(2) with RESOLVE_IN_ROOT; PATH with or without a leading '/'; FLAGS as of open(2), O_CLOEXEC added; MODE counts with
 * O_CREAT. A descriptor, the caller's, or -errno. */
MUST_CHECK int root_open(int root_fd, const char *path, int flags, mode_t mode);
/* The same for what is there, but no mount below ROOT_FD is entered: -EXDEV. */
MUST_CHECK int root_open_within(int root_fd, const char *path, int flags);
/* The same of a regular file that is there, and of nothing else: a fifo, a device or a socket in its place is looked at, but never opened,
 * since that alone can hang or do harm. -ENOTREG for those, -EISDIR for a directory. */
MUST_CHECK int root_open_regular(int root_fd, const char *path, int flags);
/* Opens the directory that holds what PATH leads to once all symbolic links are followed; *RET_NAME, a new string, is the name there.
 * When nothing is at PATH, it is the place of PATH itself; a symbolic link that leads nowhere is -ENOTREG. A descriptor, the
 * caller's, or -errno. */
MUST_CHECK int root_open_place(int root_fd, const char *path, char **ret_name);

/* Something that is no regular file is where one should be. */
#define ENOTREG EMEDIUMTYPE
/* strerror() that knows ENOTREG; ERROR is -errno. */
const char *root_strerror(int error);

#endif
