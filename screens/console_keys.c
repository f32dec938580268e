/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of the console's screens and what they do: help, shell, log, hardware, look again, stop, leave, back. */
#include <limits.h>
#include <string.h>

#include "../ui/pager.h"
#include "console.h"
#include "text.h"
#include "words.h"

#define KEY_CELLS 32 /* of one key in the help */

size_t console_keys(struct console *console, unsigned offered, struct key *keys)
{
	size_t count = 0;

	keys[count++] = (struct key){ .id = KEY_ID_HELP, .function = 1, .letter = '?', .label = _("Help") };
	if (offered & CONSOLE_CLOSE) {
		keys[count++] = (struct key){
			.id = KEY_ID_CLOSE,
			.function = 12,
			.letter = 'q',
			.control = 'C',
			.escape = true,
			.label = _("Close"),
		};
		keys[count++] = (struct key){ .id = KEY_ID_CLOSE, .letter = 'b', .label = "" };
		return count;
	}
	keys[count++] = (struct key){ .id = KEY_ID_SHELL, .function = 2, .letter = '!', .label = _("Shell") };
	keys[count++] = (struct key){
		.id = KEY_ID_LOG, .function = 3, .letter = 'l', .control = 'T', .label = _("Log")
	};
	if (json_is_object(console->model.hardware))
		keys[count++] = (struct key){
			.id = KEY_ID_HARDWARE, .function = 4, .letter = 'h', .control = 'W', .label = _("Hardware"),
		};
	if (offered & CONSOLE_RESCAN)
		keys[count++] = (struct key){
			.id = KEY_ID_RESCAN, .function = 5, .letter = 'r', .control = 'R', .label = _("Rescan"),
		};
	if (offered & CONSOLE_CANCEL)
		keys[count++] = (struct key){ .id = KEY_ID_CANCEL, .function = 9, .letter = 'c', .label = _("Stop") };
	keys[count++] = (struct key){
		.id = KEY_ID_QUIT, .function = 10, .letter = 'q', .control = 'C', .label = _("Quit")
	};
	if (offered & CONSOLE_BACK)
		keys[count++] = (struct key){
			.id = KEY_ID_BACK,
			.function = 12,
			.letter = 'b',
			.control = 'B',
			.escape = true,
			.label = _("Back"),
		};
	return count;
}

/* "F10 q ^C  Quit", in KEY_CELLS. */
static char *help_of_key(const struct key *key)
{
	AUTO_FREE char *function = key->function ? line_format("F%d ", key->function) : line_format("%s", "");
	AUTO_FREE char *letter = key->letter ? line_format("%c ", key->letter) : line_format("%s", "");
	AUTO_FREE char *control = key->control ? line_format("^%c ", key->control) : line_format("%s", "");
	AUTO_FREE char *text = line_format("%s%s%s%s %s", function, letter, control, key->escape ? "Esc " : "", key->label);

	return line_pad(text, KEY_CELLS);
}

/* All keys of a screen, two in a row. */
static char *help_of_keys(const struct key *keys, size_t count)
{
	char *text = line_format("%s", "");
	size_t shown = 0;

	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *one = *keys[i].label ? help_of_key(&keys[i]) : NULL;
		char *longer;

		if (!one)
			continue;
		longer = line_format("%s%s%s", text, shown % 2 ? "  " : "\n  ", one);
		free(text);
		text = longer;
		shown++;
	}
	return text;
}

static size_t help_count(void *data)
{
	const struct line_block *lines = data;

	return lines->count;
}

static const char *help_line(void *data, size_t i, enum tone *ret_tone)
{
	const struct line_block *lines = data;

	(void)ret_tone;
	return lines->lines[i];
}

struct pager_texts console_pager_texts(const char *empty)
{
	return (struct pager_texts){
		.search = _("Search"), .next = _("Next"), .start = _("Top"), .end = _("End"), .not_found = _("Not found"), .empty = empty,
	};
}

enum view_end console_show_lines(struct console *console, const char *title, const struct pager_source *source)
{
	const struct key close[] = {
		{ .id = KEY_ID_CLOSE, .function = 12, .letter = 'q', .escape = true, .label = _("Close") },
		{ .id = KEY_ID_CLOSE, .function = 1, .letter = '?', .label = "" },
		{ .id = KEY_ID_CLOSE, .letter = 'b', .control = 'C', .label = "" },
	};
	const struct pager_texts texts = console_pager_texts("");
	struct pager *pager = pager_new(console->term, title, source, &texts, false);
	int id;
	enum view_end end = pager_run(pager, close, ARRAY_LENGTH(close), &id);

	pager_free(pager);
	return end == VIEW_KEY ? VIEW_CHANGED : end;
}

enum view_end console_show_help(struct console *console, const struct key *keys, size_t count, const char *help)
{
	AUTO_FREE char *of_keys = help_of_keys(keys, count);
	AUTO_FREE char *text = line_format(
		_("%s\n\nKeys%s\n\n"
		  "Tab or arrows move, Enter takes the marked entry or button, Space ticks a box, Ctrl-L draws the screen again. "
		  "Without function keys use the letter; in a field that takes letters, the sign or the Ctrl key (^). "
		  "Where a text finds too little room, F6 (v, ^X) shows all of it.\n"
		  "Every console shows the same session; the first answer counts for all."),
		help, of_keys);
	struct pager_source source = { help_count, help_line, NULL };
	struct line_block lines;
	enum view_end end;

	line_wrap(text, INT_MAX, &lines);
	source.data = &lines;
	end = console_show_lines(console, _("Help"), &source);
	line_block_done(&lines);
	return end;
}

