/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A form's parts, shared by its building (form.c) and its layout and running (form_run.c); not for others. */
#ifndef LIFEBOAT_UI_FORM_INSIDE_H
#define LIFEBOAT_UI_FORM_INSIDE_H

#include <newt.h>

#include "form.h"
#include "line.h"
#include "term_inside.h"

enum item_kind { ITEM_TEXT, ITEM_BANNER, ITEM_GAP, ITEM_LIST, ITEM_TICK, ITEM_FIELD };

struct item {
	enum item_kind kind;
	char *text;              /* paragraph, banner, names of columns, label; may be NULL for the list */
	enum tone tone;
	struct line_block block; /* of a paragraph, once wrapped */
	int height;              /* rows given to it */
	bool whole;              /* gives no row away */
	bool cut;                /* a paragraph with more lines than rows */
	int width;               /* of a field */
	bool secret;
	bool untouched;          /* a field whose value nobody typed: the first character takes its place */
	char *value;             /* of a field: at first, and after a run */
	char mark;               /* of a tick: ' ' or '*' */
	newtComponent component; /* what takes the focus */
};

struct entry {
	char *text, *detail;
	bool enabled, ticked;
	bool has_cells;          /* instead of the text: row CELLS of the form's table */
	size_t cells;
};

struct form {
	struct term *term;
	char *title;
	enum form_size size;
	struct item *items;
	size_t count;
	struct entry *entries;
	size_t entry_count;
	struct table *table;     /* the entries' cells; NULL: all have texts */
	size_t cell_rows;
	bool ticks;              /* of the list */
	int selected;
	char **buttons;
	newtComponent *button_components;
	size_t button_count;
	int enter_button, focus_button; /* -1: none */
	enum key_typing typing;  /* into a field that it has */
	int detail_height;
	bool cut;                /* some text or detail finds less room than it needs */
	struct key keys[KEYS_MAX];
	size_t key_count;
	int watched;             /* descriptor that newt looks at */
	struct form *below;      /* the one it lies on */
	int focus_kept;          /* what had the focus before it was taken down: items, then buttons; -1: nothing */
	/* What newt shows, once built. */
	newtComponent newt;
	newtComponent detail;    /* NULL when no entry has one */
	int width, height;
};

#define FORM_MARGIN 1 /* cells between border and text */

static inline int max_of(int a, int b)
{
	return a > b ? a : b;
}

static inline int min_of(int a, int b)
{
	return a < b ? a : b;
}

/* Frees what a field holds; a secret is overwritten first. */
void form_drop_value(struct item *item);
/* Opens the window and makes newt's parts. */
void form_build(struct form *form);
/* Closes the window; what was typed, ticked and selected is kept for the next form_build(). */
void form_take_down(struct form *form);
/* Cells that the list takes when nothing is cut. */
int form_list_width(const struct form *form);
/* Rows of the longest detail in the form's width, with the gap above it; 0: there is none. */
int form_detail_rows(const struct form *form);
/* Makes the list, its head and its detail in ITEM, from row TOP on. */
void form_build_list(struct form *form, struct item *item, int top);
/* Shows the texts that are cut, and the current entry with its detail, as a whole, in a pager. */
enum view_end form_show_whole(struct form *form);
/* Draws entry I of the list again after its tick changed. */
void form_show_entry(struct form *form, int i);

#endif
