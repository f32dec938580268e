/* lifeboat init: pid 1 of rescue media. */
#include "commands.h"

int command_init(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return init_main("/proc/self/exe");
}
