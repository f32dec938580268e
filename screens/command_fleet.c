/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat fleet: takes what machines report, and shows it. */
#include <string.h>

#include "../ui/term.h"
#include "command_common.h"
#include "fleet_view.h"
#include "text.h"
#include "translate.h"

static void usage(void)
{
	printf(_("Usage: lifeboat fleet --listen ADDR:PORT [--state FILE] [--tree DIR] [--plain]\n"
		 "       lifeboat fleet --state FILE --json\n\n"
		 "Takes what machines report that were started with lifeboat.notify=http://ADDR:PORT/, and shows\n"
		 "them, those that need a person first; without a terminal, as a line for each change.\n\n"
		 "  -l, --listen ADDR:PORT  where it listens; an IPv6 address in brackets, :PORT for all addresses\n"
		 "      --state FILE        what was reported is kept here, and known again after a restart\n"
		 "      --tree DIR          entries of this tree that restore once are counted, and replaced when\n"
		 "                          their machine restores; needs --state\n"
		 "      --plain             plain lines instead of a screen\n"
		 "      --json              prints the table of the state file as JSON, and ends\n"));
}

struct wanted {
	struct fleet_options options;
	bool plain, json;
};

/* -1: continue; else the exit status. */
static int parse(int argc, char **argv, struct wanted *wanted)
{
	static const struct option table[] = {
		{ "help", no_argument, NULL, 'h' },           { "json", no_argument, NULL, 'j' },  { "listen", required_argument, NULL, 'l' },
		{ "plain", no_argument, NULL, 'p' },          { "state", required_argument, NULL, 's' }, { "tree", required_argument, NULL, 't' },
		{ 0 },
	};
	int c;

	while ((c = command_next_option(argc, argv, ":hl:", table)) != -1) {
		switch (c) {
		case 'h': usage(); return 0;
		case 'j': wanted->json = true; break;
		case 'l': wanted->options.listen = optarg; break;
		case 'p': wanted->plain = true; break;
		case 's': wanted->options.state = optarg; break;
		case 't': wanted->options.tree = optarg; break;
		default: return command_wrong_option("fleet", c, argv);
		}
	}
	if (optind < argc)
		return command_wrong_argument("fleet", argv[optind]);
	if (wanted->json && (wanted->options.listen || wanted->options.tree || wanted->plain || !wanted->options.state))
		return command_usage_error("fleet", _("--json goes with --state alone: it prints what that file knows."));
	if (!wanted->json && !wanted->options.listen)
		return command_usage_error("fleet", _("say with --listen where machines report."));
	if (wanted->options.tree && !wanted->options.state)
		return command_usage_error("fleet", _("--tree needs --state: which machine has restored must survive a restart."));
	return -1;
}

static int print_json(const char *state)
{
	struct command_screen screen;
	json_t *machines = NULL;
	int r;

	command_begin(&screen, "fleet", true);
	r = fleet_read_table(&screen.ctx, state, &machines);
	if (r == 0) {
		json_auto_t *object = json_pack("{so}", "machines", machines);

		if (!object || json_dumpf(object, stdout, JSON_INDENT(2)) < 0)
			r = context_oom(&screen.ctx);
		putchar('\n');
	}
	return command_end(&screen, r);
}

static int run_plain(const struct fleet_options *options)
{
	struct command_screen screen;
	struct fleet *fleet = NULL;
	int r;

	command_begin(&screen, "fleet", false);
	r = fleet_open(&screen.ctx, options, &fleet);
	if (r == 0) {
		printf(_("Listening at %s\n"), fleet_address(fleet));
		fflush(stdout);
		fleet_lines(&screen.ctx, fleet);
	}
	fleet_close(fleet);
	/* To be ended by a signal is how it ends. */
	return command_end(&screen, r);
}

static int run_screen(const struct fleet_options *options)
{
	struct context ctx;
	struct fleet_view *view;
	struct fleet *fleet = NULL;
	int r;

	context_init(&ctx);
	view = fleet_view_new(&ctx);
	r = view ? fleet_open(&ctx, options, &fleet) : context_oom(&ctx);
	if (r == 0)
		r = fleet_view_run(view, fleet);
	fleet_close(fleet);
	ctx.listener = NULL;
	fleet_view_free(view);
	if (r < 0) {
		AUTO_FREE char *said = translate_sentence(*context_detail(&ctx) ? context_detail(&ctx) : strerror(-r));

		fprintf(stderr, "lifeboat fleet: %s.\n", said ? said : strerror(-r));
	}
	context_done(&ctx);
	return r < 0;
}

int command_fleet(int argc, char **argv)
{
	struct wanted wanted = { 0 };
	int r = parse(argc, argv, &wanted);

	if (r >= 0)
		return r;
	if (wanted.json)
		return print_json(wanted.options.state);
	return !wanted.plain && term_can_show(NULL) ? run_screen(&wanted.options) : run_plain(&wanted.options);
}
