/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session: walking the table, questions and policies, ends, front ends that come late, crash or lag. The phases are made for
 * the test; the server, the questions and the client are the real ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "../../backend/protocol/client.h"
#include "../../backend/session/ask.h"
#include "../../backend/session/phase_table.h"
#include "../../backend/session/walker.h"
#include "../../backend/core/file.h"

#define DEADLINE_MS 20000

static const struct policy_row policy[] = {
	{ "result", { POLICY_ASK, POLICY_ASK, POLICY_CERTAIN, POLICY_ASK, POLICY_ASK } },
	{ "*", { POLICY_ASK, POLICY_ASK, POLICY_CERTAIN_OR_END, POLICY_CERTAIN, POLICY_ASK } },
};

/* ---- a session in a thread of its own ---- */

struct run {
	struct context ctx;
	struct session_options options;
	const struct phase *table;
	size_t count;
	pthread_t thread;
	enum end_state end;
	int status;
	char *directory, *socket, *log;
	bool joined;
};

static void *run_thread(void *data)
{
	struct run *run = data;

	run->end = session_run_table(&run->ctx, &run->options, run->table, run->count);
	return NULL;
}

/* Makes it ready; *RET_FD is the front end's end of a socketpair (NULL: it listens). */
static void prepare(struct run *run, const struct phase *table, size_t count, enum mode mode, bool rescue, int *ret_fd)
{
	char template[] = "/tmp/lifeboat-test-XXXXXX";
	int pair[2] = { -1, -1 };

	memset(run, 0, sizeof(*run));
	run->directory = strdup(mkdtemp(template));
	run->socket = text_format("%s/engine.sock", run->directory);
	run->log = text_format("%s/log", run->directory);
	if (ret_fd)
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	context_init(&run->ctx);
	run->options = (struct session_options){ .socket = rescue || !ret_fd ? run->socket : NULL, .front_end_fd = pair[0],
						 .policy = policy, .rescue = rescue, .state = run->directory, .log = run->log,
						 .status = &run->status };
	run->options.cmdline.mode = mode;
	run->table = table;
	run->count = count;
	if (ret_fd)
		*ret_fd = pair[1];
}

static void go(struct run *run)
{
	assert_int_equal(pthread_create(&run->thread, NULL, run_thread, run), 0);
}

static void start(struct run *run, const struct phase *table, size_t count, enum mode mode, bool rescue, int *ret_fd)
{
	prepare(run, table, count, mode, rescue, ret_fd);
	go(run);
}

static void join(struct run *run)
{
	if (!run->joined)
		pthread_join(run->thread, NULL);
	run->joined = true;
}

static void finish(struct run *run)
{
	static const char *const names[] = { "log", "end.json", "checkpoint.json", "engine.sock", "README" };

	join(run);
	context_done(&run->ctx);
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		AUTO_FREE char *path = text_format("%s/%s", run->directory, names[i]);

		unlink(path);
	}
	assert_int_equal(rmdir(run->directory), 0);
	free(run->directory);
	free(run->socket);
	free(run->log);
}

static struct client *attach(struct run *run, int fd, const char *name)
{
	struct client *client = NULL;

	if (fd >= 0) {
		assert_int_equal(client_attach_fd(fd, name, &client), 0);
		return client;
	}
	for (unsigned i = 0; i < DEADLINE_MS / 5; i++) {
		struct timespec pause = { .tv_nsec = 5000000 };

		if (client_attach(run->socket, name, &client) == 0)
			return client;
		nanosleep(&pause, NULL);
	}
	fail_msg("the engine does not listen");
	return NULL;
}

/* NULL when the engine has left. */
static json_t *await_any(struct client *client)
{
	struct pollfd poller = { .fd = client_fd(client), .events = POLLIN };
	json_t *event = NULL;
	int r;

	while ((r = client_receive(client, &event)) == 0)
		if (poll(&poller, 1, DEADLINE_MS) != 1)
			fail_msg("no event came");
	return r == 1 ? event : NULL;
}

/* The next event with this name; all others on the way are skipped. NULL when the engine leaves first. */
static json_t *await(struct client *client, const char *name)
{
	json_t *event;

	while ((event = await_any(client)) && strcmp(json_string_value(json_object_get(event, "event")), name))
		json_decref(event);
	return event;
}

static bool is_phase(json_t *event, const char *phase)
{
	const char *name = json_string_value(json_object_get(event, "phase"));

	return !strcmp(json_string_value(json_object_get(event, "event")), "phase") && name && !strcmp(name, phase);
}

static int await_question(struct client *client, const char *name)
{
	json_t *event = await(client, "question");
	int id;

	assert_non_null(event);
	assert_string_equal(json_string_value(json_object_get(event, "name")), name);
	id = (int)json_integer_value(json_object_get(event, "id"));
	json_decref(event);
	return id;
}

static void drop(struct client *client, const char *name)
{
	json_t *event = await(client, name);

	assert_non_null(event);
	json_decref(event);
}

