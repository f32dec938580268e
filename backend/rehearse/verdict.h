/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the consoles of a started system tell: that it is up, that it never will be, or nothing yet; and their last lines
 * for a person to read. The texts are those of firmware, GRUB, the kernel, the makers of initramfs and systemd.
 */
#ifndef LIFEBOAT_REHEARSE_VERDICT_H
#define LIFEBOAT_REHEARSE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

/* A sentence without its full stop when TEXT, all that a console said, holds the words of a system that stopped on its
 * way up; NULL when it does not. A constant. */
const char *verdict_failure(const char *text, size_t length);
/* The last lines with something on them, control sequences taken out, at most a screenful; new string, "" when it said
 * nothing. NULL when out of memory. */
char *verdict_last_lines(const char *text, size_t length);

#endif
