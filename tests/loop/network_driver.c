/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carries out ip= arguments for tests/loop/test_network: network_driver ARGUMENT...; prints the notes, a line each. Errors go to
 * standard error, the exit status is then 1. */
#include <stdio.h>

#include "../../backend/machine/network.h"

int main(int argc, char **argv)
{
	AUTO_STRV char **notes = NULL;
	struct context ctx;
	int r;

	(void)argc;
	context_init(&ctx);
	r = network_setup(&ctx, argv + 1, NULL, &notes);
	for (size_t i = 0; i < strv_length(notes); i++)
		puts(notes[i]);
	if (r < 0)
		fprintf(stderr, "%s\n", context_detail(&ctx));
	context_done(&ctx);
	return r < 0;
}
