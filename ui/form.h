/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A form over newt: a window whose rows are stacked from top to bottom - texts, one list, fields, buttons - laid out
 * for the terminal, run until a button, a key or news end it. Forms may be run over one another.
 */
#ifndef LIFEBOAT_UI_FORM_H
#define LIFEBOAT_UI_FORM_H

#include "table.h"
#include "term.h"

struct form;

enum form_size {
	FORM_SMALL,      /* as its contents need */
	FORM_WIDE,       /* as wide as the terminal allows; texts stay readable, lists take all they need */
};

/* An empty form with a title. Texts are copied everywhere. */
struct form *form_new(struct term *term, const char *title, enum form_size size);
void form_free(struct form *form);

/* A paragraph. Of one that finds no room the first lines are shown; a key shows all. */
void form_text(struct form *form, const char *text);
/* One that must be seen as a whole: others give way. */
void form_whole_text(struct form *form, const char *text);
/* One line that is seen first: an end state, a warning. */
void form_banner(struct form *form, enum tone tone, const char *text);
void form_gap(struct form *form);
/* The list; at most one in a form. HEAD: names of its columns, or NULL. TICKS: several may be chosen, with Space. */
void form_list(struct form *form, const char *head, bool ticks);
/* The list's entries may come by form_row(), as cells in COLUMNS. */
void form_columns(struct form *form, const struct column *columns, size_t count);
/* DETAIL is shown below the list while the entry is the current one. One that is not ENABLED cannot be chosen;
 * DETAIL then says why. */
void form_entry(struct form *form, const char *text, const char *detail, bool enabled, bool ticked);
void form_row(struct form *form, const char *const *cells, const char *detail, bool enabled);
void form_select(struct form *form, int entry);
/* A box to be ticked with Space; its number from 0. */
int form_tick(struct form *form, const char *label);
/* A field to type into. SECRET: not shown. */
void form_field(struct form *form, const char *label, const char *value, int width, bool secret);
/* A button of the row at the bottom, first the one on the left. */
void form_button(struct form *form, const char *label);
/* ENTER: the button that Enter takes from a list, text or field; -1: none, it moves on. FOCUS: the button the focus
 * is on at first; -1: the first thing that takes focus. Without a call: 0 and -1. */
void form_default(struct form *form, int enter, int focus);

/* Shows the form until it ends. A terminal that changes its size meanwhile gets the form, and those beneath it, laid out again for that size,
 * as they stand. KEYS work besides the form's own. VIEW_CHOICE: *RET is the button. VIEW_KEY: *RET is
 * the key's id. The form may be run again; what was typed and ticked stays. */
enum view_end form_run(struct form *form, const struct key *keys, size_t count, int *ret);

/* The focus goes back to what has it at first. */
void form_focus_first(struct form *form);

int form_current(const struct form *form);                 /* entry of the list; -1: none */
bool form_entry_ticked(const struct form *form, int entry);
bool form_is_ticked(const struct form *form, int tick);
const char *form_value(const struct form *form);           /* of the field; borrowed */
void form_clear_value(struct form *form);                  /* empties the field */

/* A message over what is there, with one button. VIEW_CHOICE when it was closed. */
enum view_end form_message(struct term *term, const char *title, const char *text, const char *button);
/* A question with two buttons; the one that has the focus is NO. VIEW_CHOICE with *RET_YES, or how else it ended. */
enum view_end form_ask(struct term *term, const char *title, const char *text, const char *yes, const char *no,
		       bool *ret_yes);

#endif
