/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "edit_rows.h"

#include <string.h>

#include "../ui/line.h"
#include "text.h"
#include "words.h"

char *edit_row_name(json_t *row)
{
	const char *text = words_translate(member_text(row, "text"));
	const char *size = strrchr(text, ',');

	/* The sizes have columns of their own. */
	return line_format("%*s%.*s", words_indent(row), "",
			   size && strcmp(member_text(row, "type"), "disk") ? (int)(size - text) : (int)strlen(text), text);
}

static char *size_of(json_t *row, const char *member)
{
	return member_number(row, member) > 0 ? words_size(member_number(row, member)) : line_format("%s", "");
}

char *edit_row_was(json_t *row)
{
	return size_of(row, "was");
}

char *edit_row_now(json_t *row)
{
	if (json_object_get(json_object_get(row, "wish"), "onto"))
		return line_format("%s", _("shared"));
	if (json_is_null(json_object_get(row, "now")))
		return line_format("%s", _("not made"));
	return size_of(row, "now");
}

const char *edit_kind_member(json_t *row)
{
	return !strcmp(member_text(row, "type"), "disk") ? "table" : "kind";
}

const char *edit_count_member(json_t *row)
{
	const char *member = member_text(row, "count");

	return !strcmp(member, "members") ? "members" : !strcmp(member, "spread") ? "spread" : NULL;
}

bool edit_row_is_plain(json_t *row)
{
	json_t *wish = json_object_get(row, "wish");

	return member_true(wish, "plain") || *member_text(wish, "plain");
}

/* "size 20GiB, kind xfs"; NULL: nothing was changed. */
static char *wish_words(json_t *row)
{
	json_t *wish = json_object_get(row, "wish"), *size = json_object_get(wish, "size");
	const char *kind = member_text(wish, edit_kind_member(row));
	long long members = member_number(wish, "members"), disks = member_number(wish, "spread");
	AUTO_FREE char *bytes = json_is_integer(size) ? words_size(member_number(wish, "size")) : line_format("%s", member_text(wish, "size"));

	if (member_true(wish, "drop"))
		return line_format("%s", _("left out"));
	if (edit_row_is_plain(row))
		return line_format("%s", _("not made, but what lies on it"));
	if (json_object_get(wish, "onto"))
		return line_format("%s", _("laid onto another disk"));
	if (members > 0)
		return line_format(ngettext("%lld member", "%lld members", (unsigned long)members), members);
	if (disks > 0)
		return line_format(ngettext("over %lld more disk", "over %lld more disks", (unsigned long)disks), disks);
	if (json_object_get(wish, "spares"))
		return line_format(_("spares: %lld"), (long long)member_number(wish, "spares"));
	if (size && *kind)
		return line_format(_("size %s, kind %s"), bytes, kind);
	return size ? line_format(_("size %s"), bytes) : *kind ? line_format(_("kind %s"), kind) : NULL;
}

char *edit_row_paths(json_t *row)
{
	json_t *paths = member_array(row, "paths"), *path;
	char *text = line_format("%s", "");
	size_t i;

	json_array_foreach(paths, i, path) {
		AUTO_FREE char *before = text;

		text = line_format("%s%s%s", before, i ? ", " : "", json_string_value(path));
	}
	return text;
}

char *edit_row_detail(json_t *row)
{
	AUTO_FREE char *used = size_of(row, "used"), *wish = wish_words(row), *paths = edit_row_paths(row);
	AUTO_FREE char *in_use = *used ? line_format(_(", %s in use"), used) : line_format("%s", "");
	AUTO_FREE char *changed = wish ? line_format(_("Changed: %s. %s"), wish, words_translate(member_text(row, "note"))) :
					 line_format("%s", words_translate(member_text(row, "note")));

	return line_format("%s%s%s%s\n%s", words_translate(member_text(row, "text")), in_use, *paths ? ": " : "", paths,
			   *changed ? changed : edit_row_can_change(row) ? _("Enter changes it.") : _("It cannot be changed."));
}

bool edit_row_can_change(json_t *row)
{
	return member_true(row, "size") || member_true(row, "drop") || member_true(row, "plain") || edit_count_member(row) ||
	       json_array_size(member_array(row, "kinds")) > 0;
}

json_t *edit_changed(json_t *data, json_t *row, const char *member, json_t *value)
{
	json_t *wishes = json_deep_copy(json_object_get(data, "wishes")), *wish;

	wishes = wishes ? wishes : json_object();
	wish = json_deep_copy(json_object_get(wishes, member_text(row, "id")));
	if (!member) {
		json_object_del(wishes, member_text(row, "id"));
		json_decref(wish);
		json_decref(value);
		return wishes;
	}
	/* What is left out has no size. */
	if (!wish || !strcmp(member, "drop") || !strcmp(member, "plain")) {
		json_decref(wish);
		wish = json_object();
	}
	json_object_del(wish, "drop");
	json_object_set_new(wish, member, value);
	json_object_set_new(wishes, member_text(row, "id"), wish);
	return wishes;
}
