/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a form: keys, news, signals, buttons. */
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "form_inside.h"

#define KEY_WHOLE 1000 /* id of a key that no screen has */

static int newt_function_key(int function)
{
	return NEWT_KEY_F1 + function - 1;
}

static void add_keys(struct form *form, const struct key *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (keys[i].function)
			newtFormAddHotKey(form->newt, newt_function_key(keys[i].function));
		if (key_letter_works(&keys[i], form->typing))
			newtFormAddHotKey(form->newt, keys[i].letter);
		if (keys[i].control)
			newtFormAddHotKey(form->newt, keys[i].control - '@');
		if (keys[i].escape)
			newtFormAddHotKey(form->newt, NEWT_KEY_ESCAPE);
	}
	newtFormAddHotKey(form->newt, NEWT_KEY_ENTER);
	if (form->ticks)
		newtFormAddHotKey(form->newt, ' ');
}

static int find_key(const struct form *form, const struct key *keys, size_t count, int pressed)
{
	for (size_t i = 0; i < count; i++)
		if ((keys[i].function && pressed == newt_function_key(keys[i].function)) ||
		    (key_letter_works(&keys[i], form->typing) && pressed == keys[i].letter) ||
		    (keys[i].control && pressed == keys[i].control - '@') ||
		    (keys[i].escape && pressed == NEWT_KEY_ESCAPE))
			return keys[i].id;
	return 0;
}

/* Where the focus lies at first. */
static newtComponent first_focus(const struct form *form)
{
	if (form->focus_kept >= 0 && (size_t)form->focus_kept < form->count)
		return form->items[form->focus_kept].component;
	if (form->focus_kept >= 0)
		return form->button_components[(size_t)form->focus_kept - form->count];
	if (form->focus_button >= 0 && (size_t)form->focus_button < form->button_count)
		return form->button_components[form->focus_button];
	for (size_t i = 0; i < form->count; i++)
		if (form->items[i].component)
			return form->items[i].component;
	return form->button_count ? form->button_components[0] : NULL;
}

void form_focus_first(struct form *form)
{
	form->focus_kept = -1;
	if (form->newt && first_focus(form))
		newtFormSetCurrent(form->newt, first_focus(form));
}

static void focus_next(struct form *form, newtComponent current)
{
	bool seen = false;

	for (size_t i = 0; i < form->count; i++) {
		if (seen && form->items[i].component) {
			newtFormSetCurrent(form->newt, form->items[i].component);
			return;
		}
		seen = seen || form->items[i].component == current;
	}
	if (form->button_count)
		newtFormSetCurrent(form->newt, form->button_components[0]);
}

static struct item *item_of(struct form *form, newtComponent component)
{
	for (size_t i = 0; i < form->count; i++)
		if (form->items[i].component == component)
			return &form->items[i];
	return NULL;
}

/* Enter: a button takes itself; elsewhere the default button is taken, unless the entry cannot be chosen. -1:
 * nothing was. */
static int press_enter(struct form *form)
{
	newtComponent current = newtFormGetCurrent(form->newt);
	struct item *item = item_of(form, current);

	for (size_t i = 0; i < form->button_count; i++)
		if (form->button_components[i] == current)
			return (int)i;
	if (item && item->kind == ITEM_LIST && !form->ticks) {
		int entry = form_current(form);

		if (entry >= 0 && !form->entries[entry].enabled) {
			newtBell();
			return -1;
		}
	}
	if (form->enter_button < 0) {
		focus_next(form, current);
		return -1;
	}
	return form->enter_button;
}

static void press_space(struct form *form, newtComponent current)
{
	struct item *item = item_of(form, current);
	int i = form_current(form);

	if (!item || item->kind != ITEM_LIST || i < 0)
		return;
	if (!form->entries[i].enabled) {
		newtBell();
		return;
	}
	form->entries[i].ticked = !form->entries[i].ticked;
	form_show_entry(form, i);
}

/* Beside the form's own keys, where a text or a detail finds too little room. */
static struct key whole_key(void)
{
	return (struct key){ .id = KEY_WHOLE, .function = 6, .letter = 'v', .control = 'X', .label = catalogue_text("View") };
}

