/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terminals of a rescue: the VGA consoles and every serial one, and how a program is put on one of them. */
#ifndef LIFEBOAT_INIT_CONSOLES_H
#define LIFEBOAT_INIT_CONSOLES_H

#include <stdbool.h>
#include <termios.h>

/* Names of the terminals on which people may sit beside the VGA consoles: what KERNEL_CONSOLES (the bytes of /proc/consoles) lists and
 * what console= named (NAMED, NULL-ended or NULL), virtual terminals left out, each once. NULL-ended, new; NULL: none. */
char **consoles_serial(const char *kernel_consoles, char *const *named);

/* Makes the terminal /dev/NAME the controlling terminal and the standard streams of this process, which leads a session of its own
 * from then on; settings that a crashed program left behind are made sane, a size is given where there is none (80x24). For a child
 * between fork and exec. 0 or -errno. */
int console_take(const char *name);

/* What TERM is for it: "linux" on a virtual terminal, which is nothing else; on others what the person who booted said, else vt220.
 * TOLD is TERM as pid 1 found it (NULL: none). */
const char *console_term(const char *name, const char *told);
/* "tty1": a virtual terminal; "ttyS0", "hvc0": none. */
bool console_is_virtual(const char *name);

#endif
