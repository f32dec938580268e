/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be typed at the plain front end's prompts beside an answer: help, log, hardware, shell, stop, quit, back, look again.
 */
#ifndef LIFEBOAT_SCREENS_PLAIN_COMMANDS_H
#define LIFEBOAT_SCREENS_PLAIN_COMMANDS_H

#include <stdio.h>

#include "model.h"

enum plain_command {
	PLAIN_NONE,              /* an answer, or nothing known */
	PLAIN_HELP,
	PLAIN_LOG,
	PLAIN_HARDWARE,
	PLAIN_SHELL,
	PLAIN_STOP,
	PLAIN_QUIT,
	PLAIN_BACK,              /* where the question takes it */
	PLAIN_RESCAN,            /* where the question takes it */
};

/* The command that LINE is at the open QUESTION (NULL: there is none). Where any text is an answer, commands begin with ':'. */
enum plain_command plain_command_find(const char *line, json_t *question);

/* Help for the open QUESTION (NULL: none), and all commands; on RESCUE media one can restart the machine, too. */
void plain_print_help(FILE *out, json_t *question, bool rescue);
/* The last lines of the log but its details, warnings and errors marked. */
void plain_print_log(FILE *out, const struct model *model);
/* What the machine is made of, what is on its disks, what has no driver. */
void plain_print_hardware(FILE *out, const struct model *model);
/* Runs a login shell on the terminal of standard input until it ends. 0, or -errno: -ENOTTY without a terminal. */
int plain_run_shell(FILE *out);

#endif
