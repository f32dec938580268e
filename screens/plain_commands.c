/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plain_commands.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../ui/line.h"
#include "log_lines.h"
#include "plain_text.h"
#include "text.h"
#include "words.h"

#define LOG_LINES 60
#define README "/run/lifeboat/README"

static const struct {
	char letter;
	enum plain_command command;
	const char *offered;     /* member of the question that must be true; NULL: always there */
	const char *help;
} commands[] = {
	{ '?', PLAIN_HELP, NULL, N_("this help") },
	{ 'b', PLAIN_BACK, "back", N_("go back to the question before") },
	{ 'r', PLAIN_RESCAN, "rescan", N_("look at hardware and media again") },
	{ 'l', PLAIN_LOG, NULL, N_("the last lines of the log") },
	{ 'h', PLAIN_HARDWARE, NULL, N_("the hardware of this machine") },
	{ '!', PLAIN_SHELL, NULL, N_("open a shell; 'exit' comes back here") },
	{ 'c', PLAIN_STOP, NULL, N_("stop the restore") },
	{ 'q', PLAIN_QUIT, NULL, N_("leave") },
};

static bool is_any_text(json_t *question)
{
	const char *type = member_text(question, "type");

	return !strcmp(type, "text");
}

static bool is_option(json_t *question, const char *line)
{
	json_t *option;
	size_t i;

	json_array_foreach(member_array(question, "options"), i, option)
		if (!strcmp(member_text(option, "value"), line))
			return true;
	return false;
}

enum plain_command plain_command_find(const char *line, json_t *question)
{
	bool marked = line[0] == ':';

	if (!marked && question && strcmp(line, "?") && (is_any_text(question) || is_option(question, line)))
		return PLAIN_NONE;
	line += marked;
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		if (line[0] == commands[i].letter && !line[1] &&
		    (!commands[i].offered || member_true(question, commands[i].offered)))
			return commands[i].command;
	return PLAIN_NONE;
}

/* What the questions are about, where their own texts leave something open. */
static const struct {
	const char *question, *help;
} helps[] = {
	{ "resume",
	  N_("The program that restores died and was started again. Its processes were ended and its filesystems unmounted. Resuming keeps what is "
	     "complete, and verifies everything at the end.") },
	{ "mode", N_("interactive asks before each decision; nuke restores without further questions; expert opens a shell; compare changes "
		     "nothing and lists differences.") },
	{ "network", N_("The recovery set lies on a server that cannot be reached. Type a setting and its value, then use: the network is set up so, and the "
			"server asked. test looks step by step; + is good, ! is what is wrong, - decides nothing. With keep yes the restored "
			"system gets these settings, too; else it has those that were captured.") },
	{ "set", N_("Type the number of a recovery set. A set that was not found can be named: a directory, an .iso file, a device that holds "
		    "one, or the address of a server.") },
	{ "host-key", N_("Ask whoever runs the server for the fingerprint of its host key, on a way that does not lead through this network. Only if it is the "
			 "one that is shown, it is that server; an agreement holds until this session ends.") },
	{ "hardware", N_("A disk that is missing here cannot be restored to: check the cables, then type r to look again.") },
	{ "disks", N_("For each disk of the recovery set, choose the disk of this machine that it is restored onto. Nothing is erased before you "
		      "have confirmed each disk.") },
	{ "plan", N_("Lines with '!' erase something. Nothing is written before you have confirmed each disk.") },
	{ "edit", N_("Each line is a part of the saved storage, what it was and what the plan makes of it; type its number and what to change. A size "
		     "of 30% is a part of the disk or volume group, rest is all room that the others leave. Each change is tried at once; one that "
		     "is not possible is refused with the reason, and nothing changes. done makes the plan with the changes; b leaves it as it was. "
		     "Nothing is written here.") },
	{ "confirm", N_("This is the last question before the disk is erased. Only the exact text confirms; every other text writes nothing.") },
	{ "media-lost", N_("The medium that holds the recovery set cannot be read. Put it back or repair the connection, then retry.") },
	{ "disc", N_("The recovery set lies on several discs. Drives are looked at each second: the work continues by itself when the disc is there.") },
	{ "set-damaged", N_("Nothing was erased yet. Clean or connect the medium and check again, or restore what is intact: the files that are lost "
			    "are listed at the end.") },
	{ "unverified", N_("Nothing was erased yet. A set that is stored in a directory or a file can be verified first: give up, store it there, and name that.") },
	{ "verify-problems", N_("These files differ from the recovery set.") },
	{ "result", N_("The session has ended.") },
	{ "expert", N_("Type ! to open the shell. When you are done with it, the console continues.") },
};

