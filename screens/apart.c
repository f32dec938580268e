/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apart.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command_common.h"

#define CHILD_ENDS_MS 2000

/* Of the child, for as long as it lives: where its status is told. */
static int status_fd = -1;

/* One that ended without a word: by a signal, most likely. */
static int ask_kernel(pid_t child)
{
	int status, left_ms = CHILD_ENDS_MS;
	pid_t ended;

	while ((ended = waitpid(child, &status, WNOHANG)) == 0 && left_ms > 0) {
		poll(NULL, 0, 20);
		left_ms -= 20;
	}
	if (ended == child && WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return ended == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int wait_for_child(pid_t child, int told, int signals)
{
	struct pollfd fds[] = { { told, POLLIN, 0 }, { signals, POLLIN, 0 } };
	struct signalfd_siginfo info;
	unsigned char status;
	ssize_t n;

	for (;;) {
		if (poll(fds, ARRAY_LENGTH(fds), -1) < 0 && errno != EINTR)
			return ask_kernel(child);
		/* What a terminal sends, the child gets itself. */
		if ((fds[1].revents & POLLIN) && read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info) && info.ssi_code != SI_KERNEL)
			kill(child, (int)info.ssi_signo);
		if (!fds[0].revents)
			continue;
		n = read(told, &status, 1);
		if (n != 1)
			return ask_kernel(child);
		return status;
	}
}

static void begin_child(pid_t parent, int fd, const sigset_t *mask)
{
	status_fd = fd;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		raise(SIGTERM);
	sigprocmask(SIG_SETMASK, mask, NULL);
}

int apart_begin(void)
{
	AUTO_CLOSE int told = -1, signals = -1;
	pid_t parent = getpid(), child = -1;
	sigset_t set, before;
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	told = ends[0];
	fflush(NULL);
	command_ending_signals(&set);
	sigprocmask(SIG_BLOCK, &set, &before);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	child = signals < 0 ? -1 : fork();
	if (child == 0) {
		begin_child(parent, ends[1], &before);
		return -1;
	}
	close(ends[1]);
	status = child < 0 ? -1 : wait_for_child(child, told, signals);
	if (child < 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

void apart_end(int status)
{
	unsigned char told = (unsigned char)status;
	AUTO_CLOSE int nothing = -1;

	if (status_fd < 0)
		return;
	/* Who reads what is said waits for its end, too. */
	fflush(NULL);
	nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = STDIN_FILENO; nothing >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(nothing, fd);
	if (write(status_fd, &told, 1) < 0)
		status_fd = -1;
}
