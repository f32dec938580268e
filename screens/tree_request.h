/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the subcommands that bring a set and a directory tree together - restore --to, compare - are asked for: the same set,
 * tree, paths and workers, read from the same options.
 */
#ifndef LIFEBOAT_SCREENS_TREE_REQUEST_H
#define LIFEBOAT_SCREENS_TREE_REQUEST_H

#include <getopt.h>

#include "commands.h"

struct tree_request {
	const char *set, *tree;
	unsigned workers;        /* 0: one a processor */
	uint64_t memory;         /* bytes to take at most; 0: the usual */
	bool quiet, extra, salvage;
	char *const *paths;      /* NULL: all */
};

/* Reads the command line (argv[0] is the subcommand) by OPTIONS, whose values are 's' set, 't' tree, 'e' extra, 'S' salvage, 'w' workers,
 * 'M' little memory, 'q' quiet and 'h' help. 0; the exit status 2 after a usage error; -1 for --help. */
int tree_request_parse(struct tree_request *request, int argc, char **argv, const struct option *options);
#endif