static char *await_text(struct client *client, const char *name, const char *member)
{
	json_t *event = await(client, name);
	char *text;

	assert_non_null(event);
	text = strdup(json_string_value(json_object_get(event, member)) ? json_string_value(json_object_get(event, member)) : "");
	json_decref(event);
	return text;
}

static void assert_next_text(struct client *client, const char *name, const char *member, const char *expected)
{
	AUTO_FREE char *text = await_text(client, name, member);

	assert_string_equal(text, expected);
}

/* ---- phases ---- */

static int phase_good(struct session *s)
{
	return session_note(s, "went well");
}

static int phase_skipped(struct session *s)
{
	return session_skip(s, "nothing to do");
}

static int phase_fails(struct session *s)
{
	return context_fail(s->ctx, ENODEV, "No disk is here");
}

static int phase_ends_well(struct session *s)
{
	outcome_end(&s->outcome, END_BOOTABLE, "All is back");
	return 0;
}

static int ask_colour(struct session *s, bool certain)
{
	AUTO_QUESTION struct question question = { .name = "colour", .type = "choice", .title = "Colour", .certain = certain,
						   .preset = json_string("red"), .back = true };
	AUTO_FREE char *answer = NULL;
	int r;

	question.reason = strdup("Nobody knows the colour");
	question_option(&question, "red", "Red", NULL, NULL);
	question_option(&question, "blue", "Blue", NULL, NULL);
	question_option(&question, "black", "Black", NULL, "sold out");
	r = session_ask_choice(s, &question, &answer);
	if (r == ASK_BACK)
		return session_jump(s, "first");
	return r < 0 ? r : session_note(s, "%s", answer);
}

static int phase_asks(struct session *s)
{
	return ask_colour(s, false);
}

static int phase_asks_certain(struct session *s)
{
	return ask_colour(s, true);
}

static int phase_works(struct session *s)
{
	struct timespec pause = { .tv_nsec = 2000000 };

	for (unsigned i = 0; i < DEADLINE_MS / 2; i++) {
		int r = context_check_cancel(s->ctx);

		if (r < 0)
			return r;
		nanosleep(&pause, NULL);
	}
	return context_fail(s->ctx, ETIMEDOUT, "nobody cancelled");
}

static int phase_writes(struct session *s)
{
	atomic_store(&s->writing, true);
	strv_append(&s->touched, "DISK ONE");
	return 0;
}

static int phase_extracts(struct session *s)
{
	s->outcome.extracted = true;
	return 0;
}

static int phase_finish_counts(struct session *s)
{
	return session_note(s, "way out");
}

/* ---- tests ---- */

static int phase_asks_mode(struct session *s)
{
	AUTO_QUESTION struct question question = { .name = "mode", .type = "choice", .title = "Mode" };
	AUTO_FREE char *answer = NULL;
	enum mode mode = s->cmdline->mode;
	int r;

	if (s->chosen.ask_mode) {
		question_option(&question, "interactive", "Interactive", NULL, NULL);
		r = session_ask_choice(s, &question, &answer);
		if (r < 0)
			return r;
		mode_parse(answer, &mode);
	}
	session_set_mode(s, mode);
	return 0;
}

static int phase_restarted(struct session *s)
{
	assert_true(s->restarted.happened);
	assert_string_equal(s->restarted.consent, "abc");
	assert_int_equal(json_object_size(s->restarted.map), 1);
	assert_string_equal(s->restarted.phase, "extract");
	assert_int_equal(s->restarted.crashes, 1);
	return context_fail(s->ctx, EIO, "Restarted in time");
}

static void test_walk_and_events(void **state)
{
	static const struct phase table[] = {
		{ "first", "First", MODES_ALL, false, phase_good },
		{ "second", "Second", MODES_ALL, false, phase_skipped },
		{ "rescue", "Not here", MODES_ALL, true, phase_fails },
		{ "compare", "Other mode", MODE_BIT(MODE_COMPARE), false, phase_fails },
		{ "last", "Last", MODES_RESTORE, false, phase_ends_well },
	};
	struct run run;
	struct client *client;
	json_t *event;
	int fd;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_INTERACTIVE, false, &fd);
	client = attach(&run, fd, "test");
	event = await(client, "hello");
	assert_int_equal(json_integer_value(json_object_get(event, "protocol")), ENGINE_PROTOCOL);
	json_decref(event);
	event = await(client, "state");
	assert_int_equal(json_array_size(json_object_get(event, "phases")), 3);
	assert_string_equal(json_string_value(json_object_get(event, "mode")), "interactive");
	json_decref(event);
	event = await(client, "end");
	assert_string_equal(json_string_value(json_object_get(event, "state")), "restored, bootable");
	assert_int_equal(json_integer_value(json_object_get(event, "status")), 0);
	json_decref(event);
	assert_null(await(client, "never"));
	client_free(client);
	finish(&run);
	assert_int_equal(run.end, END_BOOTABLE);
	assert_int_equal(run.status, 0);
}

