/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session of a rescue system whose only phase is the network, for tests/loop/test_network_question: network_session_driver SOCKET WORD... with
 * the words of the kernel command line; with --set before them, those phases that find and choose the set instead. The exit status is that of the end
 * state. */
#include <stdio.h>
#include <string.h>

#include "../../backend/session/phase_table.h"
#include "../../backend/session/walker.h"

static const struct phase table[] = {
	{ "network", "Network", MODES_ALL, true, phase_network },
};

static const struct phase table_of_set[] = {
	{ "media", "Media", MODES_ALL, true, phase_media },
	{ "mode", "Mode", MODES_ALL, true, phase_mode },
	{ "manifest", "Set", MODES_ALL, true, phase_manifest },
};

static const struct policy_row policy[] = {
	{ "network", { POLICY_ASK, POLICY_ASK, POLICY_CERTAIN_OR_END, POLICY_ASK, POLICY_ASK } },
	{ "*", { POLICY_ASK, POLICY_ASK, POLICY_ASK, POLICY_ASK, POLICY_ASK } },
};

int main(int argc, char **argv)
{
	struct session_options options = { .front_end_fd = -1, .policy = policy, .rescue = true, .log = "/run/lifeboat/log" };
	AUTO_BUFFER struct buffer text = { 0 };
	struct context ctx;
	bool set = argc > 1 && !strcmp(argv[1], "--set");
	int status = 1;

	argc -= set;
	argv += set;
	if (argc < 2)
		return 2;
	for (char **word = argv + 2; *word; word++)
		if (buffer_append(&text, *word, strlen(*word)) < 0 || buffer_append(&text, " ", 1) < 0)
			return 1;
	if (cmdline_parse(text.data ? text.data : "", &options.cmdline) < 0)
		return 1;
	options.socket = argv[1];
	options.status = &status;
	context_init(&ctx);
	(void)session_run_table(&ctx, &options, set ? table_of_set : table, set ? ARRAY_LENGTH(table_of_set) : ARRAY_LENGTH(table));
	context_done(&ctx);
	cmdline_done(&options.cmdline);
	return status;
}
