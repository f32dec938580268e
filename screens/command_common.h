/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the subcommands share: a context whose events go to the terminal (a progress line) or to plain lines, signals that would end the
 * program turned into cancel, the error sentence and the exit status at the end.
 */
#ifndef LIFEBOAT_SCREENS_COMMAND_COMMON_H
#define LIFEBOAT_SCREENS_COMMAND_COMMON_H

#include <getopt.h>
#include <signal.h>

#include "commands.h"

/* Undoes the work from another thread, for the work itself does not come to it; false: it ends by itself, done. */
typedef bool (*command_give_up)(void *data);

struct command_screen {
	struct context ctx;
	const char *name;        /* of the subcommand */
	bool quiet;              /* only warnings and errors */
	bool verbose;            /* also what is for the log alone */
	bool terminal;           /* standard error is one: progress is painted on one line */
	bool progress_shown;     /* such a line stands there now */
	double said_at;          /* monotonic seconds of the last plain progress line */
	int signal_fd, stop_fd;  /* of the thread that turns signals into cancel */
	atomic_bool stopped;     /* asks that thread to end */
	pthread_t thread;
	bool thread_runs;
	_Atomic(command_give_up) give_up;
	void *give_up_data;
};

/* Makes screen->ctx ready, with progress counted and signals watched. Events go to standard error, so that standard output
 * holds only what was asked for. */
void command_begin(struct command_screen *screen, const char *name, bool quiet);
/* From here on a signal does not only ask for an end: where the work has not ended 0.7 seconds later, GIVE_UP(DATA) is called and the
 * program exits; further signals change nothing. Without it a second signal ends the program at once. */
void command_set_give_up(struct command_screen *screen, command_give_up give_up, void *data);
/* Ends the work: says the error's sentence when R is negative, releases all. The exit status: 0, or 1 for any error (128 +
 * SIGINT after a cancel). */
int command_end(struct command_screen *screen, int r);
/* For a command whose status tells what it did, whether its lines could be written or not: where they could not, says so on standard error, and main
 * does not take that for the command's failure. Nothing more goes to standard output. True: they were lost, and the caller says the result there,
 * too. */
bool command_lost_output(void);
/* All signals that would end the program now. */
void command_ending_signals(sigset_t *set);
/* Takes a progress line off the terminal before something else is printed. */
void command_clear_line(struct command_screen *screen);
/* "lifeboat NAME: MESSAGE" and how to get help, to standard error; returns the exit status 2. */
int command_usage_error(const char *name, const char *format, ...) PRINTF_LIKE(2, 3);
/* getopt_long(), for which an option without the value it wants is wrong, be the value empty: ':' as where it is missing. Only texts that mean
 * "none" when they are empty are taken so. */
int command_next_option(int argc, char *const *argv, const char *letters, const struct option *options);
/* The same as command_usage_error() for what command_next_option() gave as no option of a command: ':' (its value is missing) or '?'. LETTERS
 * must have begun with ':', so that getopt says nothing itself. */
int command_wrong_option(const char *name, int option, char *const *argv);
/* The same for an argument that the command does not take. */
int command_wrong_argument(const char *name, const char *argument);
/* The same for a command that was not told its set. */
int command_no_set(const char *name);

#endif