/* Nothing stops, one warning says it, and the end counts what is missing. */
static void test_full_log_is_called_incomplete(void **state)
{
	static const struct phase table[] = {
		{ "first", "First", MODES_ALL, false, phase_good },
		{ "finish", "Finish", MODES_ALL, false, phase_ends_well },
	};
	unsigned warnings = 0;
	struct run run;
	struct client *client;
	json_t *event;
	int fd;

	(void)state;
	prepare(&run, table, ARRAY_LENGTH(table), MODE_NUKE, false, &fd);
	run.options.log = "/dev/full";
	go(&run);
	client = attach(&run, fd, "test");
	while ((event = await_any(client)) && strcmp(json_string_value(json_object_get(event, "event")), "end")) {
		const char *text = json_string_value(json_object_get(event, "text"));

		warnings += text && !strcmp(text, "The log /dev/full is incomplete from here on: No space left on device");
		json_decref(event);
	}
	assert_int_equal(warnings, 1);
	assert_non_null(event);
	assert_true(json_integer_value(json_object_get(event, "log_lost")) > 3);
	json_decref(event);
	client_free(client);
	finish(&run);
	assert_int_equal(run.end, END_BOOTABLE);
}

static void test_failure_says_nothing_written(void **state)
{
	static const struct phase table[] = {
		{ "first", "First", MODES_ALL, false, phase_good },
		{ "plan", "Plan", MODES_ALL, false, phase_fails },
		{ "finish", "Finish", MODES_ALL, false, phase_fails },
	};
	struct run run;
	struct client *client;
	json_t *event;
	int fd;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_NUKE, false, &fd);
	client = attach(&run, fd, "test");
	event = await(client, "end");
	assert_string_equal(json_string_value(json_object_get(event, "state")), "not restored");
	assert_string_equal(json_string_value(json_object_get(event, "reason")), "No disk is here. Nothing was written to any disk.");
	assert_int_equal(json_integer_value(json_object_get(event, "status")), 5);
	json_decref(event);
	client_free(client);
	finish(&run);
	assert_int_equal(run.end, END_NOT_RESTORED);
	assert_int_equal(run.status, 5);
}

static void test_failure_after_writing_finishes(void **state)
{
	static const struct phase table[] = {
		{ "ask", "Ask", MODES_ALL, false, phase_asks },
		{ "disks", "Disks", MODES_ALL, false, phase_writes },
		{ "extract", "Extract", MODES_ALL, false, phase_fails },
		{ "verify", "Verify", MODES_ALL, false, phase_good },
		{ "finish", "Finish", MODES_ALL, false, phase_finish_counts },
	};
	struct run run;
	struct client *client;
	json_t *event;
	bool finished = false, verified = false;
	int fd;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_INTERACTIVE, false, &fd);
	client = attach(&run, fd, "test");
	/* From the question on every event comes live. */
	assert_int_equal(client_answer(client, await_question(client, "colour"), json_string("red")), 0);
	for (;;) {
		event = await_any(client);
		if (is_phase(event, "verify"))
			verified = true;
		if (is_phase(event, "finish"))
			finished = true;
		if (!strcmp(json_string_value(json_object_get(event, "event")), "end"))
			break;
		json_decref(event);
	}
	assert_string_equal(json_string_value(json_object_get(event, "reason")),
			    "No disk is here. Already erased or changed: DISK ONE.");
	json_decref(event);
	assert_true(finished);
	assert_false(verified);
	client_free(client);
	finish(&run);
	assert_int_equal(run.end, END_NOT_RESTORED);
}

static const struct phase asking[] = {
	{ "first", "First", MODES_ALL, false, phase_good },
	{ "ask", "Ask", MODES_ALL, false, phase_asks },
	{ "last", "Last", MODES_ALL, false, phase_ends_well },
};

/* Files that are all there are not called lost. */
static void test_stopped_after_the_files(void **state)
{
	static const struct phase table[] = {
		{ "disks", "Disks", MODES_ALL, false, phase_writes },
		{ "extract", "Extract", MODES_ALL, false, phase_extracts },
		{ "boot", "Boot", MODES_ALL, false, phase_works },
		{ "finish", "Finish", MODES_ALL, false, phase_finish_counts },
	};
	struct run run;
	struct client *client;
	int fd;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_INTERACTIVE, false, &fd);
	client = attach(&run, fd, "test");
	drop(client, "state");
	assert_int_equal(client_request(client, "cancel"), 0);
	assert_next_text(client, "end", "name", "partial");
	client_free(client);
	finish(&run);
	assert_int_equal(run.end, END_PARTIAL);
}

static void test_question_answer(void **state)
{
	struct run run;
	struct client *client;
	int fd, id;

	(void)state;
	start(&run, asking, ARRAY_LENGTH(asking), MODE_INTERACTIVE, false, &fd);
	client = attach(&run, fd, "test");
	id = await_question(client, "colour");
	assert_int_equal(client_answer(client, id, json_string("green")), 0);
	assert_next_text(client, "refused", "reason", "This question has no such option.");
	assert_int_equal(client_answer(client, id, json_string("black")), 0);
	assert_next_text(client, "refused", "reason", "This option cannot be chosen now.");
	assert_int_equal(client_answer(client, id, json_integer(1)), 0);
	drop(client, "refused");
	assert_int_equal(client_request(client, "rescan"), 0);
	drop(client, "refused");
	assert_int_equal(client_answer(client, id + 7, json_string("red")), 0);
	drop(client, "stale");
	assert_int_equal(client_answer(client, id, json_string("blue")), 0);
	assert_next_text(client, "answered", "by", "test");
	drop(client, "end");
	client_free(client);
	finish(&run);
	assert_int_equal(run.end, END_BOOTABLE);
}

