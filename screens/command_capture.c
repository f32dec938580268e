/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat capture: this machine, or a tree, into a recovery set. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "apart.h"
#include "command_common.h"
#include "text.h"
#include "translate.h"

enum { STATUS_CHANGED = 3, STATUS_INCOMPLETE = 4 };

static void usage(FILE *out)
{
	fputs(_("Usage: lifeboat capture -o SET [OPTION]...\n"
		"Captures this machine into the recovery set SET, a new or empty directory\n"
		"here or on a server (nfs://, smb://, s3://, ssh://), a tape drive\n"
		"(tape:/dev/nst0) with an empty tape, or '-': then it goes to standard output\n"
		"as one stream, into a file or a pipe.\n\n"
		"  -o, --output SET       where the set goes\n"
		"      --root DIR         capture the tree DIR instead of this machine\n"
		"      --exclude PATTERN  leave out what matches; a leading '/' anchors at the root\n"
		"      --exclude-device DEV  leave out the disk, partition or volume DEV\n"
		"      --label TEXT       what people will call the set\n"
		"      --level N          zstd level 1 to 19 (3)\n"
		"      --segment-size N   MiB of content a segment aims at (16)\n"
		"      --workers N        threads that read and compress (one a core, as far as\n"
		"                         256 MiB of memory are enough for them)\n"
		"      --low-memory       take 128 MiB of memory at most\n"
		"      --luks-headers     take the headers of encrypted containers along: they hold\n"
		"                         keys, so keep the set as you keep keys\n"
		"      --tape-block N     bytes of a record on tape, a power of two (65536)\n"
		"      --clean            remove what an interrupted capture left in SET\n"
		"      --patience N       seconds for which a server may be silent (180; SSH, S3: 120)\n"
		"  -q, --quiet            only warnings and errors\n"
		"  -v, --verbose          name every file that could not be read, or changed\n\n"
		"Exit status: 0 all captured as it was; 1 failed, there is no set; 2 usage;\n"
		"3 complete, but files changed or vanished while they were read;\n"
		"4 the set is not complete: files that could not be read, or parts of the\n"
		"  machine that could not be captured, are named and will not come back.\n"), out);
}

/* A decimal option between MINIMUM and MAXIMUM; false after saying what is wrong. */
static bool parse_number(const char *option, const char *text, uint64_t minimum, uint64_t maximum, uint64_t *ret)
{
	if (parse_u64(text, ret) && *ret >= minimum && *ret <= maximum)
		return true;
	command_usage_error("capture", _("%s takes a number from %llu to %llu, not '%s'."), option,
			    (unsigned long long)minimum, (unsigned long long)maximum, text);
	return false;
}

/* "./etc" is a path from the captured root, and a directory is left out by its name, as shells complete it: with a slash at the end. NULL where
 * nothing but the root itself is named. */
static const char *plain_pattern(char *text)
{
	char *pattern = strncmp(text, "./", 2) ? text : text + 1;
	size_t length = strlen(pattern);

	while (length && pattern[length - 1] == '/')
		length--;
	if (!length || !strcmp(pattern, "."))
		return NULL;
	pattern[length] = '\0';
	return pattern;
}

/* -1, or the exit status after saying why no set can be written there. */
static int check_output(const char *output)
{
	AUTO_FREE char *said = NULL;
	struct context ctx;
	int r;

	context_init(&ctx);
	r = capture_check_output(&ctx, output);
	said = translate_sentence(context_detail(&ctx));
	r = r < 0 ? command_usage_error("capture", "%s", said ? said : context_detail(&ctx)) : -1;
	context_done(&ctx);
	return r;
}

