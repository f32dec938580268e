/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forks a program into a PID and mount namespace of its own, below an init that reaps: it can see and signal only what it started
 * itself, its /proc shows that alone, and nothing that it leaves running or mounted outlives it.
 */
#ifndef LIFEBOAT_CORE_CONTAINED_H
#define LIFEBOAT_CORE_CONTAINED_H

#include <sys/types.h>

/* Like fork(2): 0 in the program, which may call only what is async-signal-safe and has the /proc of its namespace at ROOT/proc (the
 * caller's own stays as it is); in the caller the process id of the init, to be waited for and killed in the program's place, and in
 * *RET_REPORT a descriptor for contained_end(). -errno where the kernel refuses such a namespace; then nothing was started.
 * The program's parent has the number 1. The init dies with the thread that called this. */
pid_t contained_fork(const char *root, int *ret_report);
/* After the init ended: puts the program's wait status into *STATUS in the place of the init's. New string: names of the processes which the
 * program had left and that were ended (SIGTERM, two seconds later SIGKILL), with commas; NULL: none. */
char *contained_end(int report, int *status);

#endif
