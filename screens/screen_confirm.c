/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Consent to erase one disk: by typing the end of its serial number or WWN, or where it is connected when no number is its alone; by
 * ticking a box where it is blank and has a number. */
#include <string.h>

#include "proof.h"
#include "screen.h"
#include "text.h"
#include "words.h"

#define LOST_SHOWN 2
#define LOST_WIDTH 68 /* cells */

static bool must_type(json_t *data, const struct proof *proof)
{
	return proof_is_place(proof) || json_array_size(member_array(data, "erases")) > 0;
}

/* All that tells this disk from others. */
static char *facts_of(json_t *data)
{
	const char *transport = member_text(data, "transport"), *path = member_text(data, "by_path"), *name = member_text(data, "name");
	AUTO_FREE char *size = words_size(member_number(data, "size"));
	AUTO_FREE char *now = *name ? line_format(_("now /dev/%s"), name) : line_format("%s", "");
	AUTO_FREE char *place = line_format("%s%s%s%s%s", transport, *transport && *path ? ", " : "", path,
					    (*transport || *path) && *now ? ", " : "", now);
	const struct {
		const char *label, *value;
	} facts[] = {
		{ _("Model"), *member_text(data, "model") ? member_text(data, "model") : _("not known") },
		{ _("Serial"), *member_text(data, "serial") ? member_text(data, "serial") : _("none") },
		{ _("WWN"), member_text(data, "wwn") },
		{ _("Size"), size },
		{ _("Bus"), place },
	};
	char *text = line_format(_("Disk %d of %d"), (int)member_number(data, "index") + 1, (int)member_number(data, "count"));
	int widest = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(facts); i++)
		if (line_width(facts[i].label) > widest)
			widest = line_width(facts[i].label);
	for (size_t i = 0; i < ARRAY_LENGTH(facts); i++) {
		AUTO_FREE char *label = line_pad(facts[i].label, widest);
		char *longer;

		if (!*facts[i].value)
			continue;
		longer = line_format("%s\n  %s   %s", text, label, facts[i].value);
		free(text);
		text = longer;
	}
	return text;
}

static void add_typing(struct form *form, const struct proof *proof)
{
	AUTO_FREE char *text = NULL;

	switch (proof->kind) {
	case PROOF_SERIAL:
		text = line_format(ngettext("To confirm, type the last character of the serial number (%zu):",
					    "To confirm, type the last %zu characters of the serial number:", strlen(proof->tail)),
				   strlen(proof->tail));
		break;
	case PROOF_WWN:
		text = line_format(ngettext("To confirm, type the last character of the WWN (%zu):",
					    "To confirm, type the last %zu characters of the WWN:", strlen(proof->tail)),
				   strlen(proof->tail));
		break;
	case PROOF_PATH:
		form_whole_text(form, _("No number tells this disk from the others. To confirm, type the path that it is connected at:"));
		text = line_format("  %s", proof->text);
		break;
	case PROOF_NAME:
		form_whole_text(form, _("Neither a number nor a path tells this disk from the others. To confirm, type its present name:"));
		text = line_format("  %s", proof->text);
		break;
	}
	if (proof_is_place(proof)) {
		form_whole_text(form, text);
		form_field(form, "", "", 72, false);
	} else {
		form_field(form, text, "", (int)strlen(proof->tail) + 4, false);
	}
}

/* What the set lacks, in rows of one line each: the plan said all of it. */
static char *lost_text(json_t *data)
{
	AUTO_FREE char *lost = words_lost(data);
	char *text = line_format(*lost ? "%s:" : "%s", lost), *line;

	for (size_t i = 0; i < LOST_SHOWN && (line = words_lost_line(data, i)); i++) {
		char *reason = strstr(line, ": "), *longer;
		AUTO_FREE char *row = NULL;

		if (reason)
			*reason = '\0';
		row = line_fit(line, LOST_WIDTH);
		longer = line_format("%s\n  %s", text, row);
		free(text);
		free(line);
		text = longer;
	}
	return text;
}

