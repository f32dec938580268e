/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat rehearse: proves a set by restoring it into a throw-away virtual machine and booting what came back. */
#include <string.h>
#include <termios.h>

#include "command_common.h"
#include "text.h"
#include "translate.h"

static void help(void)
{
	printf(_("Usage: lifeboat rehearse --set SET [OPTION]...\n"
		 "\n"
		 "Restores the set into a throw-away virtual machine with blank disks of the\n"
		 "recorded sizes, boots what came back and waits for its login prompt on the\n"
		 "first serial console. No disk of this machine is touched.\n"
		 "\n"
		 "  -s, --set SET     directory of the recovery set\n"
		 "  --firmware KIND   bios or uefi (otherwise as recorded)\n"
		 "  --kernel RELEASE  kernel of the rescue media (see lifeboat media)\n"
		 "  --expect TEXT     what the restored system must show (otherwise 'login:')\n"
		 "  --work DIR        keep disks, image and console texts in DIR\n"
		 "  --memory MIB      memory of the virtual machine (otherwise 1024)\n"
		 "  --processors N    processors of the virtual machine (otherwise 2)\n"
		 "  --deadline S      seconds for each of the two starts (otherwise 3600)\n"
		 "  --interactive     drive the restore console yourself, in this terminal;\n"
		 "                    Ctrl-A X turns the virtual machine off\n"
		 "  --kvm             use hardware virtualization\n"
		 "  -q, --quiet       say only what went wrong\n"
		 "\n"
		 "Exit status: 0 the restored machine reached its login prompt, 1 it did not or\n"
		 "the rehearsal could not be made, 2 wrong usage.\n"));
}

static int report(struct command_screen *screen, const struct rehearse_result *result)
{
	command_clear_line(screen);
	if (result->end_state)
		printf(_("Rescue system: %s\n"), result->end_state);
	if (result->first_screen_s > 0)
		printf(_("First screen after %.1f s, restore ended after %.1f s"), result->first_screen_s, result->restored_s);
	if (result->passed) {
		printf(_(", restored machine ready after another %.1f s.\nPASS: the machine comes back.\n"), result->boot_s);
		return 0;
	}
	if (result->first_screen_s > 0)
		printf(".\n");
	translate_print(stdout, _("FAIL: %s\n"), result->reason ? result->reason : N_("the machine did not come back"));
	if (result->last_screen)
		printf(_("What it showed at last:\n%s\n"), result->last_screen);
	return 1;
}

static bool parse_unsigned(const char *text, unsigned *ret)
{
	uint64_t value;

	if (!parse_u64(text, &value) || value == 0 || value > 1000000)
		return false;
	*ret = (unsigned)value;
	return true;
}

int command_rehearse(int argc, char **argv)
{
	static const struct option words[] = {
		{ "set", required_argument, NULL, 's' },      { "firmware", required_argument, NULL, 'f' },
		{ "kernel", required_argument, NULL, 'r' },   { "expect", required_argument, NULL, 'e' },
		{ "work", required_argument, NULL, 'w' },     { "memory", required_argument, NULL, 'm' },
		{ "deadline", required_argument, NULL, 'd' }, { "interactive", no_argument, NULL, 'i' },
		{ "kvm", no_argument, NULL, 'k' },            { "quiet", no_argument, NULL, 'q' },
		{ "processors", required_argument, NULL, 'p' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct rehearse_options options = { 0 };
	struct rehearse_result result = { 0 };
	struct command_screen screen;
	struct termios modes;
	bool quiet = false, known;
	int option, r, status;

	while ((option = command_next_option(argc, argv, ":hqs:", words)) >= 0)
		switch (option) {
		case 's':
			options.set = optarg;
			break;
		case 'f':
			if (strcmp(optarg, "bios") && strcmp(optarg, "uefi"))
				return command_usage_error("rehearse", _("--firmware is bios or uefi, not '%s'"), optarg);
			options.firmware = optarg;
			break;
		case 'r':
			options.kernel = optarg;
			break;
		case 'e':
			options.pattern = optarg;
			break;
		case 'w':
			options.work = optarg;
			break;
		case 'm':
			if (!parse_unsigned(optarg, &options.memory_mib))
				return command_usage_error("rehearse", _("--memory is a number of MiB, not '%s'"), optarg);
			break;
		case 'p':
			if (!parse_unsigned(optarg, &options.processors) || options.processors > REHEARSE_PROCESSORS_MAX)
				return command_usage_error("rehearse", _("--processors is a number from 1 to %d, not '%s'"), REHEARSE_PROCESSORS_MAX,
							   optarg);
			break;
		case 'd':
			if (!parse_unsigned(optarg, &options.deadline_s))
				return command_usage_error("rehearse", _("--deadline is a number of seconds, not '%s'"), optarg);
			break;
		case 'i':
			options.interactive = true;
			break;
		case 'k':
			options.kvm = true;
			break;
		case 'q':
			quiet = true;
			break;
		case 'h':
			help();
			return 0;
		default:
			return command_wrong_option("rehearse", option, argv);
		}
	if (!options.set)
		return command_no_set("rehearse");
	if (optind < argc)
		return command_wrong_argument("rehearse", argv[optind]);

	/* A virtual machine that is killed leaves the terminal as it used it. */
	known = tcgetattr(STDIN_FILENO, &modes) == 0;
	command_begin(&screen, "rehearse", quiet);
	r = rehearse_run(&screen.ctx, &options, &result);
	if (known && options.interactive)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
	status = r == 0 ? report(&screen, &result) : 0;
	rehearse_result_done(&result);
	r = command_end(&screen, r);
	return status ? status : r;
}
