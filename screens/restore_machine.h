/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole restore of a machine from the command line: what `lifeboat restore` does without --to. */
#ifndef LIFEBOAT_SCREENS_RESTORE_MACHINE_H
#define LIFEBOAT_SCREENS_RESTORE_MACHINE_H

/* ARGV as of the subcommand (argv[0] is "restore"). Returns the exit status. */
int restore_machine(int argc, char **argv);

#endif
