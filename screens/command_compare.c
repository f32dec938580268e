/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat compare: differences between a set and a tree, one line each. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "command_common.h"
#include "text.h"
#include "translate.h"
#include "tree_request.h"

#define STATUS_DIFFERENT 1
#define STATUS_NOT_COMPARED 3

static const struct option options_known[] = {
	{ "set", required_argument, NULL, 's' },
	{ "root", required_argument, NULL, 't' },
	{ "extra", no_argument, NULL, 'e' },
	{ "workers", required_argument, NULL, 'w' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int usage(void)
{
	printf(_("Usage: lifeboat compare --set SET [--root DIR] [PATH]...\n\n"
		 "Lists what differs between a recovery set and the files of this machine, or of the tree DIR, and the\n"
		 "settings of the disks and filesystems that they lie on.\n"
		 "With PATHs only these and what lies below them is looked at.\n\n"
		 "  -s, --set SET  the recovery set: a directory, an .iso or stream file, or a server's address\n"
		 "  --root DIR     the tree to look at; by default /\n"
		 "  --extra        also list files that the set does not have\n"
		 "  --workers N    read with N threads; by default as many as there are processors\n"
		 "  -q, --quiet    no summary\n"
		 "  -h, --help     this text\n\n"
		 "The exit status is 0 when nothing differs, 1 when something does, 3 when it could not be told.\n"));
	return 0;
}

static void print_difference(void *data, const char *kind, const char *path, const char *what)
{
	AUTO_FREE char *said = translate_sentence(what);

	command_clear_line(data);
	if (path)
		printf("%-7s  %s%s%s\n", kind, path, *what ? "  " : "", said ? said : what);
	else
		printf("%s  %s\n", kind, said ? said : what);
}

/* What no comparison could be made of, a line each. */
static void print_not_compared(const struct compare_summary *summary)
{
	for (char **line = summary->unmounted; line && *line; line++)
		translate_print(stdout, _("not compared: %s\n"), *line);
	for (char **path = summary->covered; path && *path; path++)
		printf(_("not compared: %s: something is mounted on it, and only root can read what lies beneath\n"), *path);
}

int command_compare(int argc, char **argv)
{
	CLEANUP(compare_summary_done) struct compare_summary summary = { 0 };
	struct tree_request request;
	AUTO_FREE char *size = NULL;
	struct command_screen screen;
	int r = tree_request_parse(&request, argc, argv, options_known), status;

	if (r != 0)
		return r < 0 ? usage() : r;
	command_begin(&screen, argv[0], request.quiet);
	r = verb_compare(&screen.ctx, &(struct compare_request){ .set = request.set, .tree = request.tree, .paths = request.paths,
								 .workers = request.workers, .extra = request.extra, .title = _("Comparing files"),
								 .found = print_difference, .data = &screen }, &summary);
	command_clear_line(&screen);
	print_not_compared(&summary);
	size = bytes_print_size(summary.bytes);
	if (r == 0 && !request.quiet && summary.differences)
		printf(ngettext("Differences: %llu, in %llu entry, %s compared.\n",
				"Differences: %llu, in %llu entries, %s compared.\n", summary.entries), (unsigned long long)summary.differences,
		       (unsigned long long)summary.entries, size ? size : "?");
	else if (r == 0 && !request.quiet)
		printf(ngettext("No difference in %llu entry, %s compared.\n", "No difference in %llu entries, %s compared.\n",
				summary.entries), (unsigned long long)summary.entries, size ? size : "?");
	status = command_end(&screen, r);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, _("lifeboat compare: the differences could not be written: %s.\n"), strerror(errno));
		return STATUS_NOT_COMPARED;
	}
	if (r < 0)
		return r == -ECANCELED ? status : STATUS_NOT_COMPARED;
	return summary.differences ? STATUS_DIFFERENT : summary.unmounted || summary.covered ? STATUS_NOT_COMPARED : 0;
}