static void test_back(void **state)
{
	struct run run;
	struct client *client;
	int fd, id;

	(void)state;
	start(&run, asking, ARRAY_LENGTH(asking), MODE_INTERACTIVE, false, &fd);
	client = attach(&run, fd, "test");
	id = await_question(client, "colour");
	assert_int_equal(client_request(client, "back"), 0);
	assert_true(await_question(client, "colour") > id);
	assert_int_equal(client_answer(client, id, json_string("red")), 0);
	drop(client, "stale");
	assert_int_equal(client_answer(client, id + 1, json_string("red")), 0);
	drop(client, "end");
	client_free(client);
	finish(&run);
}

static void test_first_answer_wins(void **state)
{
	struct run run;
	struct client *one, *two;
	int id;

	(void)state;
	start(&run, asking, ARRAY_LENGTH(asking), MODE_INTERACTIVE, false, NULL);
	one = attach(&run, -1, "one");
	two = attach(&run, -1, "two");
	id = await_question(one, "colour");
	assert_int_equal(await_question(two, "colour"), id);
	assert_int_equal(client_answer(two, id, json_string("blue")), 0);
	assert_next_text(one, "answered", "by", "two");
	assert_int_equal(client_answer(one, id, json_string("red")), 0);
	drop(two, "end");
	client_free(one);
	client_free(two);
	finish(&run);
	assert_int_equal(run.end, END_BOOTABLE);
}

static void test_front_end_dies_and_comes_back(void **state)
{
	struct run run;
	struct client *client;
	json_t *event;
	int id;

	(void)state;
	start(&run, asking, ARRAY_LENGTH(asking), MODE_INTERACTIVE, false, NULL);
	client = attach(&run, -1, "one");
	id = await_question(client, "colour");
	client_free(client);
	client = attach(&run, -1, "two");
	event = await(client, "state");
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(event, "phases"), 0), "state")), "done");
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(event, "phases"), 0), "text")), "went well");
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(event, "phases"), 1), "state")), "running");
	json_decref(event);
	assert_int_equal(await_question(client, "colour"), id);
	assert_int_equal(client_answer(client, id, json_string("red")), 0);
	drop(client, "end");
	client_free(client);
	finish(&run);
}

static void test_nobody_left(void **state)
{
	struct run run;
	int fd;

	(void)state;
	/* No socket: when the only front end is gone, waiting for it would be for ever. */
	start(&run, asking, ARRAY_LENGTH(asking), MODE_INTERACTIVE, false, &fd);
	close(fd);
	finish(&run);
	assert_int_equal(run.end, END_NOT_RESTORED);
}

static void test_policy_certain(void **state)
{
	static const struct phase table[] = {
		{ "ask", "Ask", MODES_ALL, false, phase_asks_certain },
		{ "last", "Last", MODES_ALL, false, phase_ends_well },
	};
	struct run run;
	int fd;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_NUKE, false, &fd);
	close(fd);
	finish(&run);
	assert_int_equal(run.end, END_BOOTABLE);
}

static void test_policy_uncertain_ends(void **state)
{
	struct run run;
	struct client *client;
	json_t *event;
	int fd;

	(void)state;
	start(&run, asking, ARRAY_LENGTH(asking), MODE_NUKE, false, &fd);
	client = attach(&run, fd, "test");
	event = await(client, "end");
	assert_string_equal(json_string_value(json_object_get(event, "reason")),
			    "Nobody knows the colour. Nothing was written to any disk.");
	json_decref(event);
	client_free(client);
	finish(&run);
	assert_int_equal(run.end, END_NOT_RESTORED);
}

static void test_cancel_while_working(void **state)
{
	static const struct phase table[] = { { "work", "Work", MODES_ALL, false, phase_works } };
	struct run run;
	struct client *client;
	json_t *event;
	int fd;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_NUKE, false, &fd);
	client = attach(&run, fd, "console /dev/tty1");
	drop(client, "state");
	assert_int_equal(client_request(client, "back"), 0);
	drop(client, "refused");
	assert_int_equal(client_request(client, "reboot"), 0);
	drop(client, "refused");
	assert_int_equal(client_request(client, "nonsense"), 0);
	drop(client, "refused");
	assert_int_equal(client_request(client, "cancel"), 0);
	event = await(client, "end");
	assert_string_equal(json_string_value(json_object_get(event, "state")), "not restored");
	assert_non_null(strstr(json_string_value(json_object_get(event, "reason")), "Stopped by the operator (tty1)"));
	json_decref(event);
	client_free(client);
	finish(&run);
}

