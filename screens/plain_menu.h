/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plain front end asks by itself, not the engine: whether to stop, and what leaving means.
 */
#ifndef LIFEBOAT_SCREENS_PLAIN_MENU_H
#define LIFEBOAT_SCREENS_PLAIN_MENU_H

#include <stdio.h>

#include "model.h"

enum menu_choice {
	MENU_AGAIN,              /* nothing was decided: menu_prompt() again */
	MENU_STAY,
	MENU_STOP,
	MENU_REBOOT,
	MENU_POWEROFF,
	MENU_LEAVE,
};

#define MENU_CHOICES 5

struct menu {
	bool open;
	enum menu_choice sure;   /* yes or no to this is asked; MENU_AGAIN: one of the choices is */
	enum menu_choice choices[MENU_CHOICES];
	size_t count;
};

/* Asks whether the work is really to be stopped. */
void menu_open_stop(struct menu *menu, const struct model *model, FILE *out);
/* Asks what leaving means; LEAVES: this front end may go and leave the session alone. */
void menu_open_quit(struct menu *menu, const struct model *model, bool leaves, FILE *out);
void menu_prompt(const struct menu *menu, FILE *out);
/* Takes a line. Anything but MENU_AGAIN closes the menu. */
enum menu_choice menu_line(struct menu *menu, const struct model *model, const char *line, FILE *out);

#endif
