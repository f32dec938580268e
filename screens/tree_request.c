/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree_request.h"

#include <string.h>

#include "command_common.h"
#include "text.h"

int tree_request_parse(struct tree_request *request, int argc, char **argv, const struct option *options)
{
	uint64_t workers;
	int c;

	*request = (struct tree_request){ 0 };
	optind = 1;
	while ((c = command_next_option(argc, argv, ":s:qh", options)) != -1) {
		switch (c) {
		case 's': request->set = optarg; break;
		case 't': request->tree = optarg; break;
		case 'e': request->extra = true; break;
		case 'S': request->salvage = true; break;
		case 'M': request->memory = MEMORY_LOW; break;
		case 'q': request->quiet = true; break;
		case 'h': return -1;
		case 'w':
			if (!parse_u64(optarg, &workers) || workers == 0 || workers > 256)
				return command_usage_error(argv[0], _("--workers wants a number from 1 to 256, not '%s'"), optarg);
			request->workers = (unsigned)workers;
			break;
		default: return command_wrong_option(argv[0], c, argv);
		}
	}
	if (!request->set)
		return command_no_set(argv[0]);
	request->paths = argv[optind] ? argv + optind : NULL;
	return 0;
}