/* What pid 1 reads. */
static void assert_end_file(struct run *run, const char *after)
{
	AUTO_FREE char *path = text_format("%s/end.json", run->directory), *text = NULL;
	json_t *end;

	assert_int_equal(file_read(AT_FDCWD, path, 4096, &text, NULL), 0);
	end = json_loads(text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(end, "after")), after);
	json_decref(end);
}

static void test_rescue_result(void **state)
{
	static const struct phase table[] = { { "last", "Last", MODES_ALL, false, phase_ends_well } };
	struct run run;
	struct client *client;
	int id;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_INTERACTIVE, true, NULL);
	client = attach(&run, -1, "test");
	id = await_question(client, "result");
	assert_int_equal(client_answer(client, id, json_string("shell")), 0);
	id = await_question(client, "expert");
	assert_int_equal(client_answer(client, id, json_string("done")), 0);
	id = await_question(client, "result");
	assert_int_equal(client_answer(client, id, json_string("poweroff")), 0);
	assert_null(await(client, "never"));
	client_free(client);
	join(&run);
	assert_end_file(&run, "poweroff");
	finish(&run);
}

/* Whatever shell is opened, what it says of the disks holds now. */
static void assert_readme(struct run *run, const char *words)
{
	AUTO_FREE char *path = text_format("%s/README", run->directory), *text = NULL;

	assert_int_equal(file_read(AT_FDCWD, path, 65536, &text, NULL), 0);
	assert_non_null(strstr(text, words));
	unlink(path);
}

static int phase_asks_for_a_shell(struct session *s)
{
	return session_ask_shell(s) < 0 ? -ECANCELED : 0;
}

static void test_readme_of_every_shell(void **state)
{
	static const struct phase table[] = {
		{ "expert", "Shell", MODES_ALL, false, phase_asks_for_a_shell },
		{ "disks", "Disks", MODES_ALL, false, phase_writes },
		{ "last", "Last", MODES_ALL, false, phase_ends_well },
	};
	struct run run;
	struct client *client;
	int id;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_INTERACTIVE, true, NULL);
	client = attach(&run, -1, "test");
	id = await_question(client, "expert");
	assert_readme(&run, "no disk has been touched");
	assert_int_equal(client_answer(client, id, json_string("done")), 0);
	id = await_question(client, "result");
	assert_int_equal(client_answer(client, id, json_string("shell")), 0);
	id = await_question(client, "expert");
	assert_readme(&run, "Disks have been written to");
	assert_int_equal(client_answer(client, id, json_string("done")), 0);
	id = await_question(client, "result");
	assert_int_equal(client_answer(client, id, json_string("poweroff")), 0);
	assert_null(await(client, "never"));
	client_free(client);
	finish(&run);
}

/* The time a person takes to answer is none of the restore's. */
static void test_waiting_is_not_counted(void **state)
{
	static const struct phase table[] = {
		{ "ask", "Ask", MODES_ALL, false, phase_asks },
		{ "last", "Last", MODES_ALL, false, phase_ends_well },
	};
	struct timespec thinking = { .tv_nsec = 300000000 }, before, after;
	struct run run;
	struct client *client;
	json_t *event;
	double whole;
	int fd, id;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	start(&run, table, ARRAY_LENGTH(table), MODE_INTERACTIVE, false, &fd);
	client = attach(&run, fd, "test");
	id = await_question(client, "colour");
	nanosleep(&thinking, NULL);
	assert_int_equal(client_answer(client, id, json_string("red")), 0);
	event = await(client, "end");
	clock_gettime(CLOCK_MONOTONIC, &after);
	whole = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	assert_true(json_number_value(json_object_get(event, "seconds")) <= whole - 0.3);
	json_decref(event);
	client_free(client);
	finish(&run);
}

static void test_nuke_reboots_by_itself(void **state)
{
	static const struct phase table[] = { { "last", "Last", MODES_ALL, false, phase_ends_well } };
	struct run run;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_NUKE, true, NULL);
	join(&run);
	assert_end_file(&run, "reboot");
	finish(&run);
	assert_int_equal(run.end, END_BOOTABLE);
}

static void test_nuke_stays_after_failure(void **state)
{
	static const struct phase table[] = { { "plan", "Plan", MODES_ALL, false, phase_fails } };
	struct run run;
	struct client *client;
	json_t *event;
	int id;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_NUKE, true, NULL);
	client = attach(&run, -1, "test");
	event = await(client, "end");
	assert_string_equal(json_string_value(json_object_get(event, "next")), "ask");
	json_decref(event);
	id = await_question(client, "result");
	assert_int_equal(client_answer(client, id, json_string("reboot")), 0);
	assert_null(await(client, "never"));
	client_free(client);
	join(&run);
	assert_end_file(&run, "reboot");
	finish(&run);
}