enum view_end console_run_shell(struct console *console, const char *banner)
{
	const char *shell = getenv("SHELL");
	char *argv[] = { NULL, (char *)"-l", NULL };
	int status;

	if (!shell || access(shell, X_OK) < 0)
		shell = access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh";
	argv[0] = (char *)shell;
	status = term_run(console->term, argv, banner);
	if (status == 127 || status < 0)
		return form_message(console->term, _("Shell"), _("The shell could not be started."), _("Close"));
	return VIEW_CHANGED;
}

static enum view_end press_shell(struct console *console)
{
	return console_run_shell(console,
				 _("This is a shell on the rescue console. The restore session continues meanwhile.\n"
				   "/run/lifeboat/README says what is where.\n"
				   "Type 'exit' to go back to the screens.\n\n"));
}

static const char *stop_label(const struct console *console)
{
	return !strcmp(console->model.mode, "compare") ? _("Stop the comparison") : _("Stop the restore");
}

static enum view_end press_cancel(struct console *console)
{
	bool compares = !strcmp(console->model.mode, "compare");
	enum view_end end;
	bool yes;

	end = form_ask(console->term, compares ? _("Stop the comparison?") : _("Stop the restore?"),
		       compares	? _("Nothing was written to any disk.")
		       : model_may_have_written(&console->model)
				? _("The restore stops within seconds. Disks have already been written to: the machine stays "
				    "incomplete and may not start until the restore is resumed or repeated.")
				: _("Nothing has been written to any disk yet. The choices made so far are forgotten."),
		       stop_label(console), _("Continue"), &yes);
	if (end != VIEW_CHOICE)
		return end;
	return yes ? console_request(console, "cancel") : VIEW_CHANGED;
}

static enum view_end really(struct console *console, const char *title, const char *yes_text, const char *request)
{
	enum view_end end;
	bool yes;

	end = form_ask(console->term, title,
		       _("The session ends. A restore that is running stays unfinished."), yes_text, _("Stay"), &yes);
	if (end != VIEW_CHOICE)
		return end;
	return yes ? console_request(console, request) : VIEW_CHANGED;
}

static enum view_end press_quit(struct console *console)
{
	enum { STAY, STOP, REBOOT, POWEROFF, LEAVE } meaning[5];
	struct form *form = form_new(console->term, _("Quit"), FORM_SMALL);
	bool may_leave = console->options->joins || !console->model.rescue;
	int count = 0, chosen, entry;
	enum view_end end;

	form_list(form, NULL, false);
	form_entry(form, _("Stay here"), "", true, false);
	meaning[count++] = STAY;
	if (console->client && !console->model.end) {
		form_entry(form, stop_label(console), "", true, false);
		meaning[count++] = STOP;
	}
	if (console->client && console->model.rescue) {
		form_entry(form, _("Restart the machine"), "", true, false);
		meaning[count++] = REBOOT;
		form_entry(form, _("Switch the machine off"), "", true, false);
		meaning[count++] = POWEROFF;
	}
	if (may_leave) {
		form_entry(form,
			   console->client ? _("Leave this console; the session continues") : _("Leave this console"), "",
			   true, false);
		meaning[count++] = LEAVE;
	}
	form_button(form, _("OK"));
	end = form_run(
		form,
		&(struct key){ .id = KEY_ID_CLOSE, .function = 12, .letter = 'b', .escape = true, .label = _("Back") },
		1, &chosen);
	entry = form_current(form);
	form_free(form);
	if (end != VIEW_CHOICE)
		return end == VIEW_KEY ? VIEW_CHANGED : end;
	switch (meaning[entry < 0 ? 0 : entry]) {
	case STOP:
		return press_cancel(console);
	case REBOOT:
		return really(console, _("Restart the machine?"), _("Restart"), "reboot");
	case POWEROFF:
		return really(console, _("Switch the machine off?"), _("Switch off"), "poweroff");
	case LEAVE:
		console->leave = true;
		return VIEW_NEWS;
	default:
		return VIEW_CHANGED;
	}
}

enum view_end console_press(struct console *console, int id, const struct key *keys, size_t count, const char *help)
{
	console_head(console);
	switch (id) {
	case KEY_ID_HELP:
		return console_show_help(console, keys, count, help);
	case KEY_ID_SHELL:
		return press_shell(console);
	case KEY_ID_LOG:
		return console_show_log(console, true);
	case KEY_ID_HARDWARE:
		return console_show_hardware(console);
	case KEY_ID_RESCAN:
		return console_request(console, "rescan");
	case KEY_ID_CANCEL:
		return press_cancel(console);
	case KEY_ID_QUIT:
		return press_quit(console);
	case KEY_ID_BACK:
		return console_request(console, "back");
	default:
		return VIEW_KEY;
	}
}

enum view_end console_form(struct console *console, struct form *form, unsigned offered, const char *help, int *ret)
{
	struct key keys[KEYS_MAX];
	json_t *question = console->model.question;
	enum view_end end;
	size_t count;

	if (member_true(question, "back"))
		offered |= CONSOLE_BACK;
	if (member_true(question, "rescan"))
		offered |= CONSOLE_RESCAN;
	count = console_keys(console, offered, keys);
	do {
		end = form_run(form, keys, count, ret);
		if (end == VIEW_KEY)
			end = console_press(console, *ret, keys, count, help);
		/* What was on top may have taken the news. */
		if (end == VIEW_CHANGED && console_is_stale(console))
			end = VIEW_NEWS;
	} while (end == VIEW_CHANGED);
	return end;
}
