/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was typed at the plain front end. */
#include <errno.h>
#include <string.h>

#include "../ui/line.h"
#include "plain_commands.h"
#include "plain_inside.h"
#include "text.h"

/* What was chosen in a menu of this front end's own. */
static void take_choice(struct plain *plain, enum menu_choice choice)
{
	switch (choice) {
	case MENU_STOP:
		plain_request(plain, "cancel");
		break;
	case MENU_REBOOT:
		plain_request(plain, "reboot");
		break;
	case MENU_POWEROFF:
		plain_request(plain, "poweroff");
		break;
	case MENU_LEAVE:
		plain->leave = true;
		break;
	default:
		plain_prompt(plain);
	}
}

static void open_shell(struct plain *plain)
{
	int r = plain_run_shell(stdout);

	if (r == -ENOTTY)
		plain_say(plain, _("A shell needs a terminal, and standard input is none."));
	else if (r < 0)
		plain_say(plain, _("The shell could not be started."));
	/* The engine waits for this shell. */
	if (r == 0 && plain->asked && !strcmp(member_text(plain->model.question, "name"), "expert"))
		plain_send_value(plain, json_string("done"));
}

static void do_command(struct plain *plain, enum plain_command command)
{
	print_line_end(&plain->printed);
	switch (command) {
	case PLAIN_BACK:
		plain_request(plain, "back");
		return;
	case PLAIN_RESCAN:
		plain_request(plain, "rescan");
		return;
	case PLAIN_LOG:
		plain_print_log(stdout, &plain->model);
		break;
	case PLAIN_HARDWARE:
		plain_print_hardware(stdout, &plain->model);
		break;
	case PLAIN_SHELL:
		open_shell(plain);
		break;
	case PLAIN_STOP:
		menu_open_stop(&plain->menu, &plain->model, stdout);
		break;
	case PLAIN_QUIT:
		menu_open_quit(&plain->menu, &plain->model, !plain->options->owns, stdout);
		break;
	default:
		plain_print_help(stdout, plain->asked ? plain->model.question : NULL, plain->model.rescue);
	}
	if (!plain->said)
		plain_prompt(plain);
}

static void take_answer(struct plain *plain, const char *line)
{
	json_t *value = NULL;
	const char *why = "";

	switch (ask_line(&plain->ask, line, &value, &why)) {
	case ASK_DONE:
		plain_send_value(plain, value);
		break;
	case ASK_MORE:
		plain_prompt(plain);
		break;
	case ASK_NO:
		plain_say(plain, _("Not confirmed. Nothing is written to this disk."));
		if (member_true(plain->model.question, "back"))
			plain_request(plain, "back");
		else
			plain_stop(plain);
		break;
	case ASK_BAD:
		plain_say(plain, why);
		plain_prompt(plain);
		break;
	}
}

/* Of a prompt that shows nothing: with its ':' or '?', and nothing else on the line. */
static bool is_command(const char *text)
{
	return !strcmp(text, "?") || (text[0] == ':' && text[1] && !text[2]);
}

/* A secret is taken as it was typed, blanks included. */
static void take_secret(struct plain *plain, const char *text)
{
	plain->printed.prompt = plain->printed.prompt && !isatty(STDIN_FILENO);
	plain_send_value(plain, json_string(text));
}

void plain_take_line(struct plain *plain, char *text)
{
	AUTO_FREE char *line = NULL;
	enum plain_command command;

	if (plain->asked && !plain->menu.open && member_true(plain->model.question, "secret") && !is_command(text)) {
		take_secret(plain, text);
		return;
	}
	line = text_strip(text);
	command = line ? plain_command_find(line, plain->asked ? plain->model.question : NULL) : PLAIN_NONE;

	/* A terminal went to the next line with whoever typed. */
	plain->printed.prompt = plain->printed.prompt && !isatty(STDIN_FILENO);
	if (!line)
		return;
	if (plain->menu.open)
		take_choice(plain, menu_line(&plain->menu, &plain->model, line, stdout));
	else if (command != PLAIN_NONE)
		do_command(plain, command);
	else if (plain->asked)
		take_answer(plain, line);
	else if (*line)
		plain_say(plain, _("Nothing is asked now. Type ? for help."));
}