static struct form *build(struct console *console, json_t *data)
{
	struct form *form = form_new(console->term, _("Erase this disk?"), FORM_WIDE);
	AUTO_FREE char *facts = facts_of(data);
	AUTO_FREE char *erases = words_lines(member_array(data, "erases"), "  ");
	AUTO_FREE char *lost = lost_text(data);
	struct proof proof = proof_of(data);

	form_banner(form, TONE_BAD, _("Everything on this disk will be erased"));
	form_gap(form);
	form_whole_text(form, facts);
	form_gap(form);
	if (*erases) {
		/* The number tells when there is more than the window shows. */
		AUTO_FREE char *text = line_format(_("On it now, and lost afterwards (%zu):\n%s"),
						   json_array_size(member_array(data, "erases")), erases);

		form_text(form, text);
	} else {
		form_text(form, _("No partitions or filesystems were found on it; it looks blank."));
	}
	if (*lost) {
		form_gap(form);
		form_text(form, lost);
	}
	form_gap(form);
	if (must_type(data, &proof))
		add_typing(form, &proof);
	else
		form_tick(form, _("Yes, erase this disk (Space ticks the box)"));
	form_button(form, _("Back"));
	form_button(form, _("Erase and restore"));
	/* Whoever typed what tells the disk has decided; a box is ticked by one key, so that Enter alone leads on to Back. */
	form_default(form, must_type(data, &proof) ? 1 : -1, -1);
	return form;
}

static const char *why_not(const struct proof *proof)
{
	switch (proof->kind) {
	case PROOF_SERIAL:
		return _("This is not the end of this disk's serial number, or not enough of it. Nothing was written.");
	case PROOF_WWN:
		return _("This is not the end of this disk's WWN, or not enough of it. Nothing was written.");
	case PROOF_PATH:
		return _("This is not the path of this disk. Nothing was written.");
	default:
		return _("This is not the name of this disk. Nothing was written.");
	}
}

static bool is_confirmed(const struct form *form, json_t *data, const char **ret_why)
{
	struct proof proof = proof_of(data);

	if (!must_type(data, &proof)) {
		*ret_why = _("The box is not ticked. Nothing was written.");
		return form_is_ticked(form, 0);
	}
	*ret_why = why_not(&proof);
	return proof_is_given(&proof, form_value(form), true);
}

static bool confirms_place(json_t *data)
{
	struct proof proof = proof_of(data);

	return proof_is_place(&proof);
}

static const char *help(void)
{
	return _("This is the last question before this disk is erased. Compare model, serial number, size, path and contents with "
		 "the disk that you mean.\n"
		 "What you type shows that you mean this disk: the end of its serial number or WWN. Where another disk has the same "
		 "number, or this one has none, it is the path that the disk is connected at.\n"
		 "'Back' writes nothing. Lifeboat checks the identity of the disk once more right before the first write.");
}

enum view_end screen_confirm(struct console *console, json_t *question)
{
	json_t *data = json_object_get(question, "data");
	struct form *form = build(console, data);
	enum view_end end;
	const char *why;
	int chosen;

	do {
		end = console_form(console, form, 0, help(), &chosen);
		if (end != VIEW_CHOICE)
			break;
		if (chosen == 0) {
			end = console_request(console, member_true(question, "back") ? "back" : "cancel");
		} else if (is_confirmed(form, data, &why)) {
			end = console_answer(console, json_pack("{ss}", "erase", member_text(data, "disk")));
		} else if ((end = form_message(console->term, _("Not confirmed"), why, _("OK"))) == VIEW_CHOICE) {
			/* Whoever mistyped types again at once; a long path is corrected where it stands. */
			if (!confirms_place(data))
				form_clear_value(form);
			form_focus_first(form);
			end = console_is_stale(console) ? VIEW_NEWS : VIEW_CHANGED;
		}
	} while (end == VIEW_CHANGED);
	form_free(form);
	return end;
}
