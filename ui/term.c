/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <newt.h>

#include "catalogue.h"
#include "line.h"
#include "memory.h"
#include "term_inside.h"
#include "terminfo.h"

/* A serial line knows no size: 0 by 0 is taken for what every terminal has. */
static void size_of_terminal(int *ret_rows, int *ret_columns)
{
	struct winsize size = { 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	*ret_rows = size.ws_row ? size.ws_row : TERM_ROWS;
	*ret_columns = size.ws_col ? size.ws_col : TERM_COLUMNS;
}

static char *why_not(void)
{
	const char *name = getenv("TERM");
	struct terminfo terminfo;
	bool known, moves;
	int rows, columns;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return line_format("%s", catalogue_text("standard input and output are not a terminal"));
	if (!name || !*name)
		return line_format("%s", catalogue_text("TERM is not set"));
	terminfo_ask(name, STDOUT_FILENO, &terminfo);
	known = terminfo.known;
	moves = terminfo.moves;
	terminfo_done(&terminfo);
	if (!known)
		return line_format(catalogue_text("the terminal type '%s' is not known here"), name);
	if (!moves)
		return line_format(catalogue_text("a terminal of type '%s' cannot move its cursor"), name);
	size_of_terminal(&rows, &columns);
	if (rows < TERM_ROWS || columns < TERM_COLUMNS)
		return line_format(catalogue_text("the terminal has %d columns and %d rows; screens need %d and %d"), columns,
				   rows, TERM_COLUMNS, TERM_ROWS);
	return NULL;
}

bool term_can_show(char **ret_why)
{
	char *why = why_not();

	if (!why)
		return true;
	if (ret_why)
		*ret_why = line_clean(why, false);
	free(why);
	return false;
}

void term_size(const struct term *term, int *ret_rows, int *ret_columns)
{
	*ret_rows = term->rows;
	*ret_columns = term->columns;
}

static bool fits(const struct term *term)
{
	int rows, columns;

	term_size(term, &rows, &columns);
	return rows >= TERM_ROWS && columns >= TERM_COLUMNS;
}

static void draw_root(struct term *term)
{
	int rows, columns, right;
	char *text;

	term_size(term, &rows, &columns);
	right = line_width(term->head_right);
	text = line_pad(term->head_left, columns - right - 2);
	newtDrawRootText(0, 0, " ");
	newtDrawRootText(1, 0, text);
	free(text);
	text = line_fit(term->head_right, columns - 2);
	newtDrawRootText(columns - 1 - line_width(text), 0, text);
	free(text);
}

/* newt draws the screen again on Ctrl-L by itself, but then waits for the next key and is deaf to everything else.
 * So the terminal makes a signal of it before newt sees it - where the signal hits nobody but this process. */
static void take_redraw_key(void)
{
	struct termios modes;

	if (getpgrp() != getpid() || tcgetattr(STDIN_FILENO, &modes) < 0)
		return;
	modes.c_lflag |= ISIG | NOFLSH;
	modes.c_cc[VQUIT] = 'L' - '@';
	tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

static int start_newt(struct term *term)
{
	/* Only what terminfo says of colours counts; S-Lang would take some terminals' word without it. */
	if (!term->color)
		setenv("NEWT_MONO", "1", 1);
	if (newtInit() != 0)
		return -EIO;
	term->newt_up = true;
	newtGetScreenSize(&term->columns, &term->rows);
	take_redraw_key();
	newtCls();
	draw_root(term);
	return 0;
}

static void bring_back_error(const struct term *term)
{
	if (term->error_before >= 0)
		dup2(term->error_before, STDERR_FILENO);
}

static void put_error_aside(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	fflush(stderr);
	if (null >= 0) {
		dup2(null, STDERR_FILENO);
		close(null);
	}
}

int term_open(struct term **ret)
{
	struct term *term = ui_allocate(sizeof(*term));
	const char *no_color = getenv("NO_COLOR");
	sigset_t signals;

	terminfo_ask(getenv("TERM"), STDOUT_FILENO, &term->terminfo);
	term->watch_fd = -1;
	term->head_left = line_format("%s", "");
	term->head_right = line_format("%s", "");
	term->color = term->terminfo.colors >= 8 && !(no_color && *no_color);
	sigemptyset(&signals);
	sigaddset(&signals, SIGWINCH);
	/* SIGHUP keeps its default action: newt, emptying the input of a line that is gone before it opens a window,
	 * would never come back to look at a descriptor. There is no terminal left to be put in order. */
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGQUIT);
	sigprocmask(SIG_BLOCK, &signals, &term->signals_before);
	term->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	term->error_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	put_error_aside();
	if (term->signal_fd < 0 || start_newt(term) < 0) {
		term_close(term);
		return -EIO;
	}
	term->resized = !fits(term);
	*ret = term;
	return 0;
}

void term_close(struct term *term)
{
	if (!term)
		return;
	if (term->newt_up)
		newtFinished();
	bring_back_error(term);
	if (term->error_before >= 0)
		close(term->error_before);
	if (term->signal_fd >= 0)
		close(term->signal_fd);
	sigprocmask(SIG_SETMASK, &term->signals_before, NULL);
	terminfo_done(&term->terminfo);
	free(term->head_left);
	free(term->head_right);
	free(term);
}

void term_watch(struct term *term, int fd, term_ready ready, void *data)
{
	term->watch_fd = fd;
	term->ready = ready;
	term->ready_data = data;
}

void term_head(struct term *term, const char *left, const char *right)
{
	free(term->head_left);
	free(term->head_right);
	term->head_left = line_clean(left, false);
	term->head_right = line_clean(right, false);
	if (term->newt_up && !term->curses_up)
		draw_root(term);
}

bool term_has_color(const struct term *term)
{
	return term->color;
}

bool term_is_gone(struct term *term)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	if (poll(&input, 1, 0) > 0 && (input.revents & (POLLHUP | POLLERR | POLLNVAL)))
		term->hangup = true;
	return term->hangup;
}

