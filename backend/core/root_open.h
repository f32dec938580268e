/* Opening files of a system that is mounted somewhere as if its root were "/": no symbolic link in it leads out. */
#ifndef LIFEBOAT_CORE_ROOT_OPEN_H
#define LIFEBOAT_CORE_ROOT_OPEN_H

#include <sys/types.h>

/* openat2(2) with RESOLVE_IN_ROOT; PATH with or without a leading '/'; FLAGS as of open(2), O_CLOEXEC added; MODE counts with
 * O_CREAT. A descriptor, the caller's, or -errno. */
int root_open(int root_fd, const char *path, int flags, mode_t mode);

#endif
