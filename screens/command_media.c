/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat media: builds rescue media. */
#include <limits.h>
#include <string.h>

#include "command_common.h"
#include "text.h"

/* The system's directories for programs, as backend/image/programs.c searches them. */
#define PROGRAM_PLACES "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"

enum { OPTION_KERNEL = 256, OPTION_APPEND, OPTION_DEFAULT, OPTION_TIMEOUT, OPTION_MACHINE, OPTION_MODE, OPTION_TARGET, OPTION_REMOVE, OPTION_ANSWERS,
       OPTION_NOTIFY, OPTION_ONCE, OPTION_RESUME, OPTION_NO_TOOLS, OPTION_SERIAL, OPTION_UPDATE, OPTION_OBDR, OPTION_CHECK, OPTION_TAPE_BLOCK,
       OPTION_VOLUME_SIZE, OPTION_OVERWRITE };

static const struct option long_options[] = {
	{ "answers", required_argument, NULL, OPTION_ANSWERS },
	{ "append", required_argument, NULL, OPTION_APPEND },
	{ "check", no_argument, NULL, OPTION_CHECK },
	{ "default", required_argument, NULL, OPTION_DEFAULT },
	{ "help", no_argument, NULL, 'h' },
	{ "kernel", required_argument, NULL, OPTION_KERNEL },
	{ "machine", required_argument, NULL, OPTION_MACHINE },
	{ "mode", required_argument, NULL, OPTION_MODE },
	{ "no-tools", no_argument, NULL, OPTION_NO_TOOLS },
	{ "notify", required_argument, NULL, OPTION_NOTIFY },
	{ "obdr", no_argument, NULL, OPTION_OBDR },
	{ "once", no_argument, NULL, OPTION_ONCE },
	{ "output", required_argument, NULL, 'o' },
	{ "overwrite", no_argument, NULL, OPTION_OVERWRITE },
	{ "quiet", no_argument, NULL, 'q' },
	{ "remove", no_argument, NULL, OPTION_REMOVE },
	{ "resume", no_argument, NULL, OPTION_RESUME },
	{ "serial", required_argument, NULL, OPTION_SERIAL },
	{ "set", required_argument, NULL, 's' },
	{ "tape-block", required_argument, NULL, OPTION_TAPE_BLOCK },
	{ "target", required_argument, NULL, OPTION_TARGET },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "update", no_argument, NULL, OPTION_UPDATE },
	{ "volume-size", required_argument, NULL, OPTION_VOLUME_SIZE },
	{ 0 },
};