/* newt keeps the size it started with. */
static void restart_newt(struct term *term)
{
	newtFinished();
	term->newt_up = false;
	term->resized = false;
	if (start_newt(term) < 0)
		term->hangup = true;
}

static void say_too_small(const struct term *term)
{
	int rows, columns;
	char *text, *fit;

	term_size(term, &rows, &columns);
	text = line_format(catalogue_text("This terminal is too small: %dx%d is needed."), TERM_COLUMNS, TERM_ROWS);
	fit = line_pad(text, columns);
	newtCls();
	newtDrawRootText(0, 0, fit);
	newtRefresh();
	free(text);
	free(fit);
}

/* Keys typed meanwhile are for nothing; news are kept. */
static void wait_for_size(struct term *term)
{
	char keys[64];

	while (!fits(term) && !term->hangup) {
		struct pollfd fds[] = {
			{ .fd = STDIN_FILENO, .events = POLLIN },
			{ .fd = term->signal_fd, .events = POLLIN },
			{ .fd = term->watch_fd, .events = POLLIN },
		};

		say_too_small(term);
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return;
		if (term_is_gone(term))
			return;
		if (fds[0].revents && read(STDIN_FILENO, keys, sizeof(keys)) < 0 && errno != EINTR)
			term->hangup = true;
		if (fds[2].revents && term->ready(term->ready_data))
			term->stale = true;
		if (fds[1].revents && term_signals(term) == VIEW_CHANGED && term->resized)
			restart_newt(term);
	}
}

void term_resize(struct term *term)
{
	form_take_down_all(term->top);
	restart_newt(term);
	wait_for_size(term);
	newtCls();
	draw_root(term);
	if (!term->hangup)
		form_build_all(term->top);
}

enum view_end term_signals(struct term *term)
{
	struct signalfd_siginfo signal;

	while (read(term->signal_fd, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo == SIGWINCH)
			term->resized = true;
		else if (signal.ssi_signo == SIGQUIT)
			newtResizeScreen(1);
		else
			term->hangup = true;
	}
	return term->hangup ? VIEW_HANGUP : VIEW_CHANGED;
}

enum view_end term_news(struct term *term)
{
	return term->ready(term->ready_data) ? VIEW_NEWS : VIEW_CHANGED;
}

void term_lend(struct term *term)
{
	newtSuspend();
	term->curses_up = true;
}

void term_take_back(struct term *term)
{
	term->curses_up = false;
	if (newtResume() < 0)
		term->hangup = true;
	take_redraw_key();
	draw_root(term);
}

static int wait_for(struct term *term, pid_t pid)
{
	int pidfd = pidfd_open(pid, 0);
	int status;

	while (pidfd >= 0) {
		struct pollfd fds[] = {
			{ .fd = pidfd, .events = POLLIN },
			{ .fd = term->watch_fd, .events = POLLIN },
		};

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents)
			break;
		if (fds[1].revents)
			term_news(term);
	}
	if (pidfd >= 0)
		close(pidfd);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void run_child(const struct term *term, char *const *argv)
{
	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpid());
	signal(SIGTTOU, SIG_DFL);
	sigprocmask(SIG_SETMASK, &term->signals_before, NULL);
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int term_run(struct term *term, char *const *argv, const char *banner)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	struct termios modes;
	int rows, columns, status;
	bool modes_known;
	pid_t pid;

	newtSuspend();
	bring_back_error(term);
	printf("%s%s", term->terminfo.clear ? term->terminfo.clear : "", banner);
	fflush(stdout);
	modes_known = tcgetattr(STDIN_FILENO, &modes) == 0;
	/* Taking the terminal back from the program must not stop this one. */
	sigaction(SIGTTOU, &ignore, &before);
	pid = fork();
	if (pid == 0)
		run_child(term, argv);
	if (pid > 0) {
		setpgid(pid, pid);
		tcsetpgrp(STDIN_FILENO, pid);
		status = wait_for(term, pid);
		tcsetpgrp(STDIN_FILENO, getpgrp());
	} else {
		status = -errno;
	}
	sigaction(SIGTTOU, &before, NULL);
	if (modes_known)
		tcsetattr(STDIN_FILENO, TCSANOW, &modes);
	put_error_aside();
	if (newtResume() < 0)
		term->hangup = true;
	take_redraw_key();
	/* The signal of a new size went to the program that had the foreground. */
	size_of_terminal(&rows, &columns);
	if (rows != term->rows || columns != term->columns)
		term->resized = true;
	return status;
}
