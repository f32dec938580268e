/* Opening files of a system that is mounted somewhere as if its root were "/": no symbolic link in it leads out. */
#ifndef LIFEBOAT_BOOT_ROOT_OPEN_H
#define LIFEBOAT_BOOT_ROOT_OPEN_H

/* openat2(2) with RESOLVE_IN_ROOT; FLAGS as of open(2), O_CLOEXEC added; nothing is created. A descriptor or -errno. */
int root_open(int root_fd, const char *path, int flags);

#endif