static void test_begin_again(void **state)
{
	static const struct phase table[] = {
		{ "mode", "Mode", MODES_ALL, false, phase_asks_mode },
		{ "plan", "Plan", MODE_BIT(MODE_NUKE), false, phase_fails },
		{ "last", "Last", MODES_ALL, false, phase_ends_well },
	};
	struct run run;
	struct client *client;
	int id;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_NUKE, true, NULL);
	client = attach(&run, -1, "test");
	assert_next_text(client, "end", "name", "not-restored");
	id = await_question(client, "result");
	assert_int_equal(client_answer(client, id, json_string("again")), 0);
	id = await_question(client, "mode");
	assert_int_equal(client_answer(client, id, json_string("interactive")), 0);
	assert_next_text(client, "end", "name", "bootable");
	id = await_question(client, "result");
	assert_int_equal(client_answer(client, id, json_string("reboot")), 0);
	assert_null(await(client, "never"));
	client_free(client);
	finish(&run);
	assert_int_equal(run.end, END_BOOTABLE);
}

static void test_cancel_before_writing_goes_back(void **state)
{
	static const struct phase table[] = {
		{ "mode", "Mode", MODES_ALL, false, phase_asks_mode },
		{ "work", "Work", MODE_BIT(MODE_NUKE), false, phase_works },
		{ "last", "Last", MODES_ALL, false, phase_ends_well },
	};
	struct run run;
	struct client *client;
	int id;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_NUKE, true, NULL);
	client = attach(&run, -1, "test");
	drop(client, "state");
	assert_int_equal(client_request(client, "cancel"), 0);
	id = await_question(client, "mode");
	assert_int_equal(client_answer(client, id, json_string("interactive")), 0);
	drop(client, "end");
	id = await_question(client, "result");
	assert_int_equal(client_request(client, "poweroff"), 0);
	(void)id;
	assert_null(await(client, "never"));
	client_free(client);
	join(&run);
	assert_end_file(&run, "poweroff");
	finish(&run);
}

/* Only the phase that takes too long is cut short: without drivers and media the answer would be of no use. */
static void test_cancel_early_goes_on(void **state)
{
	static const struct phase table[] = {
		{ "network", "Network", MODES_ALL, false, phase_works },
		{ "media", "Media", MODES_ALL, false, phase_good },
		{ "mode", "Mode", MODES_ALL, false, phase_asks_mode },
		{ "last", "Last", MODES_ALL, false, phase_ends_well },
	};
	struct run run;
	struct client *client;
	json_t *event;
	bool looked = false;
	int id;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_NUKE, true, NULL);
	client = attach(&run, -1, "test");
	drop(client, "state");
	assert_int_equal(client_request(client, "cancel"), 0);
	while (!looked && (event = await(client, "phase"))) {
		looked = is_phase(event, "media") && !strcmp(json_string_value(json_object_get(event, "state")), "done");
		json_decref(event);
	}
	assert_true(looked);
	id = await_question(client, "mode");
	assert_int_equal(client_answer(client, id, json_string("interactive")), 0);
	drop(client, "end");
	await_question(client, "result");
	assert_int_equal(client_request(client, "poweroff"), 0);
	assert_null(await(client, "never"));
	client_free(client);
	join(&run);
	finish(&run);
}

static void test_reboot_before_writing(void **state)
{
	struct run run;
	struct client *client;

	(void)state;
	start(&run, asking, ARRAY_LENGTH(asking), MODE_INTERACTIVE, true, NULL);
	client = attach(&run, -1, "test");
	await_question(client, "colour");
	assert_int_equal(client_request(client, "reboot"), 0);
	assert_next_text(client, "end", "name", "not-restored");
	assert_null(await(client, "never"));
	client_free(client);
	join(&run);
	assert_end_file(&run, "reboot");
	finish(&run);
}

static void test_no_reboot_while_writing(void **state)
{
	static const struct phase table[] = {
		{ "disks", "Disks", MODES_ALL, false, phase_writes },
		{ "ask", "Ask", MODES_ALL, false, phase_asks },
		{ "last", "Last", MODES_ALL, false, phase_ends_well },
	};
	struct run run;
	struct client *client;
	int id;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_INTERACTIVE, true, NULL);
	client = attach(&run, -1, "test");
	id = await_question(client, "colour");
	assert_int_equal(client_request(client, "reboot"), 0);
	drop(client, "refused");
	assert_int_equal(client_request(client, "cancel"), 0);
	drop(client, "refused");
	assert_int_equal(client_answer(client, id, json_string("red")), 0);
	id = await_question(client, "result");
	/* Nothing is written any more. */
	assert_int_equal(client_request(client, "reboot"), 0);
	assert_null(await(client, "never"));
	client_free(client);
	finish(&run);
	assert_int_equal(run.end, END_BOOTABLE);
	(void)id;
}

/* A front end that reads nothing holds up nobody, and hears the end when it reads again. */
static int phase_talks(struct session *s)
{
	for (unsigned i = 0; i < 9000; i++)
		context_info(s->ctx, "line %u of many, long enough that the socket's buffer is full long before the end of all of them", i);
	return 0;
}

