/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of a question of type "choice" as a list in a form. */
#ifndef LIFEBOAT_SCREENS_OPTIONS_H
#define LIFEBOAT_SCREENS_OPTIONS_H

#include "console.h"

/* True when the question has an option of this value. */
bool options_offer(json_t *question, const char *value);
/* Adds the list, the question's default selected. TEXT and DETAIL give the words of an option, borrowed. */
void options_add(struct form *form, json_t *question, const char *(*text)(json_t *option), const char *(*detail)(json_t *option));
/* The value of the selected option, borrowed from the question; NULL when there is none. */
const char *options_selected(struct form *form, json_t *question);
/* Asks once more before an option is taken. VIEW_CHOICE: confirmed, and the question is still open. */
enum view_end options_confirm(struct console *console, const char *title, const char *text, const char *yes);

#endif
