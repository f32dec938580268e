/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wakes a thread that waits in poll(2): an eventfd. The thread polls it beside its own descriptors, with WAKE_LIMIT_MS as the longest
 * time to wait, and looks at its condition every time round: a wake-up that could not be written comes late, but it comes.
 */
#ifndef LIFEBOAT_CORE_WAKE_H
#define LIFEBOAT_CORE_WAKE_H

#include "macro.h"

/* The longest time that a thread waits before it looks again by itself: milliseconds. */
#define WAKE_LIMIT_MS 1000

/* A descriptor to be polled for POLLIN; the caller closes it. -errno. */
MUST_CHECK int wake_open(void);
/* Ends the wait of who polls FD, also when it waits only later. What is waited for must have been set before. */
void wake_send(int fd);
/* Makes FD quiet again. */
void wake_take(int fd);

#endif