static void usage(void)
{
	printf(_("Usage: lifeboat media iso -o FILE [--set SET] [OPTION]...\n"
		 "       lifeboat media iso -o NAME.iso --volume-size SIZE --set SET [OPTION]...\n"
		 "       lifeboat media usb -o DEVICE --serial SERIAL [--set SET] [--update] [OPTION]...\n"
		 "       lifeboat media tape --obdr -o DRIVE --set SET [--tape-block N] [OPTION]...\n"
		 "       lifeboat media tape --obdr -o DRIVE --check\n"
		 "       lifeboat media initramfs -o FILE [--kernel RELEASE]\n"
		 "       lifeboat media pxe -o DIR [--set ADDRESS] [OPTION]...\n"
		 "       lifeboat media pxe -o DIR --machine ID --mode MODE [--set ADDRESS] [--target IDENTITY]\n"
		 "                     [--answers ADDRESS|FILE] [--notify ADDRESS [--once]]\n"
		 "       lifeboat media pxe -o DIR --machine ID --remove | --resume\n\n"
		 "Builds rescue media from this machine's kernel and tools: an image that starts from\n"
		 "disc and USB stick on BIOS and UEFI, a USB stick that starts so and keeps sets beside, a\n"
		 "tape with a set that the machine starts from (OBDR), only the boot archive, or a directory\n"
		 "for a TFTP or HTTP server that machines start from over the network (BIOS, UEFI, iPXE).\n\n"
		 "  -o, --output FILE     the file to make; replaced only when the new one is complete. Of iso also\n"
		 "                        a drive (/dev/sr0): the disc in it is burned, and read back. Of usb: the\n"
		 "                        device of the stick, which is ERASED unless --update is given;\n"
		 "                        of tape: the drive (/dev/nst0), with an empty tape in it\n"
		 "  -s, --set SET         put this recovery set (a directory) on the medium; of pxe: the address\n"
		 "                        of a set on a server\n"
		 "      --volume-size SIZE of iso: images of so many discs as the set needs, NAME-1.iso and so on,\n"
		 "                        none larger than SIZE; as discs are sold: 700M, 4700M, 25G\n"
		 "      --overwrite       of iso, onto a drive: a disc with data loses it\n"
		 "      --serial SERIAL   of usb: the stick's second name, its serial number, so that no other\n"
		 "                        disk is erased; without it, what the device is, is said\n"
		 "      --update          of usb: renew what the stick starts, and leave its sets alone\n"
		 "      --obdr            of tape: the drive plays a CD-ROM drive to start the machine, when it is\n"
		 "                        switched on with its eject button held; the tape must be empty\n"
		 "      --check           of tape: write nothing; read what is on the tape as a drive and\n"
		 "                        firmware would, and say whether they would start it\n"
		 "      --tape-block N    of tape: bytes of a record of the set, a power of two (65536)\n"
		 "      --kernel RELEASE  the kernel to start, instead of the running one\n"
		 "      --append TEXT     further kernel arguments for every menu entry\n"
		 "      --default ENTRY   what starts by itself: local (default), interactive, nuke,\n"
		 "                        expert, compare or firmware\n"
		 "      --timeout S       seconds until it does (30)\n"
		 "      --no-tools        without the tools image: the kernel's whole module tree, all\n"
		 "                        firmware and operators' programs that are installed here\n"
		 "      --machine ID      of pxe: make or change what the machine with this MAC address or\n"
		 "                        SMBIOS UUID does, instead of showing the menu\n"
		 "      --mode MODE       interactive, nuke, expert or compare\n"
		 "      --target IDENTITY what it may erase: serial numbers, WWNs, by-path names, 'blank'\n"
		 "      --answers FILE    what answers its questions: an http(s) address, or a file on a medium or\n"
		 "                        in its boot archive\n"
		 "      --notify ADDRESS  it reports to this http(s) address, as of 'lifeboat fleet'\n"
		 "      --once            it restores once: 'lifeboat fleet --tree' then replaces its entry, and\n"
		 "                        it starts its local disk\n"
		 "      --resume          an entry that was used up is made again, to resume an interrupted\n"
		 "                        restore and nothing else\n"
		 "      --remove          it gets the menu again\n"
		 "  -q, --quiet           say only warnings and errors\n"));
}

struct wanted {
	struct image_options options;
	struct stick_options stick;
	struct image_machine machine;
	uint32_t tape_block;
	bool quiet, remove, obdr, check;
};

/* As makers of discs count: M is a million. */
static bool parse_volume_size(const char *text, uint64_t *ret)
{
	size_t length = strlen(text);
	uint64_t unit = length && text[length - 1] == 'M' ? 1000000 : length && text[length - 1] == 'G' ? 1000000000 : 0, number;
	AUTO_FREE char *digits = unit ? strndup(text, length - 1) : NULL;

	if (!digits || !parse_u64(digits, &number) || number == 0 || number > 1000000)
		return false;
	*ret = number * unit;
	return true;
}