static void test_slow_front_end_hears_the_end(void **state)
{
	static const struct phase table[] = {
		{ "ask", "Ask", MODES_ALL, false, phase_asks },
		{ "talk", "Talk", MODES_ALL, false, phase_talks },
		{ "last", "Last", MODES_ALL, false, phase_ends_well },
	};
	struct run run;
	struct client *slow, *quick, *late;
	json_t *event;
	int id;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_INTERACTIVE, true, NULL);
	slow = attach(&run, -1, "slow");
	await_question(slow, "colour");
	quick = attach(&run, -1, "quick");
	id = await_question(quick, "colour");
	assert_int_equal(client_answer(quick, id, json_string("red")), 0);
	late = attach(&run, -1, "late");
	for (size_t i = 0; i < 3; i++) {
		event = await(i == 0 ? late : i == 1 ? quick : slow, "end");
		assert_non_null(event);
		json_decref(event);
	}
	id = await_question(slow, "result");
	client_free(late);
	assert_int_equal(client_answer(quick, id, json_string("reboot")), 0);
	assert_null(await(quick, "never"));
	client_free(slow);
	client_free(quick);
	finish(&run);
}

/* A crash leaves a checkpoint: the next engine says so, and does not claim that nothing was written. */
static void test_checkpoint_of_a_crash(void **state)
{
	static const struct phase table[] = { { "plan", "Plan", MODES_ALL, false, phase_restarted } };
	struct run run;
	struct client *client;
	AUTO_FREE char *path = NULL;
	static const char checkpoint[] = "{\"phase\":\"extract\",\"writing\":true,\"touched\":[\"DISK TWO\"],"
					 "\"consent\":\"abc\",\"map\":{\"disk:0\":{\"identity\":\"SERIAL2\"}}}";
	int fd;

	(void)state;
	prepare(&run, table, ARRAY_LENGTH(table), MODE_NUKE, false, &fd);
	path = text_format("%s/checkpoint.json", run.directory);
	assert_int_equal(file_replace(AT_FDCWD, path, checkpoint, strlen(checkpoint), 0600), 0);
	run.options.root = run.directory;
	go(&run);
	client = attach(&run, fd, "test");
	assert_next_text(client, "end", "reason", "Restarted in time. Already erased or changed: DISK TWO.");
	client_free(client);
	finish(&run);
}

/* What a phase meets on its way is not what came of it: looking for drivers again belongs to the mode, whatever it finds. */
static void test_rescan_is_no_phase(void **state)
{
	static const struct phase table[] = {
		{ "mode", "Mode", MODES_ALL, true, phase_mode },
		{ "last", "Last", MODES_ALL, false, phase_ends_well },
	};
	struct run run;
	struct client *client;
	json_t *event;
	int id, fd;

	(void)state;
	prepare(&run, table, ARRAY_LENGTH(table), MODE_INTERACTIVE, true, &fd);
	/* A machine without a module tree. */
	run.ctx.prefix = run.directory;
	go(&run);
	client = attach(&run, fd, "test");
	id = await_question(client, "welcome");
	assert_int_equal(client_answer(client, id, json_string("continue")), 0);
	await_question(client, "hardware");
	assert_int_equal(client_request(client, "rescan"), 0);
	id = await_question(client, "hardware");
	assert_int_equal(client_answer(client, id, json_string("continue")), 0);
	while ((event = await_any(client)) && (!is_phase(event, "mode")))
		json_decref(event);
	assert_non_null(event);
	assert_string_equal(json_string_value(json_object_get(event, "state")), "done");
	assert_string_equal(json_string_value(json_object_get(event, "text")), "interactive");
	json_decref(event);
	id = await_question(client, "result");
	assert_int_equal(client_answer(client, id, json_string("reboot")), 0);
	assert_null(await(client, "never"));
	client_free(client);
	finish(&run);
}

/* What failed in one phase is not said of the next. */
static int phase_notes_an_old_error(struct session *s)
{
	assert_string_equal(context_detail(s->ctx), "");
	return phase_ends_well(s);
}

static int phase_leaves_an_error(struct session *s)
{
	context_fail(s->ctx, EIO, "Told and done with");
	return session_note(s, "went well all the same");
}

static void test_errors_end_with_their_phase(void **state)
{
	static const struct phase table[] = {
		{ "first", "First", MODES_ALL, false, phase_leaves_an_error },
		{ "last", "Last", MODES_ALL, false, phase_notes_an_old_error },
	};
	struct run run;
	struct client *client;
	int fd;

	(void)state;
	start(&run, table, ARRAY_LENGTH(table), MODE_INTERACTIVE, false, &fd);
	client = attach(&run, fd, "test");
	assert_next_text(client, "end", "reason", "All is back");
	client_free(client);
	finish(&run);
}

#define PASSPHRASE " geheim \\\" 7 "

static int phase_asks_secret(struct session *s)
{
	AUTO_QUESTION struct question question = { .name = "passphrase", .type = "text", .title = "Passphrase", .secret = true, .certain = true,
						   .preset = json_string("never") };
	char *answer = NULL;
	int r = session_ask_choice(s, &question, &answer);
	bool right = r == ASK_ANSWERED && !strcmp(answer, PASSPHRASE);

	text_wipe(answer);
	return r < 0 ? r : session_note(s, right ? "as it was typed" : "changed on the way");
}

