/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat set convert: a set from one form into the other. */
#include <signal.h>
#include <string.h>

#include "command_common.h"
#include "text.h"

static void usage(FILE *out)
{
	fputs(_("Usage: lifeboat set convert FROM TO [-q]\n"
		"Copies a recovery set, byte for byte, and checks every checksum on the way. A set in a\n"
		"directory becomes one stream, a stream a directory.\n\n"
		"  FROM         a set, as --set takes it; - is standard input, a file or a pipe\n"
		"  TO           a new or empty directory, here or on a server; a new file whose name ends in\n"
		"               .lifeboat, a tape drive (tape:/dev/nst0), or - (standard\n"
		"               output): these get a stream\n"
		"  -q, --quiet  only warnings and errors\n\n"
		"Exit status: 0 the copy is whole; 1 it is not, and nothing at TO is a set; 2 usage.\n"), out);
}

int command_set(int argc, char **argv)
{
	static const struct option table[] = { { "quiet", no_argument, NULL, 'q' }, { "help", no_argument, NULL, 'h' }, { 0 } };
	struct converted_set result = { 0 };
	struct command_screen screen;
	bool quiet = false;
	int c, r;

	while ((c = command_next_option(argc, argv, ":qh", table)) >= 0) {
		switch (c) {
		case 'q': quiet = true; break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return command_wrong_option("set", c, argv);
		}
	}
	if (optind == argc || strcmp(argv[optind], "convert") != 0)
		return command_usage_error("set", "%s", _("say what to do with the set: convert"));
	if (argc - optind != 3)
		return command_usage_error("set", "%s", _("'convert' takes two places: from where, and where to"));
	/* A reader that ends is an error of writing. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	command_begin(&screen, "set", quiet);
	r = verb_convert(&screen.ctx, argv[optind + 1], argv[optind + 2], &result);
	command_clear_line(&screen);
	if (r == 0 && !quiet) {
		AUTO_FREE char *bytes = bytes_print_size(result.bytes);

		fprintf(stderr, _("The set %s was copied, every checksum is right. Segments: %llu, %s.\n"), result.set_id,
			(unsigned long long)result.segments, bytes ? bytes : "?");
	}
	converted_set_done(&result);
	return command_end(&screen, r);
}