void plain_print_help(FILE *out, json_t *question, bool rescue)
{
	for (size_t i = 0; question && i < ARRAY_LENGTH(helps); i++)
		if (!strcmp(helps[i].question, member_text(question, "name")))
			plain_text(out, "", _(helps[i].help));
	plain_text(out, "", question && is_any_text(question) ? _("At every prompt (here with ':' before the sign):") :
								 _("At every prompt:"));
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
		AUTO_FREE char *sign = line_format("  %c  ", commands[i].letter);

		if (!commands[i].offered || member_true(question, commands[i].offered))
			plain_text(out, sign, rescue && commands[i].command == PLAIN_QUIT ? _("leave, restart the machine, or switch it off") :
											    _(commands[i].help));
	}
	plain_text(out, "", _("Every console shows the same session; the first answer counts for all."));
}

void plain_print_log(FILE *out, const struct model *model)
{
	size_t first = model->log_count, shown = 0;

	/* As in the windows: programs that are run, and what they say, are for the log file. */
	while (first > 0 && shown < LOG_LINES)
		shown += log_rank(&model->log[--first]) != LOG_DETAIL;
	if (shown == 0)
		plain_text(out, "", _("Nothing was logged yet."));
	for (size_t i = first; i < model->log_count; i++) {
		const struct model_log *line = &model->log[i];
		char clock[WORDS_CLOCK_SIZE];
		AUTO_FREE char *text = NULL, *margin = NULL;

		if (log_rank(line) == LOG_DETAIL)
			continue;
		words_clock(line->time, clock);
		margin = line_format("%s ", clock);
		text = line_format("%s%s", !strcmp(line->level, "error")     ? _("Error: ")
					   : !strcmp(line->level, "warning") ? _("Warning: ")
									     : "",
				   line->text);
		plain_text(out, margin ? margin : "", text);
	}
}

static void run_child(char *const *argv)
{
	sigset_t none;

	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpid());
	signal(SIGTTOU, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(argv[0], argv);
	_exit(127);
}

int plain_run_shell(FILE *out)
{
	const char *shell = getenv("SHELL");
	char *argv[] = { NULL, (char *)"-l", NULL };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int status = 0;
	pid_t pid;

	if (!isatty(STDIN_FILENO))
		return -ENOTTY;
	if (!shell || access(shell, X_OK) < 0)
		shell = access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh";
	argv[0] = (char *)shell;
	plain_text(out, "", _("This is a shell; the restore session continues meanwhile. 'exit' comes back."));
	if (access(README, R_OK) == 0) {
		AUTO_FREE char *readme = line_format(_("%s says what is where."), README);

		plain_text(out, "", readme);
	}
	fflush(out);
	/* Taking the terminal back from the shell must not stop this program. */
	sigaction(SIGTTOU, &ignore, &before);
	pid = fork();
	if (pid == 0)
		run_child(argv);
	if (pid > 0) {
		setpgid(pid, pid);
		tcsetpgrp(STDIN_FILENO, pid);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		tcsetpgrp(STDIN_FILENO, getpgrp());
	}
	sigaction(SIGTTOU, &before, NULL);
	if (pid < 0)
		return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? -ENOENT : 0;
}
