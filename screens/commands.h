/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The subcommands of lifeboat: each is one file command_NAME.c with one function that gets its own argv (argv[0] is the
 * subcommand) and returns the exit status: 0 complete success, 1 failure or differences, 2 usage, others as documented.
 */
#ifndef LIFEBOAT_SCREENS_COMMANDS_H
#define LIFEBOAT_SCREENS_COMMANDS_H

#include "../backend/engine.h"
#include "../backend/messages.h"

int command_capture(int argc, char **argv);
int command_media(int argc, char **argv);
int command_show(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_plan(int argc, char **argv);
int command_restore(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_set(int argc, char **argv);
int command_sets(int argc, char **argv);
int command_tape(int argc, char **argv);
int command_rehearse(int argc, char **argv);
int command_fleet(int argc, char **argv);
int command_console(int argc, char **argv);
int command_attach(int argc, char **argv);
int command_engine(int argc, char **argv); /* internal: what pid 1 starts */
int command_init(int argc, char **argv);   /* internal: pid 1 */

#endif
