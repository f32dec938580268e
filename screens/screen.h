/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The screens, one file each: a function that shows the open question until it is answered or no longer holds. */
#ifndef LIFEBOAT_SCREENS_SCREEN_H
#define LIFEBOAT_SCREENS_SCREEN_H

#include "console.h"

struct screen {
	const char *question;    /* name of the question it shows */
	enum view_end (*show)(struct console *console, json_t *question);
};

/* The screen of a question by name; one for its type where the name is not known. */
const struct screen *screen_find(json_t *question);

enum view_end screen_welcome(struct console *console, json_t *question);
enum view_end screen_resume(struct console *console, json_t *question);
enum view_end screen_mode(struct console *console, json_t *question);
enum view_end screen_hardware(struct console *console, json_t *question);
enum view_end screen_network(struct console *console, json_t *question);
enum view_end screen_set(struct console *console, json_t *question);
enum view_end screen_disks(struct console *console, json_t *question);
enum view_end screen_plan(struct console *console, json_t *question);
enum view_end screen_edit(struct console *console, json_t *question);
enum view_end screen_confirm(struct console *console, json_t *question);
enum view_end screen_media_lost(struct console *console, json_t *question);
enum view_end screen_set_damaged(struct console *console, json_t *question);
enum view_end screen_problems(struct console *console, json_t *question);
enum view_end screen_result(struct console *console, json_t *question);
enum view_end screen_expert(struct console *console, json_t *question);
enum view_end screen_generic(struct console *console, json_t *question);

/* Without a question. */
enum view_end screen_live(struct console *console);
enum view_end screen_waiting(struct console *console);

/* The list of the end END, if it has one, with its head. */
void screen_end_list(struct form *form, json_t *end);

#endif
