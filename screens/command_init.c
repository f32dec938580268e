/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat init: pid 1 of rescue media. */
#include "commands.h"

int command_init(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return init_main("/proc/self/exe");
}
