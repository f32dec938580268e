/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "form.h"

#include <stdlib.h>
#include <string.h>

#include "form_inside.h"
#include "memory.h"

struct form *form_new(struct term *term, const char *title, enum form_size size)
{
	struct form *form = ui_allocate(sizeof(*form));

	form->term = term;
	form->title = line_clean(title, false);
	form->size = size;
	form->focus_button = form->focus_kept = -1;
	return form;
}

void form_drop_value(struct item *item)
{
	if (item->secret && item->value)
		explicit_bzero(item->value, strlen(item->value));
	free(item->value);
	item->value = NULL;
}

void form_free(struct form *form)
{
	if (!form)
		return;
	if (form->newt) {
		form_take_down(form);
		form->term->top = form->below;
	}
	table_free(form->table);
	for (size_t i = 0; i < form->count; i++) {
		line_block_done(&form->items[i].block);
		free(form->items[i].text);
		form_drop_value(&form->items[i]);
	}
	for (size_t i = 0; i < form->entry_count; i++) {
		free(form->entries[i].text);
		free(form->entries[i].detail);
	}
	for (size_t i = 0; i < form->button_count; i++)
		free(form->buttons[i]);
	free(form->items);
	free(form->entries);
	free(form->buttons);
	free(form->button_components);
	free(form->title);
	free(form);
}

static struct item *add(struct form *form, enum item_kind kind, const char *text)
{
	struct item *item;

	form->items = ui_reallocate(form->items, (form->count + 1) * sizeof(*form->items));
	item = &form->items[form->count++];
	*item = (struct item){ .kind = kind, .text = text ? line_clean(text, kind == ITEM_TEXT) : NULL };
	return item;
}

void form_text(struct form *form, const char *text)
{
	add(form, ITEM_TEXT, text);
}

void form_whole_text(struct form *form, const char *text)
{
	add(form, ITEM_TEXT, text)->whole = true;
}

void form_banner(struct form *form, enum tone tone, const char *text)
{
	add(form, ITEM_BANNER, text)->tone = tone;
}

void form_gap(struct form *form)
{
	add(form, ITEM_GAP, NULL);
}

void form_list(struct form *form, const char *head, bool ticks)
{
	form->ticks = ticks;
	add(form, ITEM_LIST, head);
}

void form_entry(struct form *form, const char *text, const char *detail, bool enabled, bool ticked)
{
	form->entries = ui_reallocate(form->entries, (form->entry_count + 1) * sizeof(*form->entries));
	form->entries[form->entry_count++] = (struct entry){
		.text = line_clean(text, false),
		.detail = line_clean(detail, true),
		.enabled = enabled,
		.ticked = ticked,
	};
}

void form_columns(struct form *form, const struct column *columns, size_t count)
{
	form->table = table_new(columns, count);
}

void form_row(struct form *form, const char *const *cells, const char *detail, bool enabled)
{
	form_entry(form, "", detail, enabled, false);
	form->entries[form->entry_count - 1].cells = form->cell_rows++;
	form->entries[form->entry_count - 1].has_cells = true;
	table_add(form->table, cells);
}

void form_select(struct form *form, int entry)
{
	if (entry >= 0 && (size_t)entry < form->entry_count)
		form->selected = entry;
}

int form_tick(struct form *form, const char *label)
{
	int number = 0;

	for (size_t i = 0; i < form->count; i++)
		number += form->items[i].kind == ITEM_TICK;
	add(form, ITEM_TICK, label)->mark = ' ';
	return number;
}

void form_field(struct form *form, const char *label, const char *value, int width, bool secret)
{
	struct item *item = add(form, ITEM_FIELD, label);

	item->value = line_clean(value, false);
	item->width = width;
	item->secret = secret;
	item->untouched = *value;
	form->typing = secret ? KEY_TYPING_SECRET : KEY_TYPING_WORDS;
}

void form_button(struct form *form, const char *label)
{
	form->buttons = ui_reallocate(form->buttons, (form->button_count + 1) * sizeof(*form->buttons));
	form->buttons[form->button_count++] = line_clean(label, false);
}

void form_default(struct form *form, int enter, int focus)
{
	form->enter_button = enter;
	form->focus_button = focus;
}

int form_current(const struct form *form)
{
	for (size_t i = 0; i < form->count; i++)
		if (form->items[i].kind == ITEM_LIST && form->items[i].component && form->entry_count)
			return (int)(long)newtListboxGetCurrent(form->items[i].component);
	return form->entry_count ? form->selected : -1;
}

bool form_entry_ticked(const struct form *form, int entry)
{
	return entry >= 0 && (size_t)entry < form->entry_count && form->entries[entry].ticked;
}

bool form_is_ticked(const struct form *form, int tick)
{
	for (size_t i = 0; i < form->count; i++)
		if (form->items[i].kind == ITEM_TICK && tick-- == 0)
			return form->items[i].mark == '*';
	return false;
}

const char *form_value(const struct form *form)
{
	for (size_t i = 0; i < form->count; i++) {
		if (form->items[i].kind != ITEM_FIELD)
			continue;
		if (form->items[i].component)
			return newtEntryGetValue(form->items[i].component);
		return form->items[i].value;
	}
	return "";
}

void form_clear_value(struct form *form)
{
	for (size_t i = 0; i < form->count; i++) {
		struct item *item = &form->items[i];

		if (item->kind != ITEM_FIELD)
			continue;
		if (item->component) {
			newtEntrySet(item->component, "", 1);
			continue;
		}
		form_drop_value(item);
		item->value = line_clean("", false);
	}
}

/* F12, Esc and a letter do what the button does that changes nothing. */
static struct key way_out(const char *label)
{
	return (struct key){ .id = 1, .function = 12, .letter = 'b', .control = 'C', .escape = true, .label = label };
}

enum view_end form_message(struct term *term, const char *title, const char *text, const char *button)
{
	struct form *form = form_new(term, title, FORM_SMALL);
	struct key key = way_out(button);
	enum view_end end;
	int chosen;

	form_text(form, text);
	form_button(form, button);
	form_default(form, 0, 0);
	end = form_run(form, &key, 1, &chosen);
	form_free(form);
	return end == VIEW_KEY ? VIEW_CHOICE : end;
}

enum view_end form_ask(struct term *term, const char *title, const char *text, const char *yes, const char *no,
		       bool *ret_yes)
{
	struct form *form = form_new(term, title, FORM_SMALL);
	struct key key = way_out(no);
	enum view_end end;
	int chosen = 0;

	form_text(form, text);
	form_button(form, no);
	form_button(form, yes);
	form_default(form, 0, 0);
	end = form_run(form, &key, 1, &chosen);
	form_free(form);
	*ret_yes = end == VIEW_CHOICE && chosen == 1;
	return end == VIEW_KEY ? VIEW_CHOICE : end;
}
