/* Consent to erase one disk: by typing the end of its serial number, or by ticking a box where it is blank or has
 * none. */
#include <string.h>

#include "screen.h"
#include "text.h"
#include "words.h"

#define TYPED 4 /* characters of the serial number */

/* What has to be typed; NULL: a tick is enough. */
static const char *to_type(json_t *data)
{
	const char *serial = member_text(data, "serial");
	size_t length = strlen(serial);

	if (length == 0 || json_array_size(member_array(data, "erases")) == 0)
		return NULL;
	return length > TYPED ? serial + length - TYPED : serial;
}

static struct form *build(struct console *console, json_t *data)
{
	struct form *form = form_new(console->term, _("Erase this disk?"), FORM_WIDE);
	AUTO_FREE char *size = words_size(member_number(data, "size"));
	AUTO_FREE char *erases = words_lines(member_array(data, "erases"), "  ");
	AUTO_FREE char *disk = line_format(_("Disk %d of %d\n"
					     "  Model    %s\n"
					     "  Serial   %s\n"
					     "  Size     %s"),
					   (int)member_number(data, "index") + 1, (int)member_number(data, "count"),
					   *member_text(data, "model") ? member_text(data, "model") : _("not known"),
					   *member_text(data, "serial") ? member_text(data, "serial") : _("none"),
					   size);
	AUTO_FREE char *lost = words_lost(data, 1);
	const char *typed = to_type(data);

	form_banner(form, TONE_BAD, _("Everything on this disk will be erased"));
	form_gap(form);
	form_text(form, disk);
	form_gap(form);
	if (*erases) {
		AUTO_FREE char *text = line_format(_("On it now, and lost afterwards:\n%s"), erases);

		form_text(form, text);
	} else {
		form_text(form, _("Nothing is known on it; it looks blank."));
	}
	if (*lost) {
		form_gap(form);
		form_text(form, lost);
	}
	form_gap(form);
	if (typed) {
		AUTO_FREE char *label = line_format(
			ngettext("To agree, type the last character of the serial number (%zu):",
				 "To agree, type the last %zu characters of the serial number:", strlen(typed)),
			strlen(typed));

		form_field(form, label, "", 8, false);
	} else {
		form_tick(form, _("Yes, erase this disk (Space ticks the box)"));
	}
	form_button(form, _("Back"));
	form_button(form, _("Erase and restore"));
	form_default(form, -1, -1);
	return form;
}

static bool agreed(const struct form *form, json_t *data, const char **ret_why)
{
	const char *typed = to_type(data);

	if (typed) {
		*ret_why = _("What you typed is not the end of this disk's serial number. Nothing was done.");
		return !strcasecmp(form_value(form), typed);
	}
	*ret_why = _("The box is not ticked. Nothing was done.");
	return form_is_ticked(form, 0);
}

enum view_end screen_confirm(struct console *console, json_t *question)
{
	json_t *data = json_object_get(question, "data");
	struct form *form = build(console, data);
	enum view_end end;
	const char *why;
	int chosen;

	do {
		end = console_form(console, form, 0,
				   _("This is the last question before this disk is erased. Compare model, serial "
				     "number and size with the "
				     "disk you mean.\n"
				     "'Back' writes nothing. The disk's identity is checked once more right before the "
				     "first write."),
				   &chosen);
		if (end != VIEW_CHOICE)
			break;
		if (chosen == 0)
			end = console_request(console, member_true(question, "back") ? "back" : "cancel");
		else if (agreed(form, data, &why))
			end = console_answer(console, json_pack("{ss}", "erase", member_text(data, "disk")));
		else if ((end = form_message(console->term, _("Not agreed"), why, _("OK"))) == VIEW_CHOICE)
			end = console_is_stale(console) ? VIEW_NEWS : VIEW_CHANGED;
	} while (end == VIEW_CHANGED);
	form_free(form);
	return end;
}
