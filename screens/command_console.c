/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat console: the TUI, or plain lines where the terminal does not carry it. */

#include "command_common.h"
#include "console.h"
#include "plain.h"
#include "text.h"
#include "words.h"

static int help(void)
{
	printf(_("Usage: lifeboat console [--socket PATH] [--plain | --log]\n\n"
		       "Shows the restore session on this terminal; waits for it when there is none yet.\n\n"
		       "  --socket PATH  the engine's socket (default %s)\n"
		       "  --plain        plain lines instead of screens\n"
		       "  --log          only the log\n"), ENGINE_SOCKET);
	return 0;
}

int command_console(int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "plain", no_argument, NULL, 'p' },
		{ "log", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct console_options console = { 0 };
	AUTO_FREE char *why = NULL, *language = NULL;
	bool plain = false;
	int option;

	while ((option = command_next_option(argc, argv, ":h", options)) != -1) {
		switch (option) {
		case 's':
			console.socket = optarg;
			break;
		case 'p':
			plain = true;
			break;
		case 'l':
			console.log = true;
			break;
		case 'h':
			return help();
		default:
			return command_wrong_option("console", option, argv);
		}
	}
	if (optind < argc)
		return command_wrong_argument("console", argv[optind]);
	if (plain && console.log)
		return command_usage_error("console", _("--plain and --log do not go together"));
	if (!plain && term_can_show(&why))
		return console_main(&console);
	if (why)
		printf(_("Plain lines instead of screens: %s.\n"), why);
	language = words_language();
	if (language)
		printf("%s\n", language);
	return plain_main(&(struct plain_options){ .socket = console.socket, .waits = true, .fd = -1 });
}
