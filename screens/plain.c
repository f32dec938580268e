/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>

#include "../ui/line.h"
#include "answers.h"
#include "ask.h"
#include "plain_inside.h"
#include "plain_text.h"
#include "text.h"
#include "translate.h"
#include "words.h"

#define RETRY_MS 500
/* As often as one answer may be of use: a file that leads in a circle would be read for ever. */
#define SAME_ANSWERS 3

/* Nobody sits here; a file answers. */
static bool answers_alone(const struct plain *plain)
{
	return plain->options->answers || plain->options->answers_path;
}

void plain_say(struct plain *plain, const char *text)
{
	print_line_end(&plain->printed);
	plain_text(stdout, "", text);
	fflush(stdout);
}

void plain_prompt(struct plain *plain)
{
	if (plain->menu.open)
		menu_prompt(&plain->menu, stdout);
	else if (plain->asked)
		ask_prompt(&plain->ask, stdout);
	plain->printed.prompt = plain->menu.open || plain->asked;
}

void plain_send_value(struct plain *plain, json_t *value)
{
	plain->said = true;
	if (client_answer(plain->client, model_question_id(&plain->model), value) < 0)
		plain->leave = true;
}

void plain_request(struct plain *plain, const char *name)
{
	plain->said = true;
	if (client_request(plain->client, name) < 0)
		plain->leave = true;
}

void plain_stop(struct plain *plain)
{
	if (plain->options->owns)
		plain_request(plain, "cancel");
	else
		plain->leave = true;
}

static void decline(struct plain *plain, const char *why)
{
	AUTO_FREE char *reason = sentence("Nobody can answer: %s", why);

	/* What comes of it is awaited: who leaves at once may not be heard. */
	plain->leave = !reason || client_decline(plain->client, model_question_id(&plain->model), reason) < 0;
}

/* No answer can come for this question: WHY is a sentence, in English for the log. */
static void without_answer(struct plain *plain, const char *why)
{
	bool ends = plain->options->owns || plain->options->unattended;
	bool declines = ends && !plain->model.end && strcmp(member_text(plain->model.question, "name"), "media-lost") != 0;
	AUTO_FREE char *text = sentence(ends ? N_("Nobody can answer: %s. Stopping.") : N_("No answer from here: %s. Leaving."), why);
	AUTO_FREE char *said = text ? translate_sentence(text) : NULL;

	/* It closes by itself when the disc is in a drive. */
	if (ends && !strcmp(member_text(plain->model.question, "name"), "disc"))
		return;
	/* The end of the session says why it was declined. */
	if (declines) {
		decline(plain, why);
		return;
	}
	plain_say(plain, said ? said : why);
	/* The session that has ended only wants to know what to do now. */
	if (plain->model.end || !ends)
		plain->leave = true;
	else
		plain_send_value(plain, json_string("abort"));
}

/* Whether the question NAME was answered by SHOWN so often that the answer leads in a circle. How often a lost medium or a secret is tried is the
 * engine's to bound: a secret opens several things. */
static bool leads_in_circle(struct plain *plain, const char *name, const char *shown)
{
	AUTO_FREE char *key = line_format("%s=%s", name, shown);
	json_int_t count = json_integer_value(json_object_get(plain->given, key)) + 1;

	json_object_set_new(plain->given, key, json_integer(count));
	return count > SAME_ANSWERS && strcmp(name, "media-lost") != 0 && !member_true(plain->model.question, "secret");
}

static void answer_from_file(struct plain *plain)
{
	const char *name = member_text(plain->model.question, "name");
	AUTO_FREE char *why = NULL, *shown = NULL;
	json_t *value = NULL;

	if (!plain->answers)
		answers_load(plain->options->answers_path, &plain->answers, &why);
	if (plain->answers)
		value = answers_value(plain->answers, plain->model.question, &why);
	shown = !value ? NULL : member_true(plain->model.question, "secret") ? line_format("***") :
		json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	if (shown && leads_in_circle(plain, name, shown)) {
		json_decref(value);
		value = NULL;
		why = sentence("the answer '%s' leads back to the same question again and again", name);
	}
	if (!value) {
		/* The end was said already, and a shell is a person's: leaving is answer enough. */
		if (plain->model.end || !strcmp(name, "expert"))
			plain->leave = true;
		else
			without_answer(plain, why);
		return;
	}
	if (shown) {
		AUTO_FREE char *quoted = words_quote(shown), *sentence = line_format(_("%s: answered from the file: %s"), name, quoted);

		plain_say(plain, sentence);
	}
	plain_send_value(plain, value);
}

/* A question opened or closed. */
static void follow_question(struct plain *plain)
{
	int id = model_question_id(&plain->model);

	if (plain->model.refused) {
		AUTO_FREE char *sentence = line_format(_("Not possible: %s"), plain->model.refused);

		plain_say(plain, sentence);
		free(plain->model.refused);
		plain->model.refused = NULL;
		if (answers_alone(plain) && !plain->model.end) {
			plain->leave = true;
			return;
		}
		plain->asked = 0;
		plain->said = false;
	}
	if (id == plain->asked)
		return;
	plain->said = false;
	plain->menu.open = false;
	if (plain->asked) {
		print_line_end(&plain->printed);
		ask_done(&plain->ask);
	}
	plain->asked = id;
	echo_set(&plain->echo, !id || !member_true(plain->model.question, "secret"));
	if (!id)
		return;
	ask_begin(&plain->ask, plain->model.question);
	if (answers_alone(plain)) {
		answer_from_file(plain);
		return;
	}
	ask_print(&plain->ask, &plain->model, stdout);
	if (plain->ended_input && plain->length == 0)
		without_answer(plain, sentence_words(N_("standard input has ended")));
	else
		plain_prompt(plain);
}

