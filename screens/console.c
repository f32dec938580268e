/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>

#include "screen.h"
#include "text.h"
#include "translate.h"
#include "words.h"

#define RETRY_MS 300    /* between looks for an engine */
#define SETTLE_MS 400   /* how long the next question may take before the live view comes up */

static void disconnect(struct console *console)
{
	client_free(console->client);
	console->client = NULL;
	console->answered = 0;
	model_lose_engine(&console->model);
}

static bool ready(void *data);

/* Tells the terminal whose news it shall wait for; after everything that may have changed that. */
static void watch(struct console *console)
{
	/* Who joined a session leaves with it; who waits looks for the next one. */
	int without = console->options->joins ? -1 : console->timer;

	term_watch(console->term, console->client ? client_fd(console->client) : without, ready, console);
}

/* Reads all events that are there; false when the engine is gone. */
static bool read_events(struct console *console)
{
	json_t *event;
	int r;

	while ((r = client_receive(console->client, &event)) > 0) {
		translate_event(event);
		model_apply(&console->model, event);
		json_decref(event);
	}
	return r == 0 || r == -EBADMSG;
}

/* After an answer, and after attaching, the next question mostly comes at once: the live view need not flash up in
 * between. */
static void settle(struct console *console)
{
	double end = clock_now() + SETTLE_MS / 1000.0;

	while (console->client && !console->model.refused) {
		int id = model_question_id(&console->model);
		struct pollfd fd = { .fd = client_fd(console->client), .events = POLLIN };
		double left;

		if (id && id != console->answered)
			return;
		left = end - clock_now();
		if (left <= 0 || poll(&fd, 1, (int)(left * 1000)) <= 0)
			return;
		if (!read_events(console))
			disconnect(console);
	}
}

static void try_attach(struct console *console)
{
	AUTO_FREE char *name = NULL;

	if (console->options->name)
		name = line_format("%s", console->options->name);
	else
		name = line_format("console %s", ttyname(STDIN_FILENO) ? ttyname(STDIN_FILENO) : "?");
	if (client_attach(console->options->socket, name, &console->client) < 0)
		return;
	/* What an earlier engine said holds no more. */
	model_done(&console->model);
	model_init(&console->model);
	console->attached_once = true;
	console->answered = 0;
	settle(console);
}

bool console_is_stale(const struct console *console)
{
	return console->shown_attached != (console->client != NULL) ||
	       model_question_id(&console->model) != console->shown || (console->model.refused && console->answered);
}

/* The term's watch: true when what is shown no longer holds. */
static bool ready(void *data)
{
	struct console *console = data;

	if (!console->client) {
		uint64_t ticks;

		if (read(console->timer, &ticks, sizeof(ticks)) < 0 && errno == EAGAIN)
			return false;
		try_attach(console);
		watch(console);
	} else if (!read_events(console)) {
		disconnect(console);
		watch(console);
	}
	return console_is_stale(console);
}

enum view_end console_answer(struct console *console, json_t *value)
{
	int id = model_question_id(&console->model);

	if (!id || !console->client) {
		json_decref(value);
		return VIEW_NEWS;
	}
	console->answered = id;
	free(console->model.refused);
	console->model.refused = NULL;
	if (client_answer(console->client, id, value) < 0)
		disconnect(console);
	settle(console);
	watch(console);
	return VIEW_NEWS;
}

enum view_end console_request(struct console *console, const char *request)
{
	if (!console->client)
		return VIEW_NEWS;
	console->answered = model_question_id(&console->model);
	free(console->model.refused);
	console->model.refused = NULL;
	if (client_request(console->client, request) < 0)
		disconnect(console);
	settle(console);
	watch(console);
	/* A request that changed nothing leaves the question as it was. */
	console->answered = 0;
	return VIEW_NEWS;
}

void console_head(struct console *console)
{
	const struct model_phase *phase = model_running(&console->model);
	AUTO_FREE char *left = line_format(_("Lifeboat %s"), LIFEBOAT_VERSION);
	AUTO_FREE char *right = NULL;

	if (phase)
		right = line_format(_("Step %zu of %zu: %s"), model_running_index(&console->model),
				    console->model.phase_count, words_phase(phase->name, phase->title));
	term_head(console->term, left, right ? right : "");
}

/* The engine did not take what was said here: says why; the question stays. */
static enum view_end show_refused(struct console *console)
{
	AUTO_FREE char *reason = line_format("%s", words_translate(console->model.refused));

	free(console->model.refused);
	console->model.refused = NULL;
	console->answered = 0;
	return form_message(console->term, _("Not possible"), reason, _("OK"));
}

static enum view_end show_now(struct console *console)
{
	int id = model_question_id(&console->model);

	console_head(console);
	console->shown = id;
	console->shown_attached = console->client != NULL;
	if (console->options->log)
		return console_show_log(console, false);
	if (!console->client)
		return screen_waiting(console);
	if (console->model.refused)
		return show_refused(console);
	if (id && id != console->answered) {
		json_auto_t *question = json_incref(console->model.question);

		return screen_find(question)->show(console, question);
	}
	return screen_live(console);
}

/* A session that this console joined has gone: how it ended, where it did, is shown once more. */
static int last_words(struct console *console)
{
	json_auto_t *question = NULL;

	if (!console->model.end)
		return 1;
	question = json_pack("{ss, s[{ss, ss, sb}]}", "name", "result", "options", "value", "quit", "text", "",
			     "enabled", 1);
	console->shown = 0;
	console->shown_attached = false;
	console_head(console);
	if (!console->leave)
		screen_result(console, question);
	return 0;
}

static int run(struct console *console)
{
	while (!console->leave) {
		enum view_end end = show_now(console);

		if (end == VIEW_HANGUP)
			return 1;
		if (console->options->joins && !console->client)
			return last_words(console);
	}
	return 0;
}

int console_main(const struct console_options *options)
{
	struct itimerspec retry = { .it_interval = { .tv_nsec = RETRY_MS * 1000000L }, .it_value = { .tv_nsec = 1 } };
	struct console console = { .options = options };
	int status = 1;

	model_init(&console.model);
	try_attach(&console);
	console.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (options->joins && !console.client) {
		fprintf(stderr,
			_("lifeboat: no restore session is running here. 'lifeboat restore --set SET' starts one; on rescue media it starts by itself.\n"));
	} else if (console.timer < 0 || timerfd_settime(console.timer, 0, &retry, NULL) < 0 ||
		   term_open(&console.term) < 0) {
		fprintf(stderr, _("lifeboat: the terminal cannot be used: %s\n"), strerror(errno));
	} else {
		watch(&console);
		status = run(&console);
		term_close(console.term);
		if (options->joins && !console.client && !console.model.end)
			fprintf(stderr, _("lifeboat: the restore session has gone away.\n"));
	}
	client_free(console.client);
	if (console.timer >= 0)
		close(console.timer);
	model_done(&console.model);
	return status;
}