static enum view_end take_hot_key(struct form *form, const struct key *keys, size_t count, int pressed, int *ret)
{
	int id = find_key(form, keys, count, pressed);
	struct key whole = whole_key();

	if (form->cut && find_key(form, &whole, 1, pressed))
		return form_show_whole(form);
	if (id) {
		*ret = id;
		return VIEW_KEY;
	}
	if (pressed == NEWT_KEY_ENTER) {
		*ret = press_enter(form);
		if (*ret >= 0)
			return VIEW_CHOICE;
	} else if (pressed == ' ') {
		newtComponent current = newtFormGetCurrent(form->newt);

		for (size_t i = 0; i < form->button_count; i++)
			if (form->button_components[i] == current) {
				*ret = (int)i;
				return VIEW_CHOICE;
			}
		press_space(form, current);
	}
	return VIEW_CHANGED;
}

static enum view_end take_end(struct form *form, const struct newtExitStruct *end, int *ret)
{
	switch (end->reason) {
	case NEWT_EXIT_HOTKEY:
		return take_hot_key(form, form->keys, form->key_count, end->u.key, ret);
	case NEWT_EXIT_COMPONENT:
		for (size_t i = 0; i < form->button_count; i++)
			if (form->button_components[i] == end->u.co) {
				*ret = (int)i;
				return VIEW_CHOICE;
			}
		return VIEW_CHANGED;
	case NEWT_EXIT_FDREADY:
		if (end->u.watch == form->term->signal_fd)
			return term_signals(form->term);
		return term_news(form->term);
	case NEWT_EXIT_ERROR:
		form->term->hangup = true;
		return VIEW_HANGUP;
	default:
		return VIEW_CHANGED;
	}
}

/* The window with its keys, and the focus where it belongs. */
static void put_up(struct form *form)
{
	struct key keys[KEYS_MAX + 1];
	size_t count = form->key_count;
	int rows, columns;
	char *line, *indented;

	form_build(form);
	memcpy(keys, form->keys, form->key_count * sizeof(*keys));
	if (form->cut && count) {
		memmove(keys + 2, keys + 1, (count++ - 1) * sizeof(*keys));
		keys[1] = whole_key();
	}
	add_keys(form, keys, count);
	term_size(form->term, &rows, &columns);
	line = key_line(keys, count, form->typing, columns - 2);
	indented = line_format(" %s", line);
	newtPushHelpLine(indented);
	free(indented);
	free(line);
	form->watched = form->term->watch_fd;
	newtFormWatchFd(form->newt, form->term->signal_fd, NEWT_FD_READ);
	if (form->watched >= 0)
		newtFormWatchFd(form->newt, form->watched, NEWT_FD_READ);
	if (first_focus(form))
		newtFormSetCurrent(form->newt, first_focus(form));
}

void form_take_down_all(struct form *form)
{
	for (; form; form = form->below)
		form_take_down(form);
}

void form_build_all(struct form *form)
{
	if (!form)
		return;
	form_build_all(form->below);
	put_up(form);
}

enum view_end form_run(struct form *form, const struct key *keys, size_t count, int *ret)
{
	struct term *term = form->term;

	if (term_is_gone(term))
		return VIEW_HANGUP;
	if (!form->newt) {
		form->key_count = count < KEYS_MAX ? count : KEYS_MAX;
		memcpy(form->keys, keys, form->key_count * sizeof(*keys));
		form->below = term->top;
		put_up(form);
		term->top = form;
	}
	for (;;) {
		struct newtExitStruct exit;
		enum view_end end;

		if (term->resized)
			term_resize(term);
		if (term->hangup)
			return VIEW_HANGUP;
		/* A descriptor that newt would continue to poll is gone: the form must be left. */
		if (term->stale || term->watch_fd != form->watched) {
			term->stale = false;
			return VIEW_NEWS;
		}
		newtFormRun(form->newt, &exit);
		end = take_end(form, &exit, ret);
		if (end != VIEW_CHANGED)
			return end;
	}
}
