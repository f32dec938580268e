/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What terminfo knows of a terminal type, apart because its header claims many short names. */
#ifndef LIFEBOAT_UI_TERMINFO_H
#define LIFEBOAT_UI_TERMINFO_H

#include <stdbool.h>

struct terminfo {
	bool known;              /* terminfo has the type */
	bool moves;              /* can move its cursor */
	int colors;              /* 0 or less: none */
	char *clear;             /* what clears the screen, without padding; owned; NULL: nothing does */
};

/* Asks for the type NAME of the terminal FD. Never exits. */
void terminfo_ask(const char *name, int fd, struct terminfo *ret);
void terminfo_done(struct terminfo *terminfo);

#endif
