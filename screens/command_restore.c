/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat restore: with --to, files of a set into a directory; without, the whole machine (restore_machine.c). */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "command_common.h"
#include "restore_machine.h"
#include "text.h"
#include "translate.h"
#include "tree_request.h"

static const struct option options_known[] = {
	{ "set", required_argument, NULL, 's' },
	{ "to", required_argument, NULL, 't' },
	{ "salvage", no_argument, NULL, 'S' },
	{ "workers", required_argument, NULL, 'w' },
	{ "low-memory", no_argument, NULL, 'M' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int usage(void)
{
	printf(_("Usage: lifeboat restore --set SET --to DIR [PATH]...\n\n"
		 "Puts the files of a recovery set, or only the PATHs and what lies below them, into the directory DIR.\n\n"
		 "  -s, --set SET  the recovery set: a directory, an .iso or stream file, a server's address, or - (standard input)\n"
		 "  --to DIR       where the files go; made when it is missing. What is there under the same names is replaced\n"
		 "  --salvage      where the set is damaged, restore all that is intact and list what is lost\n"
		 "  --workers N    unpack with N threads; by default as many as there are processors\n"
		 "  --low-memory   take 128 MiB of memory at most, not 256\n"
		 "  -q, --quiet    say only what goes wrong\n"
		 "  -h, --help     this text\n\n"
		 "PATHs may be written as 'lifeboat show' prints them, with %%XX for odd bytes.\n"
		 "Exit status: 0 all is there as it was saved; 1 not; 4 with --salvage, not all; 2 usage.\n"));
	return 0;
}

static void print_lines(FILE *out, const char *format, char *const *lines)
{
	for (; lines && *lines; lines++)
		translate_print(out, format, *lines);
}

static void print_result(FILE *out, const struct files_result *result, const char *tree)
{
	AUTO_FREE char *size = bytes_print_size(result->bytes);

	fprintf(out, ngettext("Restored %llu entry, %s, into %s.\n", "Restored %llu entries, %s, into %s.\n", result->files),
		(unsigned long long)result->files, size ? size : "?", tree);
}

static int restore_to(int argc, char **argv)
{
	struct tree_request request;
	CLEANUP(files_result_done) struct files_result result = { 0 };
	struct command_screen screen;
	int status, r = tree_request_parse(&request, argc, argv, options_known);

	if (r != 0)
		return r < 0 ? usage() : r;
	if (!request.tree || !*request.tree)
		return command_usage_error(argv[0], _("--to wants a directory"));
	/* That nobody reads the progress any more is no reason to stop. */
	signal(SIGPIPE, SIG_IGN);
	command_begin(&screen, argv[0], request.quiet);
	r = verb_restore_files(&screen.ctx, &(struct files_request){ .set = request.set, .tree = request.tree, .paths = request.paths,
								     .workers = request.workers, .memory = request.memory, .salvage = request.salvage,
								     .title = _("Restoring files") }, &result);
	command_clear_line(&screen);
	if (!request.quiet)
		print_lines(stdout, _("Not in the set: %s\n"), result.lost);
	print_lines(stderr, _("not restored as saved: %s\n"), result.failed);
	if (r == 0 && !request.quiet)
		print_result(stdout, &result, request.tree);
	if (command_lost_output() && r == 0)
		print_result(stderr, &result, request.tree);
	status = command_end(&screen, r);
	if ((r == -ENODATA || (r == -EBADMSG && result.files > 0)) && request.salvage)
		status = end_state_status(END_PARTIAL);
	if (r == -EBADMSG && !request.salvage)
		fprintf(stderr, "%s\n", _("--salvage restores all that is intact, and lists what is lost."));
	/* With the index lost nobody knows whether anything is. */
	if (r < 0 && result.files > 0 && (!request.salvage || result.failed || r == -EBADMSG))
		fprintf(stderr, _("What is in %s now is not all that was to be restored.\n"), request.tree);
	return status;
}

int command_restore(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--to") || !strncmp(argv[i], "--to=", 5))
			return restore_to(argc, argv);
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help")) {
			usage();
			putchar('\n');
			return restore_machine(argc, argv);
		}
	}
	return restore_machine(argc, argv);
}
