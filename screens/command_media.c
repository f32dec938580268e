/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat media: builds rescue media. */
#include <limits.h>
#include <string.h>

#include "command_common.h"
#include "text.h"

/* The system's directories for programs, as backend/image/programs.c searches them. */
#define PROGRAM_PLACES "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"

enum { OPTION_KERNEL = 256, OPTION_APPEND, OPTION_DEFAULT, OPTION_TIMEOUT };

static const struct option long_options[] = {
	{ "append", required_argument, NULL, OPTION_APPEND },
	{ "default", required_argument, NULL, OPTION_DEFAULT },
	{ "help", no_argument, NULL, 'h' },
	{ "kernel", required_argument, NULL, OPTION_KERNEL },
	{ "output", required_argument, NULL, 'o' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "set", required_argument, NULL, 's' },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ 0 },
};

static void usage(void)
{
	printf(_("Usage: lifeboat media iso -o FILE [--set SET] [OPTION]...\n"
		 "       lifeboat media initramfs -o FILE [--kernel RELEASE]\n\n"
		 "Builds rescue media from this machine's kernel and tools: an image that starts from\n"
		 "disc and USB stick on BIOS and UEFI, or only its boot archive.\n\n"
		 "  -o, --output FILE     the file to make; replaced only when the new one is complete\n"
		 "  -s, --set SET         put this recovery set (a directory) on the medium\n"
		 "      --kernel RELEASE  the kernel to start, instead of the running one\n"
		 "      --append TEXT     further kernel arguments for every menu entry\n"
		 "      --default ENTRY   what starts by itself: local (default), interactive, nuke,\n"
		 "                        expert, compare or firmware\n"
		 "      --timeout S       seconds until it does (30)\n"
		 "  -q, --quiet           say only warnings and errors\n"));
}

/* What image_options says and the command line gave; 0 or the exit status for wrong usage. */
static int parse(int argc, char **argv, struct image_options *options, bool *quiet)
{
	uint64_t seconds;
	int c;

	while ((c = command_next_option(argc, argv, ":ho:qs:", long_options)) != -1) {
		switch (c) {
		case 'h':
			usage();
			return -1;
		case 'o':
			options->output = optarg;
			break;
		case 'q':
			*quiet = true;
			break;
		case 's':
			options->set = optarg;
			break;
		case OPTION_KERNEL:
			options->kernel = optarg;
			break;
		case OPTION_APPEND:
			options->arguments = optarg;
			break;
		case OPTION_DEFAULT:
			options->default_entry = optarg;
			break;
		case OPTION_TIMEOUT:
			if (!parse_u64(optarg, &seconds) || seconds > 86400)
				return command_usage_error("media", _("'%s' is not a number of seconds up to a day."), optarg);
			options->timeout_s = (unsigned)seconds;
			break;
		default:
			return command_wrong_option("media", c, argv);
		}
	}
	return 0;
}

static bool is_for_later(const char *kind)
{
	static const char *const kinds[] = { "usb", "pxe", "tape" };

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

int command_media(int argc, char **argv)
{
	/* Those that this program itself speaks by. */
	struct image_options options = { .timeout_s = UINT_MAX, .catalogues = getenv("LIFEBOAT_LOCALEDIR") };
	struct command_screen screen;
	bool quiet = false, iso;
	int r = parse(argc, argv, &options, &quiet);

	if (r != 0)
		return r < 0 ? 0 : r;
	if (optind >= argc)
		return command_usage_error("media", _("say what to build: iso or initramfs"));
	if (is_for_later(argv[optind]))
		return command_usage_error("media", _("media of the kind '%s' come in a later version; there are iso (which can be written "
						      "to a USB stick as it is) and initramfs."), argv[optind]);
	iso = !strcmp(argv[optind], "iso");
	if (!iso && strcmp(argv[optind], "initramfs"))
		return command_usage_error("media", _("there are no media of the kind '%s'; there are iso and initramfs."), argv[optind]);
	if (optind + 1 < argc)
		return command_wrong_argument("media", argv[optind + 1]);
	if (!options.output)
		return command_usage_error("media", _("say with -o which file to make."));
	if (options.default_entry && !image_has_entry(options.default_entry))
		return command_usage_error("media", _("the menu has no entry '%s'; there are local, interactive, nuke, expert, compare and firmware."),
					   options.default_entry);
	if (!iso && (options.set || options.arguments || options.default_entry || options.timeout_s != UINT_MAX))
		return command_usage_error("media", _("--set, --append, --default and --timeout belong to 'lifeboat media iso'."));
	/* Programs are run from where they are looked for, whatever the caller's PATH lacks. */
	setenv("PATH", PROGRAM_PLACES, 1);
	command_begin(&screen, "media", quiet);
	r = iso ? image_iso(&screen.ctx, &options) : image_initramfs(&screen.ctx, &options);
	return command_end(&screen, r);
}
