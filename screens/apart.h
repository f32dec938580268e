/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work that the kernel may not let end: a process with open files of a server that fell silent stays until the kernel has given up each of them, and
 * who called it would wait as long. Such work is done by a child, and this process ends with its status, whether the child is gone by then or not.
 */
#ifndef LIFEBOAT_SCREENS_APART_H
#define LIFEBOAT_SCREENS_APART_H

/* Before there are threads. -1: go on, here or as the child; else the exit status that the child told, and nothing is left to do. Signals are passed
 * on to the child; where there can be none, the work is done here. */
int apart_begin(void);
/* STATUS is what this process ends with now: told to who waits, if anybody does. */
void apart_end(int status);

#endif