/* Fills OPTIONS; -1 when the capture may begin, else the exit status. */
static int parse_options(int argc, char **argv, struct capture_options *options, char ***exclude, char ***devices, bool *quiet, bool *verbose)
{
	static const struct option table[] = {
		{ "output", required_argument, NULL, 'o' },  { "root", required_argument, NULL, 'r' },
		{ "exclude", required_argument, NULL, 'x' }, { "label", required_argument, NULL, 'l' },
		{ "level", required_argument, NULL, 'L' },   { "segment-size", required_argument, NULL, 's' },
		{ "workers", required_argument, NULL, 'w' }, { "quiet", no_argument, NULL, 'q' },
		{ "verbose", no_argument, NULL, 'v' },	     { "clean", no_argument, NULL, 'c' },
		{ "exclude-device", required_argument, NULL, 'D' },
		{ "patience", required_argument, NULL, 'P' },	     { "low-memory", no_argument, NULL, 'M' },
		{ "tape-block", required_argument, NULL, 'T' },
		{ "luks-headers", no_argument, NULL, 'H' },  { "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *pattern;
	uint64_t number;
	int c;

	while ((c = command_next_option(argc, argv, ":vo:qh", table)) >= 0) {
		switch (c) {
		case 'o': options->output = optarg; break;
		case 'r': options->root = optarg; break;
		case 'x':
			pattern = plain_pattern(optarg);
			if (!pattern)
				return command_usage_error("capture", _("--exclude takes a pattern of names, not '%s'"), optarg);
			if (strv_append(exclude, pattern) < 0)
				return 1;
			break;
		case 'D':
			if (strv_append(devices, optarg) < 0)
				return 1;
			break;
		case 'l': options->label = optarg; break;
		case 'L':
			if (!parse_number("--level", optarg, 1, 19, &number))
				return 2;
			options->level = (int)number;
			break;
		case 's':
			if (!parse_number("--segment-size", optarg, 1, 64, &number))
				return 2;
			options->segment_bytes = number << 20;
			break;
		case 'w':
			if (!parse_number("--workers", optarg, 1, 256, &number))
				return 2;
			options->workers = (unsigned)number;
			break;
		case 'P':
			if (!parse_number("--patience", optarg, 1, 86400, &number))
				return 2;
			options->patience = (double)number;
			break;
		case 'T':
			if (!parse_number("--tape-block", optarg, 4096, 4 << 20, &number))
				return 2;
			options->tape_block = (uint32_t)number;
			break;
		case 'q': *quiet = true; break;
		case 'v': *verbose = true; break;
		case 'c': options->clean = true; break;
		case 'M': options->memory = MEMORY_LOW; break;
		case 'H': options->luks_headers = true; break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return command_wrong_option("capture", c, argv);
		}
	}
	if (optind < argc)
		return command_wrong_argument("capture", argv[optind]);
	if (!options->output)
		return command_usage_error("capture", _("name the recovery set to make with -o"));
	return check_output(options->output);
}

static void say_result(const struct capture_options *options, const struct capture_result *result)
{
	AUTO_FREE char *bytes = bytes_print_size(result->bytes), *stored = bytes_print_size(result->stored);
	AUTO_FREE char *place = strcmp(options->output, "-") ? capture_place_name(options->output) : strdup(_("standard output"));
	AUTO_FREE char *output = place ? text_printable(place) : NULL;

	fprintf(stderr,
		ngettext("Captured %lu entry, %s, into %s: %s in the set %s.\n", "Captured %lu entries, %s, into %s: %s in the set %s.\n",
			 (unsigned long)result->files),
		(unsigned long)result->files, bytes ? bytes : "?", output ? output : "?", stored ? stored : "?", result->set_id);
}

/* On a terminal the rest of an interrupted capture is removed when the operator says so; elsewhere the refusal names the option. */
static bool ask_to_clean(const char *output)
{
	AUTO_FREE char *shown = bytes_escape(output, strlen(output));
	char answer[16] = "";

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO) || !capture_is_rest(output))
		return false;
	fprintf(stderr, _("%s holds the rest of an interrupted capture. Remove it? [y/N] "), shown ? shown : "");
	return fgets(answer, sizeof(answer), stdin) && rpmatch(answer) == 1;
}

static bool give_up(void *guard)
{
	return capture_guard_abandon(guard);
}

/* Counts of what is not in the set as it was; the log and the set name it. */
static void say_shortcomings(const struct capture_result *result)
{
	unsigned long unreadable = result->unreadable, lost = result->lost, changed = result->changed;

	if (unreadable)
		fprintf(stderr, ngettext("%lu entry could not be read; it is not in the set, or not whole.\n",
					 "%lu entries could not be read; they are not in the set, or not whole.\n", unreadable), unreadable);
	if (lost)
		fprintf(stderr, ngettext("%lu part of this machine is not in the set and will not come back. It is named above.\n",
					 "%lu parts of this machine are not in the set and will not come back. They are named above.\n", lost),
			lost);
	if (changed)
		fprintf(stderr, ngettext("%lu entry changed or vanished while it was read.\n",
					 "%lu entries changed or vanished while they were read.\n", changed), changed);
	if (unreadable)
		fputs(_("'lifeboat show' lists what is not in the set.\n"), stderr);
}

int command_capture(int argc, char **argv)
{
	struct capture_options options = { 0 };
	struct capture_result result;
	struct command_screen screen;
	AUTO_STRV char **exclude = NULL, **devices = NULL;
	bool quiet = false, verbose = false;
	int r = parse_options(argc, argv, &options, &exclude, &devices, &quiet, &verbose);

	if (r >= 0)
		return r;
	options.exclude = exclude;
	options.exclude_devices = devices;
	options.clean = options.clean || ask_to_clean(options.output);
	r = placed_sets_may_fall_silent(options.output) ? apart_begin() : -1;
	if (r >= 0)
		return r;
	options.guard = capture_guard_new();
	/* That nobody reads the progress any more is no reason to stop; a file that may not grow is an error of writing. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	command_begin(&screen, "capture", quiet);
	screen.verbose = verbose;
	if (options.guard)
		command_set_give_up(&screen, give_up, options.guard);
	r = capture_run(&screen.ctx, &options, &result);
	command_clear_line(&screen);
	if (r == 0 && !quiet)
		say_result(&options, &result);
	if (r == 0)
		say_shortcomings(&result);
	r = command_end(&screen, r);
	capture_guard_free(options.guard);
	if (r == 0 && (result.unreadable || result.lost))
		return STATUS_INCOMPLETE;
	return r == 0 && result.changed ? STATUS_CHANGED : r;
}
