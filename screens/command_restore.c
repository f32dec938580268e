/* lifeboat restore: with --to, files of a set into a directory; without, the whole machine (restore_machine.c). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

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
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int usage(void)
{
	printf(_("Usage: lifeboat restore --set SET --to DIR [PATH]...\n\n"
		 "Puts the files of a recovery set, or only the PATHs and what lies below them, into the directory DIR.\n\n"
		 "  -s, --set SET  the recovery set: a directory, an .iso file, or - for a stream\n"
		 "  --to DIR       where the files go; made when it is missing. What is there under the same names is replaced\n"
		 "  --salvage      where the set is damaged, restore all that is intact and list what is lost\n"
		 "  --workers N    unpack with N threads; by default as many as there are processors\n"
		 "  -q, --quiet    say only what goes wrong\n"
		 "  -h, --help     this text\n\n"
		 "PATHs may be written as 'lifeboat show' prints them, with %%XX for odd bytes.\n"
		 "Exit status: 0 all is there as it was saved; 1 not; 4 with --salvage, not all; 2 usage.\n"));
	return 0;
}

/* The target directory, made when missing. Descriptor or -errno with a sentence. */
static int open_target(struct context *ctx, const char *path)
{
	int fd;

	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return context_fail(ctx, errno, "the directory %s cannot be made: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : context_fail(ctx, errno, "the directory %s cannot be opened: %s", path, strerror(errno));
}

/* What nobody finds in the directory, because the set has not got it. */
static void say_lost(const struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->lost_count; i++)
		translate_print(stdout, _("Not in the set: %s\n"), manifest->lost[i]);
}

static int restore_files(struct command_screen *screen, const struct tree_request *request, struct extract_result *result)
{
	struct context *ctx = &screen->ctx;
	struct extract_options options = { .paths = request->paths, .workers = request->workers,
					   .salvage = request->salvage, .check_content = true, .skip_owner = geteuid() != 0 };
	AUTO_SET struct set *set = NULL;
	AUTO_CLOSE int fd = -1;
	int r = set_open(ctx, request->set, &set);

	if (r < 0)
		return r;
	fd = open_target(ctx, request->tree);
	if (fd < 0)
		return fd;
	r = tree_request_progress(request, ctx, set_manifest(set), "extract", _("Restoring files"));
	if (r < 0)
		return r;
	r = extract_set(ctx, set, fd, &options, result);
	if (r == 0)
		progress_end(ctx);
	command_clear_line(screen);
	if (r == 0 && !request->paths && !request->quiet)
		say_lost(set_manifest(set));
	return r;
}

static int restore_to(int argc, char **argv)
{
	struct tree_request request;
	struct extract_result result = { 0 };
	AUTO_FREE char *size = NULL;
	struct command_screen screen;
	uint64_t files;
	int status, r = tree_request_parse(&request, argc, argv, options_known);

	if (r != 0)
		return r < 0 ? usage() : r;
	if (!request.tree || !*request.tree)
		return command_usage_error(argv[0], _("--to wants a directory"));
	/* That nobody reads the progress any more is no reason to stop. */
	signal(SIGPIPE, SIG_IGN);
	command_begin(&screen, argv[0], request.quiet);
	r = restore_files(&screen, &request, &result);
	for (char **line = result.failed; line && *line; line++)
		translate_print(stderr, _("not restored as saved: %s\n"), *line);
	size = bytes_print_size(result.bytes);
	files = result.files;
	if (r == 0 && !request.quiet)
		printf(ngettext("Restored %llu entry, %s, into %s.\n", "Restored %llu entries, %s, into %s.\n", result.files),
		       (unsigned long long)result.files, size ? size : "?", request.tree);
	extract_result_done(&result);
	status = command_end(&screen, r);
	if (r == -ENODATA && request.salvage)
		status = end_state_status(END_PARTIAL);
	if (r < 0 && files > 0)
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