/* Takes the first line of what was typed; what was typed ahead stays for the next question. */
static void take_first_line(struct plain *plain)
{
	char *end = memchr(plain->line, '\n', plain->length);
	size_t length = end ? (size_t)(end + 1 - plain->line) : plain->length;

	plain->line[end ? length - 1 : length] = '\0';
	plain_take_line(plain, plain->line);
	plain->length -= length;
	memmove(plain->line, plain->line + length, plain->length);
	/* It may have been a secret. */
	explicit_bzero(plain->line + plain->length, LINE_LIMIT - plain->length);
}

static bool has_line(const struct plain *plain)
{
	return memchr(plain->line, '\n', plain->length) || plain->length == LINE_LIMIT - 1 ||
	       (plain->ended_input && plain->length > 0);
}

static void read_input(struct plain *plain)
{
	ssize_t length = read(STDIN_FILENO, plain->line + plain->length, LINE_LIMIT - 1 - plain->length);

	if (length < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (length > 0)
		plain->length += (size_t)length;
	else
		plain->ended_input = true;
	if (plain->ended_input && plain->length == 0 && plain->asked)
		without_answer(plain, sentence_words(N_("standard input has ended")));
}

static void read_signals(struct plain *plain)
{
	struct signalfd_siginfo signal;

	while (read(plain->signal_fd, &signal, sizeof(signal)) == sizeof(signal)) {
		if (plain->signals++ || !plain->options->owns || plain->model.end || signal.ssi_signo == SIGHUP) {
			plain->leave = true;
			plain->status = 128 + (int)signal.ssi_signo;
		} else {
			plain_say(plain, _("The restore stops within seconds."));
			client_request(plain->client, "cancel");
		}
	}
}

/* False when the engine is gone. */
static bool read_events(struct plain *plain)
{
	bool prompted;
	json_t *event;
	int r;

	while ((r = client_receive(plain->client, &event)) != 0) {
		if (r == -EBADMSG)
			continue;
		if (r < 0)
			return false;
		translate_event(event);
		model_apply(&plain->model, event);
		prompted = plain->printed.prompt;
		print_event(&plain->printed, &plain->model, event);
		json_decref(event);
		follow_question(plain);
		/* What came in between stands above it. */
		if (prompted && !plain->printed.prompt && (plain->asked || plain->menu.open) && !plain->said && !plain->ended_input)
			plain_prompt(plain);
	}
	return true;
}

/* Lines are taken while something is asked. At a terminal commands are taken at any time; lines of a pipe wait for their question. */
static bool is_listening(const struct plain *plain)
{
	if (answers_alone(plain))
		return false;
	return (plain->asked && !plain->said) || plain->menu.open || (!plain->asked && !plain->ended_input && isatty(STDIN_FILENO));
}

static void talk(struct plain *plain)
{
	while (!plain->leave) {
		bool listens = is_listening(plain);
		struct pollfd fds[] = {
			{ .fd = client_fd(plain->client), .events = POLLIN },
			{ .fd = plain->signal_fd, .events = POLLIN },
			{ .fd = listens && !has_line(plain) && !plain->ended_input ? STDIN_FILENO : -1,
			  .events = POLLIN },
		};

		if (listens && has_line(plain)) {
			take_first_line(plain);
			continue;
		}
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return;
		if (fds[1].revents)
			read_signals(plain);
		if (fds[0].revents && !read_events(plain))
			return;
		if (fds[2].revents && is_listening(plain))
			read_input(plain);
	}
}

static int attach(struct plain *plain, bool *said)
{
	const struct plain_options *options = plain->options;
	int r;

	if (options->fd >= 0)
		return client_attach_fd(options->fd, "plain", &plain->client);
	while ((r = client_attach(options->socket, "plain", &plain->client)) < 0 && options->waits && !plain->leave) {
		struct pollfd fd = { .fd = plain->signal_fd, .events = POLLIN };

		if (!*said)
			plain_say(plain, _("Waiting for the restore engine."));
		*said = true;
		if (poll(&fd, 1, RETRY_MS) > 0)
			plain->leave = true;
	}
	return r;
}

static void session(struct plain *plain)
{
	bool said = false;
	int r;

	do {
		r = attach(plain, &said);
		if (plain->leave)
			return;
		if (r < 0) {
			/* One that could not begin has said why, and may be gone before it is attached to. */
			if (!plain->options->owns)
				fprintf(stderr, "%s\n",
					_("No restore session is running here. 'lifeboat restore --set SET' starts one; on rescue media it starts by "
					  "itself."));
			return;
		}
		said = false;
		model_init(&plain->model);
		plain->given = json_object();
		talk(plain);
		if (plain->model.end && plain->status == 1)
			plain->status = (int)member_number(plain->model.end, "status");
		else if (!plain->leave && !plain->options->owns)
			plain_say(plain, _("The restore session has gone away."));
		if (plain->asked)
			ask_done(&plain->ask);
		plain->asked = 0;
		echo_set(&plain->echo, true);
		json_decref(TAKE_POINTER(plain->given));
		model_done(&plain->model);
		client_free(plain->client);
	} while (plain->options->waits && !plain->leave);
}

int plain_main(const struct plain_options *options)
{
	struct plain plain = { .options = options, .answers = json_incref(options->answers), .status = 1 };
	sigset_t signals, before;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	plain.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	setvbuf(stdout, NULL, _IOLBF, 0);
	session(&plain);
	close(plain.signal_fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	print_done(&plain.printed);
	json_decref(plain.answers);
	return plain.status;
}
