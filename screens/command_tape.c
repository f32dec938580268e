/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat tape: drives and the tapes in them. */
#include <string.h>

#include "command_common.h"
#include "text.h"

struct request {
	const char *drive;
	const char *name; /* NULL: no label is written */
	uint32_t block;
	bool overwrite, quiet;
};

static void usage(FILE *out)
{
	fputs(_("Usage: lifeboat tape status [DRIVE]\n"
		"       lifeboat tape rewind|eject|check DRIVE [-q]\n"
		"       lifeboat tape label DRIVE [--name TEXT [--overwrite] [--tape-block N]]\n"
		"Looks at tape drives and the tapes in them.\n\n"
		"  status            what state a drive is in, or every drive; moves no tape\n"
		"  rewind            goes to the beginning of the tape\n"
		"  eject             rewinds the tape and puts it out\n"
		"  check             reads all tapes of a recovery set, of which the first is in\n"
		"  label             says which tape it is; with --name, makes it an empty tape\n\n"
		"  DRIVE             a device that does not rewind by itself, such as /dev/nst0;\n"
		"                    or a file that stands for a tape\n"
		"      --name TEXT   what stands on the cartridge; '' for nothing\n"
		"      --overwrite   also where the tape holds something, which is then lost\n"
		"      --tape-block N  bytes of a record, a power of two (65536)\n"
		"  -q, --quiet       only warnings and errors\n\n"
		"Exit status: 0 done, and all is well; 1 failed; 2 usage.\n"),
	      out);
}

static const char *condition_text(const struct tape_status *status)
{
	switch (status->condition) {
	case TAPE_IS_READY:
		return status->protected ? _("a tape is in, write-protected") : _("a tape is in");
	case TAPE_IS_NOT_IN:
		return _("no tape is in");
	case TAPE_IS_IN_USE:
		return _("in use by another program");
	default:
		return _("not ready: a tape is being loaded, or cannot be used");
	}
}

static void print_status(const char *drive, const struct tape_status *status)
{
	AUTO_FREE char *shown = text_printable(drive);

	printf("%s: %s\n", shown ? shown : "", condition_text(status));
	if (status->cleaning)
		printf(_("  It wants to be cleaned.\n"));
	if (status->condition != TAPE_IS_READY)
		return;
	if (status->density_name)
		printf(_("  Density: %s (code 0x%02x)\n"), status->density_name, status->density);
	else if (status->density)
		printf(_("  Density: code 0x%02x\n"), status->density);
	if (status->block)
		printf(_("  Records: %u bytes, no others\n"), status->block);
	else
		printf(_("  Records: of any length\n"));
	if (status->at_begin)
		printf(_("  Position: at the beginning\n"));
	else if (status->at_data_end)
		printf(_("  Position: at the end of what was written\n"));
	else if (status->file >= 0 && status->record >= 0)
		printf(_("  Position: file %ld, record %ld\n"), status->file, status->record);
	else
		printf(_("  Position: the drive does not tell\n"));
}

static int one_status(struct context *ctx, const char *drive)
{
	struct tape_status status;
	int r = verb_tape_status(ctx, drive, &status);

	if (r == 0)
		print_status(drive, &status);
	return r;
}

static int run_status(struct context *ctx, const struct request *request)
{
	AUTO_STRV char **drives = NULL;
	int r;

	if (request->drive)
		return one_status(ctx, request->drive);
	r = verb_tape_drives(ctx, &drives);
	if (r == 0 && !drives)
		printf(_("This machine has no tape drive, or its driver (st) is not loaded.\n"));
	for (size_t i = 0; r == 0 && drives && drives[i]; i++)
		r = one_status(ctx, drives[i]);
	return r;
}

static int run_rewind(struct context *ctx, const struct request *request)
{
	return verb_tape_rewind(ctx, request->drive);
}

static int run_eject(struct context *ctx, const struct request *request)
{
	return verb_tape_eject(ctx, request->drive);
}

