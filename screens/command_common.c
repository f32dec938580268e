/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command_common.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "apart.h"
#include "text.h"
#include "translate.h"
#include "words.h"

#define PLAIN_INTERVAL_S 30.0
#define GIVE_UP_S 0.7
/* The orderly end is not cut short by who presses the keys twice: what is temporary would stay. */
#define INSIST_S 2.0

void command_clear_line(struct command_screen *screen)
{
	if (screen->progress_shown)
		fputs("\r\033[K", stderr);
	screen->progress_shown = false;
}

static const char *text_of(json_t *event, const char *key)
{
	const char *text = json_string_value(json_object_get(event, key));

	return text ? text : "";
}

/* "[42 %] Restoring files: 1.2 GiB of 3.0 GiB, 80.1 MiB/s, 25 s left". */
static char *progress_text(json_t *event)
{
	json_int_t done = json_integer_value(json_object_get(event, "done")),
		   total = json_integer_value(json_object_get(event, "total")),
		   files = json_integer_value(json_object_get(event, "files_done"));
	double fraction = json_number_value(json_object_get(event, "fraction")),
	       eta = json_number_value(json_object_get(event, "eta"));
	double rate = json_number_value(json_object_get(event, "rate"));
	AUTO_FREE char *done_text = bytes_print_size((uint64_t)done), *total_text = bytes_print_size((uint64_t)total);
	AUTO_FREE char *rate_text = bytes_print_size((uint64_t)rate);
	AUTO_FREE char *duration = words_duration(eta);
	AUTO_FREE char *whole = NULL, *left = NULL, *stall = NULL;

	if (!done_text || !total_text || !rate_text)
		return NULL;
	if (total == 0 && done == 0)
		return text_format(_("[%3.0f %%] %s"), 100 * fraction, text_of(event, "title"));
	whole = total > 0 ? text_format(_("[%3.0f %%] %s: %s of %s"), 100 * fraction, text_of(event, "title"), done_text,
					total_text) :
			    text_format(ngettext("%s: %s, %lld entry", "%s: %s, %lld entries", files), text_of(event, "title"), done_text,
					(long long)files);
	left = eta >= 0 ? text_format(_(", %s left"), duration) : strdup("");
	stall = *text_of(event, "stall") ? text_format(_(", waiting to %s"), text_of(event, "stall")) : strdup("");
	if (!whole || !left || !stall)
		return NULL;
	return text_format(_("%s, %s/s%s%s"), whole, rate_text, left, stall);
}

static void show_progress(struct command_screen *screen, json_t *event)
{
	AUTO_FREE char *text = NULL;
	struct winsize size = { 0 };
	int width = 79;

	if (screen->quiet || (!screen->terminal && clock_now() - screen->said_at < PLAIN_INTERVAL_S))
		return;
	text = progress_text(event);
	if (!text)
		return;
	screen->said_at = clock_now();
	if (!screen->terminal) {
		fprintf(stderr, "%s\n", text);
		return;
	}
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		width = size.ws_col - 1;
	fprintf(stderr, "\r%.*s\033[K", width, text);
	screen->progress_shown = true;
}

static void show_log(struct command_screen *screen, json_t *event)
{
	const char *level = text_of(event, "level");
	bool serious = !strcmp(level, "warning") || !strcmp(level, "error");

	if ((!strcmp(level, "debug") && !screen->verbose) || (screen->quiet && !serious))
		return;
	command_clear_line(screen);
	fprintf(stderr, "%s%s\n", serious ? !strcmp(level, "error") ? _("error: ") : _("warning: ") : "",
		text_of(event, "text"));
}

/* Another program's console was on the terminal: its colours, line drawing and scrolling end; screens are cleared away. */
static void take_terminal_back(json_t *event)
{
	if (isatty(STDOUT_FILENO))
		printf("\033(B\033[m\033[r\033[?25h\033[?7h%s\r\n",
		       json_is_true(json_object_get(event, "full")) ? "\033[H\033[J" : "\033[999;1H");
	fflush(stdout);
}

