/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the terminal shows what is typed at the plain front end: not while a secret is asked for.
 */
#ifndef LIFEBOAT_SCREENS_PLAIN_ECHO_H
#define LIFEBOAT_SCREENS_PLAIN_ECHO_H

#include <stdbool.h>
#include <termios.h>

struct echo {
	bool hidden;
	struct termios shown;    /* as the terminal was; while hidden */
};

/* Standard input shows what is typed, or only that a line has ended. Nothing where it is no terminal, or is so already. */
void echo_set(struct echo *echo, bool shown);

#endif