static int phase_asks_place(struct session *s)
{
	AUTO_QUESTION struct question question = { .name = "place", .type = "text", .title = "Place" };
	AUTO_FREE char *answer = NULL;
	int r = session_ask_choice(s, &question, &answer);

	return r < 0 ? r : session_note(s, "%s at %s", strstr(answer, ":geheim@") ? "whole" : "scrubbed too early", answer);
}

/* All that CLIENT hears until the end, without the secrets. */
static void hear_no_secret(struct client *client)
{
	bool ended = false;

	while (!ended) {
		json_t *event = await_any(client);
		AUTO_FREE char *text = event ? json_dumps(event, JSON_COMPACT) : NULL;

		assert_non_null(text);
		if (strstr(text, "geheim"))
			fail_msg("a front end is told: %s", text);
		ended = !strcmp(json_string_value(json_object_get(event, "event")), "end");
		json_decref(event);
	}
}

static void assert_files_without_secret(const char *directory)
{
	AUTO_CLOSEDIR DIR *dir = opendir(directory);
	unsigned files = 0;
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		AUTO_FREE char *text = NULL;

		if (entry->d_type != DT_REG || file_read(dirfd(dir), entry->d_name, 1 << 20, &text, NULL) < 0)
			continue;
		files++;
		if (strstr(text, "geheim"))
			fail_msg("%s holds: %s", entry->d_name, text);
	}
	assert_true(files >= 2);
}

/* The answer to a secret question reaches the engine, as it is, and nothing and nobody else; of an address its password is kept so. */
static void test_secrets_stay_secret(void **state)
{
	static const struct phase table[] = {
		{ "first", "First", MODES_ALL, false, phase_asks_secret },
		{ "second", "Second", MODES_ALL, false, phase_asks_place },
		{ "last", "Last", MODES_ALL, false, phase_ends_well },
	};
	struct run run;
	struct client *client, *other, *late;
	json_t *event;
	int id;

	(void)state;
	/* Certain and with a default, in a mode that takes defaults: a secret is no default. */
	start(&run, table, ARRAY_LENGTH(table), MODE_EXPERT, false, NULL);
	client = attach(&run, -1, "test");
	other = attach(&run, -1, "other");
	event = await(client, "question");
	assert_true(json_is_true(json_object_get(event, "secret")));
	id = (int)json_integer_value(json_object_get(event, "id"));
	json_decref(event);
	assert_int_equal(client_answer(client, id, json_string(PASSPHRASE)), 0);
	event = await(client, "answered");
	assert_true(json_is_null(json_object_get(event, "answer")));
	assert_true(json_is_true(json_object_get(event, "secret")));
	json_decref(event);
	assert_next_text(client, "phase", "text", "as it was typed");
	/* Too late, and told to nobody either. */
	assert_int_equal(client_answer(other, id, json_string(PASSPHRASE)), 0);
	id = await_question(client, "place");
	late = attach(&run, -1, "late");
	assert_int_equal(client_answer(client, id, json_string("https://user:geheim@h/set?token=geheim")), 0);
	assert_next_text(client, "answered", "answer", "https://user:***@h/set?token=***");
	assert_next_text(client, "phase", "text", "whole at https://user:***@h/set?token=***");
	hear_no_secret(client);
	hear_no_secret(other);
	hear_no_secret(late);
	client_free(client);
	client_free(other);
	client_free(late);
	join(&run);
	assert_files_without_secret(run.directory);
	finish(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk_and_events),
		cmocka_unit_test(test_full_log_is_called_incomplete),
		cmocka_unit_test(test_failure_says_nothing_written),
		cmocka_unit_test(test_failure_after_writing_finishes),
		cmocka_unit_test(test_stopped_after_the_files),
		cmocka_unit_test(test_question_answer),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_first_answer_wins),
		cmocka_unit_test(test_front_end_dies_and_comes_back),
		cmocka_unit_test(test_nobody_left),
		cmocka_unit_test(test_policy_certain),
		cmocka_unit_test(test_policy_uncertain_ends),
		cmocka_unit_test(test_cancel_while_working),
		cmocka_unit_test(test_rescue_result),
		cmocka_unit_test(test_readme_of_every_shell),
		cmocka_unit_test(test_waiting_is_not_counted),
		cmocka_unit_test(test_nuke_reboots_by_itself),
		cmocka_unit_test(test_nuke_stays_after_failure),
		cmocka_unit_test(test_begin_again),
		cmocka_unit_test(test_cancel_before_writing_goes_back),
		cmocka_unit_test(test_cancel_early_goes_on),
		cmocka_unit_test(test_reboot_before_writing),
		cmocka_unit_test(test_no_reboot_while_writing),
		cmocka_unit_test(test_slow_front_end_hears_the_end),
		cmocka_unit_test(test_checkpoint_of_a_crash),
		cmocka_unit_test(test_rescan_is_no_phase),
		cmocka_unit_test(test_errors_end_with_their_phase),
		cmocka_unit_test(test_secrets_stay_secret),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