static void listen_to(void *data, json_t *event)
{
	const char *name = text_of(event, "event");

	translate_event(event);
	if (!strcmp(name, "progress"))
		show_progress(data, event);
	else if (!strcmp(name, "log"))
		show_log(data, event);
	else if (!strcmp(name, "terminal-back"))
		take_terminal_back(event);
}

/* The work has not ended in time. */
static void give_up(struct command_screen *screen, command_give_up undo)
{
	if (!undo(screen->give_up_data))
		return;
	fprintf(stderr, _("lifeboat %s: stopped as asked.\n"), screen->name);
	apart_end(128 + SIGINT);
	_exit(128 + SIGINT);
}

/* A signal asks for an orderly end; one that comes when this takes long ends at once what has no other way to be undone. */
static void *watch_signals(void *data)
{
	struct command_screen *screen = data;
	struct pollfd fds[] = { { screen->signal_fd, POLLIN, 0 }, { screen->stop_fd, POLLIN, 0 } };
	double deadline = -1, asked = -1;

	for (;;) {
		command_give_up undo = atomic_load(&screen->give_up);
		double left = deadline - clock_now();
		int wait_ms = deadline >= 0 && left * 1000 < WAKE_LIMIT_MS ? left > 0 ? (int)(left * 1000) + 1 : 0 : WAKE_LIMIT_MS;
		struct signalfd_siginfo info;

		if (poll(fds, ARRAY_LENGTH(fds), wait_ms) < 0 && errno != EINTR)
			return NULL;
		if (atomic_load(&screen->stopped))
			return NULL;
		if (deadline >= 0 && clock_now() >= deadline) {
			deadline = -1;
			if (undo)
				give_up(screen, undo);
		}
		if (!(fds[0].revents & POLLIN) || read(screen->signal_fd, &info, sizeof(info)) != sizeof(info))
			continue;
		if (asked < 0) {
			context_cancel(&screen->ctx);
			asked = clock_now();
			deadline = asked + GIVE_UP_S;
		} else if (!undo && clock_now() >= asked + INSIST_S) {
			apart_end(128 + (int)info.ssi_signo);
			_exit(128 + (int)info.ssi_signo);
		}
	}
}

/* A fault in the program itself ends it all the same: the kernel does not let that be held back. What
 * the caller ignores (nohup) stays ignored, but for the signals of a keyboard, which shells switch off for what runs in the background; what has a
 * handler (a sanitizer's) keeps it; a pipe that breaks ends what writes to it. */
void command_ending_signals(sigset_t *set)
{
	static const int others[] = { SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, SIGURG, SIGWINCH, SIGPIPE };

	sigemptyset(set);
	for (int number = 1; number <= SIGRTMAX; number++) {
		struct sigaction action;
		bool keyboard = number == SIGINT || number == SIGQUIT;
		bool ends = sigaction(number, NULL, &action) == 0 &&
			    (action.sa_handler == SIG_DFL || (keyboard && action.sa_handler == SIG_IGN));

		for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
			ends = ends && number != others[i];
		if (ends)
			sigaddset(set, number);
	}
}