/* What image_options says and the command line gave; 0 or the exit status for wrong usage. */
static int parse(int argc, char **argv, struct wanted *wanted)
{
	struct image_options *options = &wanted->options;
	uint64_t seconds, bytes;
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
			wanted->quiet = true;
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
		case OPTION_MACHINE:
			wanted->machine.id = optarg;
			break;
		case OPTION_MODE:
			wanted->machine.mode = optarg;
			break;
		case OPTION_TARGET:
			wanted->machine.target = optarg;
			break;
		case OPTION_ANSWERS:
			wanted->machine.answers = optarg;
			break;
		case OPTION_NOTIFY:
			wanted->machine.notify = optarg;
			break;
		case OPTION_ONCE:
			wanted->machine.once = true;
			break;
		case OPTION_RESUME:
			wanted->machine.resume = true;
			break;
		case OPTION_NO_TOOLS:
			options->no_tools = true;
			break;
		case OPTION_SERIAL:
			wanted->stick.serial = optarg;
			break;
		case OPTION_OVERWRITE:
			options->overwrite = true;
			break;
		case OPTION_VOLUME_SIZE:
			if (!parse_volume_size(optarg, &options->volume_size))
				return command_usage_error("media", _("'%s' is not the size of a disc: a number with M or G behind it, such as 700M, 4700M or 25G."), optarg);
			break;
		case OPTION_UPDATE:
			wanted->stick.update = true;
			break;
		case OPTION_OBDR:
			wanted->obdr = true;
			break;
		case OPTION_CHECK:
			wanted->check = true;
			break;
		case OPTION_TAPE_BLOCK:
			if (!parse_u64(optarg, &bytes) || bytes > UINT32_MAX)
				return command_usage_error("media", _("'%s' is no number of bytes."), optarg);
			wanted->tape_block = (uint32_t)bytes;
			break;
		case OPTION_REMOVE:
			wanted->remove = true;
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

enum kind { KIND_ISO, KIND_USB, KIND_TAPE, KIND_INITRAMFS, KIND_PXE, KINDS };

static const char *const kinds[KINDS] = { "iso", "usb", "tape", "initramfs", "pxe" };

static enum kind find_kind(const char *name)
{
	enum kind kind = 0;

	while (kind < KINDS && strcmp(name, kinds[kind]))
		kind++;
	return kind;
}

/* 0 or the exit status for wrong usage. */
static int check_machine(const struct wanted *wanted, enum kind kind)
{
	static const char *const modes[] = { "interactive", "nuke", "expert", "compare" };
	const struct image_machine *machine = &wanted->machine;
	bool known = false, described = machine->mode || machine->target || machine->answers || machine->notify || machine->once;

	if (!machine->id)
		return described || wanted->remove || machine->resume ?
			       command_usage_error("media", _("--mode, --target, --answers, --notify, --once, --resume and --remove belong to --machine.")) : 0;
	if (kind != KIND_PXE)
		return command_usage_error("media", _("--machine belongs to 'lifeboat media pxe'."));
	if (wanted->options.kernel || wanted->options.default_entry || wanted->options.timeout_s != UINT_MAX)
		return command_usage_error("media", _("--kernel, --default and --timeout belong to the whole tree: make it without --machine first."));
	if (wanted->remove || machine->resume)
		return described || wanted->options.set || wanted->options.arguments || (wanted->remove && machine->resume) ?
			       command_usage_error("media", _("--remove and --resume need nothing but -o and --machine.")) : 0;
	for (size_t i = 0; machine->mode && i < ARRAY_LENGTH(modes); i++)
		known |= !strcmp(machine->mode, modes[i]);
	if (machine->once && !machine->notify)
		return command_usage_error("media", _("--once needs a receiver that keeps count: say with --notify where it listens (lifeboat fleet --tree)."));
	if (machine->once && machine->mode && strcmp(machine->mode, "nuke") && strcmp(machine->mode, "interactive"))
		return command_usage_error("media", _("--once goes with the modes that restore: nuke and interactive."));
	return known ? 0 : command_usage_error("media", _("say with --mode what the machine does: interactive, nuke, expert or compare."));
}

static int check(const struct wanted *wanted, enum kind kind, const char *name)
{
	const struct image_options *options = &wanted->options;

	if (kind == KINDS)
		return command_usage_error("media", _("there are no media of the kind '%s'; there are iso, usb, tape, initramfs and pxe."), name);
	if (!options->output)
		return command_usage_error("media", kind == KIND_PXE ? _("say with -o which directory to make.") :
						    kind == KIND_USB ? _("say with -o which device the stick is.") :
						    kind == KIND_TAPE ? _("say with -o which tape drive, as in /dev/nst0.") : _("say with -o which file to make."));
	if (options->overwrite && kind != KIND_ISO)
		return command_usage_error("media", _("--overwrite belongs to 'lifeboat media iso'."));
	if (options->volume_size && kind != KIND_ISO)
		return command_usage_error("media", _("--volume-size belongs to 'lifeboat media iso'."));
	if (options->volume_size && !options->set)
		return command_usage_error("media", _("--volume-size spreads a recovery set over discs: say with --set which."));
	if (kind != KIND_USB && (wanted->stick.serial || wanted->stick.update))
		return command_usage_error("media", _("--serial and --update belong to 'lifeboat media usb'."));
	if (kind != KIND_TAPE && (wanted->obdr || wanted->check || wanted->tape_block))
		return command_usage_error("media", _("--obdr, --check and --tape-block belong to 'lifeboat media tape'."));
	if (kind == KIND_TAPE && !wanted->obdr)
		return command_usage_error("media", _("say --obdr: a tape that a machine starts from is written in no other way."));
	if (kind == KIND_TAPE && !wanted->check && !options->set)
		return command_usage_error("media", _("say with --set which recovery set comes onto the tape."));
	if (options->default_entry && !image_has_entry(options->default_entry))
		return command_usage_error("media", _("the menu has no entry '%s'; there are local, interactive, nuke, expert, compare and firmware."),
					   options->default_entry);
	if (kind == KIND_INITRAMFS &&
	    (options->set || options->arguments || options->default_entry || options->timeout_s != UINT_MAX || options->no_tools))
		return command_usage_error("media", _("--set, --append, --default, --timeout and --no-tools belong to 'lifeboat media iso', 'usb' and 'pxe'."));
	return check_machine(wanted, kind);
}

static int make_tape(struct context *ctx, struct wanted *wanted)
{
	const char *drive = wanted->options.output;
	struct boot_tape tape;
	int r = wanted->check ? verb_boot_tape_check(ctx, drive, &tape) :
				verb_boot_tape(ctx, &wanted->options, drive, wanted->options.set, wanted->tape_block, &tape);

	if (r < 0 || wanted->quiet)
		return r;
	printf(_("A machine starts from the tape in %s: it sees the disc '%s' of %.1f MiB.\n"), drive, tape.volume, (double)tape.image_bytes / (1 << 20));
	if (tape.has_set)
		printf(_("Behind it begins a recovery set, written at %s; 'lifeboat tape check' reads that.\n"), tape.created);
	else
		printf(_("There is no recovery set of Lifeboat behind it.\n"));
	return 0;
}

static int make(struct context *ctx, struct wanted *wanted, enum kind kind)
{
	if (wanted->machine.id) {
		wanted->machine.set = wanted->options.set;
		return image_network_machine(ctx, &wanted->options, &wanted->machine);
	}
	if (kind == KIND_TAPE)
		return make_tape(ctx, wanted);
	if (kind == KIND_USB) {
		wanted->stick.image = &wanted->options;
		return stick_make(ctx, &wanted->stick);
	}
	return kind == KIND_ISO ? image_iso(ctx, &wanted->options) :
	       kind == KIND_PXE ? image_network(ctx, &wanted->options) : image_initramfs(ctx, &wanted->options);
}

int command_media(int argc, char **argv)
{
	/* Catalogues: those that this program itself speaks by. */
	struct wanted wanted = { .options = { .timeout_s = UINT_MAX, .catalogues = getenv("LIFEBOAT_LOCALEDIR") } };
	struct command_screen screen;
	enum kind kind;
	int r = parse(argc, argv, &wanted);

	if (r != 0)
		return r < 0 ? 0 : r;
	if (optind >= argc)
		return command_usage_error("media", _("say what to build: iso, usb, tape, initramfs or pxe"));
	kind = find_kind(argv[optind]);
	if (kind < KINDS && optind + 1 < argc)
		return command_wrong_argument("media", argv[optind + 1]);
	r = check(&wanted, kind, argv[optind]);
	if (r != 0)
		return r;
	/* Programs are run from where they are looked for, whatever the caller's PATH lacks. */
	setenv("PATH", PROGRAM_PLACES, 1);
	command_begin(&screen, "media", wanted.quiet);
	return command_end(&screen, make(&screen.ctx, &wanted, kind));
}