static void print_identity(const struct tape_identity *identity)
{
	if (*identity->name)
		printf(_("Name: %s\n"), identity->name);
	if (identity->number)
		printf(_("Tape %u of a recovery set, written at %s\nSeries: %s\nRecords: %u bytes\n"), identity->number, identity->created,
		       identity->series, identity->block);
	else if (identity->blank)
		printf(_("The tape is empty.\n"));
	else
		printf(_("The tape holds something that Lifeboat did not write.\n"));
}

static int run_label(struct context *ctx, const struct request *request)
{
	struct tape_identity identity;
	int r;

	if (request->name)
		return verb_tape_label(ctx, request->drive, request->name, request->block, request->overwrite);
	r = verb_tape_identify(ctx, request->drive, &identity);
	if (r == 0)
		print_identity(&identity);
	return r;
}

static int run_check(struct context *ctx, const struct request *request)
{
	AUTO_FREE char *bytes = NULL, *rate = NULL;
	struct tape_check check;
	int r = verb_tape_check(ctx, request->drive, &check);

	if (r < 0 || request->quiet)
		return r;
	bytes = bytes_print_size(check.bytes);
	rate = bytes_print_size(check.seconds > 0 ? (uint64_t)((double)check.bytes / check.seconds) : 0);
	printf(ngettext("%u tape was read to its end, %s, %s/s: nothing is missing.\n",
			"%u tapes were read to their end, %s, %s/s: nothing is missing.\n", check.identity.number),
	       check.identity.number, bytes ? bytes : "?", rate ? rate : "?");
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct context *ctx, const struct request *request);
	bool any_drive; /* none need be named */
} acts[] = {
	{ "status", run_status, true }, { "rewind", run_rewind }, { "eject", run_eject }, { "label", run_label }, { "check", run_check },
};

static int parse_options(int argc, char **argv, struct request *request)
{
	static const struct option table[] = {
		{ "name", required_argument, NULL, 'n' }, { "overwrite", no_argument, NULL, 'O' }, { "tape-block", required_argument, NULL, 'b' },
		{ "quiet", no_argument, NULL, 'q' },      { "help", no_argument, NULL, 'h' },      { 0 },
	};
	uint64_t number;
	int c;

	while ((c = command_next_option(argc, argv, ":qh", table)) >= 0) {
		switch (c) {
		case 'n':
			request->name = optarg;
			break;
		case 'O':
			request->overwrite = true;
			break;
		case 'b':
			if (!parse_u64(optarg, &number) || number < 1 || number > UINT32_MAX)
				return command_usage_error("tape", _("--tape-block takes a number of bytes, not '%s'"), optarg);
			request->block = (uint32_t)number;
			break;
		case 'q':
			request->quiet = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return command_wrong_option("tape", c, argv);
		}
	}
	return -1;
}

int command_tape(int argc, char **argv)
{
	struct request request = { 0 };
	struct command_screen screen;
	size_t act = 0;
	int r = parse_options(argc, argv, &request);

	if (r >= 0)
		return r;
	while (optind < argc && act < ARRAY_LENGTH(acts) && strcmp(argv[optind], acts[act].name) != 0)
		act++;
	if (optind == argc || act == ARRAY_LENGTH(acts))
		return command_usage_error("tape", "%s", _("say what to do: status, rewind, eject, label or check"));
	if (argc - optind > 2)
		return command_wrong_argument("tape", argv[optind + 2]);
	request.drive = argc - optind > 1 ? argv[optind + 1] : NULL;
	if (!request.drive && !acts[act].any_drive)
		return command_usage_error("tape", "%s", _("name the drive, such as /dev/nst0"));
	if (acts[act].run != run_label && (request.name || request.overwrite || request.block))
		return command_usage_error("tape", "%s", _("--name, --overwrite and --tape-block belong to 'label'"));
	if (!request.name && (request.overwrite || request.block))
		return command_usage_error("tape", "%s", _("--overwrite and --tape-block want a --name"));
	command_begin(&screen, "tape", request.quiet);
	r = acts[act].run(&screen.ctx, &request);
	command_clear_line(&screen);
	return command_end(&screen, r);
}
