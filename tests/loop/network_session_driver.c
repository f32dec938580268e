/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session of a rescue system whose only phase is the network, for tests/loop/test_network_question: network_session_driver SOCKET WORD... with
 * the words of the kernel command line; with --set before them, those phases that find and choose the set instead; with --bare PREFIX the same, on a
 * machine that has what is below PREFIX; with --keep ROOT, what is to be kept of the network is written into the system
 * in ROOT, by an engine that was started again when ROOT/die is there. The exit status is that of the end
 * state. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../../backend/finish/network_settings.h"
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

static int phase_die(struct session *s)
{
	AUTO_FREE char *mark = text_format("%s/die", s->root);

	(void)session_checkpoint(s);
	if (mark && unlink(mark) == 0)
		raise(SIGKILL);
	return 0;
}

static int phase_keep(struct session *s)
{
	AUTO_CLOSE int fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct finish_options options = { .root = s->root, .network = s->network_kept };
	struct finish_result result = { 0 };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = fd };
	int r = network_settings_finish(s->ctx, &job);

	for (char **note = result.notes; note && *note; note++)
		context_info(s->ctx, "%s", *note);
	finish_result_done(&result);
	strv_free(job.corrected);
	return r;
}

static const struct phase table_of_keep[] = {
	{ "network", "Network", MODES_ALL, true, phase_network },
	{ "manifest", "Set", MODES_ALL, true, phase_die },
	{ "finish", "Finish", MODES_ALL, true, phase_keep },
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
	bool keep = argc > 2 && !strcmp(argv[1], "--keep"), bare = argc > 2 && !strcmp(argv[1], "--bare");
	bool set = bare || (argc > 1 && !strcmp(argv[1], "--set"));
	const char *prefix = bare ? argv[2] : NULL;
	int status = 1;

	if (keep)
		options.root = argv[2];
	argc -= set + bare + 2 * keep;
	argv += set + bare + 2 * keep;
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
	if (prefix)
		ctx.prefix = prefix;
	if (keep)
		(void)session_run_table(&ctx, &options, table_of_keep, ARRAY_LENGTH(table_of_keep));
	else
		(void)session_run_table(&ctx, &options, set ? table_of_set : table, set ? ARRAY_LENGTH(table_of_set) : ARRAY_LENGTH(table));
	context_done(&ctx);
	cmdline_done(&options.cmdline);
	return status;
}