static void start_watch(struct command_screen *screen)
{
	sigset_t set;

	command_ending_signals(&set);
	screen->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	screen->stop_fd = wake_open();
	if (screen->signal_fd < 0 || screen->stop_fd < 0)
		return;
	/* Threads started from here on inherit the blocked signals. */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	screen->thread_runs = pthread_create(&screen->thread, NULL, watch_signals, screen) == 0;
	if (!screen->thread_runs)
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void command_set_give_up(struct command_screen *screen, command_give_up undo, void *data)
{
	screen->give_up_data = data;
	atomic_store(&screen->give_up, undo);
}

static void stop_watch(struct command_screen *screen)
{
	atomic_store(&screen->stopped, true);
	if (screen->thread_runs) {
		wake_send(screen->stop_fd);
		pthread_join(screen->thread, NULL);
	}
	if (screen->signal_fd >= 0)
		close(screen->signal_fd);
	if (screen->stop_fd >= 0)
		close(screen->stop_fd);
}

void command_begin(struct command_screen *screen, const char *name, bool quiet)
{
	*screen = (struct command_screen){
		.name = name, .quiet = quiet, .terminal = isatty(STDERR_FILENO), .said_at = clock_now()
	};
	context_init(&screen->ctx);
	screen->ctx.listener = listen_to;
	screen->ctx.listener_data = screen;
	screen->ctx.progress = progress_new();
	start_watch(screen);
}

static bool ends_sentence(const char *text)
{
	return *text && text[strlen(text) - 1] == '.';
}

int command_end(struct command_screen *screen, int r)
{
	int status = 0;

	stop_watch(screen);
	command_clear_line(screen);
	if (r == -ECANCELED) {
		fprintf(stderr, _("lifeboat %s: stopped as asked.\n"), screen->name);
		status = 128 + SIGINT;
	} else if (r < 0) {
		const char *detail = context_detail(&screen->ctx);
		AUTO_FREE char *said = translate_sentence(*detail ? detail : strerror(-r));

		fprintf(stderr, "lifeboat %s: %s%s\n", screen->name, said ? said : detail, ends_sentence(said ? said : detail) ? "" : ".");
		status = 1;
	}
	progress_free(screen->ctx.progress);
	screen->ctx.progress = NULL;
	context_done(&screen->ctx);
	return status;
}

bool command_lost_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return false;
	/* Why, a write that fails now tells. */
	fprintf(stderr, _("lifeboat: Standard output could not be written: %s.\n"),
		strerror(putchar('\n') == EOF || fflush(stdout) != 0 ? errno : EIO));
	__fpurge(stdout);
	clearerr(stdout);
	return true;
}

int command_usage_error(const char *name, const char *format, ...)
{
	AUTO_FREE char *said = NULL, *shown = NULL;
	va_list arguments;

	/* What was typed may hold a password, or be no text. */
	va_start(arguments, format);
	said = sentence_va(format, arguments);
	va_end(arguments);
	shown = said ? text_printable(said) : NULL;
	fprintf(stderr, "lifeboat %s: %s", name, shown ? shown : "");
	fprintf(stderr, _("\n'lifeboat %s -h' says how it is used.\n"), name);
	return 2;
}

int command_next_option(int argc, char *const *argv, const char *letters, const struct option *options)
{
	static const char *const texts[] = { "append", "cmdline", "label", "name" };
	int found = -1, option = getopt_long(argc, argv, letters, options, &found);

	if (option < 0 || !optarg || *optarg)
		return option;
	for (size_t i = 0; found >= 0 && i < ARRAY_LENGTH(texts); i++)
		if (!strcmp(options[found].name, texts[i]))
			return option;
	return ':';
}

int command_wrong_option(const char *name, int option, char *const *argv)
{
	const char *word = argv[optind - 1], *equals = strncmp(word, "--", 2) ? NULL : strchr(word, '=');

	if (option == ':')
		return command_usage_error(name, _("'%s' wants a value"), *word ? word : argv[optind - 2]);
	/* Of a long option that exists optopt is its letter. */
	if (equals && optopt)
		return command_usage_error(name, _("'%.*s' takes no value"), (int)(equals - word), word);
	/* A letter in the middle of several: the word they are in is not done with yet. */
	if (optopt > 0 && optopt < 128)
		return command_usage_error(name, _("there is no option '-%c'"), optopt);
	return command_usage_error(name, _("there is no option '%s'"), word);
}

int command_wrong_argument(const char *name, const char *argument)
{
	return command_usage_error(name, _("unexpected argument '%s'"), argument);
}

int command_no_set(const char *name)
{
	return command_usage_error(name, "%s", _("name the recovery set with --set"));
}
