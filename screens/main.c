/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat: finds the subcommand and hands over. As pid 1 it is init, whatever its arguments. */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../backend/client.h"
#include "apart.h"
#include "commands.h"
#include "text.h"

/* Directories as deep as a path can name take one each, and so does each volume of a capture. */
#define DESCRIPTORS 8192

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help; /* NULL: not for people */
};

static const struct command commands[] = {
	{ "capture", command_capture, N_("capture this machine, or a tree, into a recovery set") },
	{ "media", command_media, N_("build rescue media") },
	{ "show", command_show, N_("list what a set holds") },
	{ "verify", command_verify, N_("check every checksum of a set") },
	{ "plan", command_plan, N_("say what a restore onto this hardware would do") },
	{ "restore", command_restore, N_("restore a machine, or files into a directory") },
	{ "compare", command_compare, N_("list differences between a set and a tree") },
	{ "set", command_set, N_("copy a set, from a directory into a stream or back") },
	{ "sets", command_sets, N_("list the sets of a place, and remove old ones") },
	{ "tape", command_tape, N_("look at tape drives, and label and check tapes") },
	{ "rehearse", command_rehearse, N_("restore a set into a throw-away virtual machine and boot it") },
	{ "fleet", command_fleet, N_("show the machines that report how their restore stands") },
	{ "console", command_console, N_("the restore console") },
	{ "attach", command_attach, N_("join a restore console that is running") },
	{ "engine", command_engine, NULL },
	{ "init", command_init, NULL },
};

static void usage(FILE *out)
{
	fprintf(out, _("Usage: lifeboat COMMAND [ARGUMENT]...\n\nCommands:\n"));
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		if (commands[i].help)
			fprintf(out, "  %-10s %s\n", commands[i].name, _(commands[i].help));
	fprintf(out, _("\n'lifeboat help COMMAND' or 'lifeboat COMMAND -h' says more of each; 'lifeboat -V' prints the version.\n"));
}

static const struct command *find(const char *name)
{
	AUTO_FREE char *scrubbed = sentence("%s", name), *shown = scrubbed ? text_printable(scrubbed) : NULL;

	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	fprintf(stderr, name[0] == '-' ? _("lifeboat: there is no option '%s'; 'lifeboat -h' lists commands and options.\n")
				       : _("lifeboat: there is no command '%s'; 'lifeboat -h' lists them.\n"), shown ? shown : "");
	return NULL;
}

/* "lifeboat -h", "lifeboat help" and "lifeboat help COMMAND". */
static int help(int argc, char **argv)
{
	const struct command *command;

	if (argc < 3 || strcmp(argv[1], "help") != 0) {
		usage(stdout);
		return 0;
	}
	command = find(argv[2]);
	return command ? command->run(2, (char *[]){ argv[2], (char *)"--help", NULL }) : 2;
}

static int run(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return help(argc, argv);
	if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")) {
		printf("lifeboat %s\n", LIFEBOAT_VERSION);
		return 0;
	}
	command = find(argv[1]);
	return command ? command->run(argc - 1, argv + 1) : 2;
}

/* What could not be printed, on a full disk for one, was not said. */
static int end_output(int status)
{
	bool lost = fflush(stdout) != 0;

	if (!lost && !ferror(stdout))
		return status;
	if (!status)
		fprintf(stderr, _("lifeboat: Standard output could not be written: %s.\n"), strerror(lost ? errno : EIO));
	return status ? status : 1;
}

/* Of standard input, output and error those that are closed stay unwritable, but no file that is opened later takes their numbers: what is
 * printed would be written into it. */
static void hold_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Every user of this system can read the arguments of every process (/proc/PID/cmdline): the process reads passwords in them from a copy. */
static void hide_passwords(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		AUTO_FREE char *shown = sentence("%s", argv[i]);
		size_t length = strlen(argv[i]);
		char *copy = shown && strcmp(shown, argv[i]) != 0 ? strdup(argv[i]) : NULL;

		if (!copy)
			continue;
		memset(argv[i], 0, length);
		memcpy(argv[i], shown, strnlen(shown, length));
		argv[i] = copy;
	}
}

/* A tree that cannot be walked to its bottom is found out when disks are erased already. Who may not raise the limit keeps it. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	if (limit.rlim_max < DESCRIPTORS) {
		struct rlimit more = { DESCRIPTORS, DESCRIPTORS };

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			return;
	}
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Serial numbers, UUIDs and words are compared without case, and in Turkish "i" is not the small "I": of a locale in UTF-8 only the character set
 * counts. */
static void choose_locale(void)
{
	setlocale(LC_ALL, "");
	if (!strcmp(nl_langinfo(CODESET), "UTF-8"))
		setlocale(LC_CTYPE, "C.UTF-8");
}

int main(int argc, char **argv)
{
	const char *catalogues = getenv("LIFEBOAT_LOCALEDIR");
	int status;

	memory_return_blocks();
	json_wipe_when_freed();
	if (getpid() != 1)
		hold_standard_streams();
	allow_descriptors();
	choose_locale();
	hide_passwords(argc, argv);
	catalogue_choose(catalogues && *catalogues ? catalogues : LOCALEDIR);
	if (getpid() == 1)
		return command_init(argc, argv);
	status = end_output(run(argc, argv));
	apart_end(status);
	return status;
}
