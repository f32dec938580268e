/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "bytes.h"
#include "clock.h"
#include "contained.h"
#include "file.h"

#define OUTPUT_LIMIT (16u << 20)
#define DEADLINE_DEFAULT_S 600
/* Between looks at the cancel flag; and at a program that has closed its streams and is about to end. */
#define TICK_MS 200
#define TICK_ENDING_MS 5

struct child {
	pid_t pid;
	int input, output, error;   /* our ends of its three streams */
	int exec_error;             /* tells the errno of a failed exec */
	int report;                 /* pid is that of an init (contained.h): what it tells; -1: it is the program's own */
	struct buffer standard_output, standard_error;
	size_t line_starts[2];      /* first byte not yet handed out as a line */
	size_t input_done;
	bool truncated;
};

void run_result_done(struct run_result *result)
{
	free(result->output);
	memset(result, 0, sizeof(*result));
}

char *run_print(const char *const *argv)
{
	AUTO_BUFFER struct buffer line = { 0 };

	for (size_t i = 0; argv[i]; i++) {
		AUTO_FREE char *word = bytes_escape(argv[i], strlen(argv[i]));
		bool quote = !*argv[i] || strpbrk(argv[i], " \t'\"\\$&|;<>()*?");

		if (!word || buffer_append(&line, i ? " " : "", i ? 1 : 0) < 0 || buffer_append(&line, "'", quote) < 0 ||
		    buffer_append(&line, word, strlen(word)) < 0 || buffer_append(&line, "'", quote) < 0)
			return NULL;
	}
	return TAKE_POINTER(line.data);
}

static void child_done(struct child *child)
{
	if (child->input >= 0)
		close(child->input);
	if (child->output >= 0)
		close(child->output);
	if (child->error >= 0)
		close(child->error);
	if (child->exec_error >= 0)
		close(child->exec_error);
	if (child->report >= 0)
		close(child->report);
	buffer_done(&child->standard_output);
	buffer_done(&child->standard_error);
}

/* True when the run sets the variable of "NAME=value" itself. */
static bool is_overridden(const struct run *run, const char *variable)
{
	size_t length = strcspn(variable, "=") + 1;

	for (size_t i = 0; run->environment && run->environment[i]; i++)
		if (!strncmp(run->environment[i], variable, length))
			return true;
	return false;
}

/* Keys that are for this program alone. */
static bool is_secret(const char *variable)
{
	return !strncmp(variable, "AWS_SECRET_ACCESS_KEY=", strlen("AWS_SECRET_ACCESS_KEY=")) ||
	       !strncmp(variable, "AWS_SESSION_TOKEN=", strlen("AWS_SESSION_TOKEN="));
}

static char **child_environment(const struct run *run)
{
	AUTO_STRV char **environment = NULL;

	for (char **e = environ; e && *e; e++)
		if (strncmp(*e, "LC_", 3) && strncmp(*e, "LANG", 4) && !is_secret(*e) && !is_overridden(run, *e) &&
		    strv_append(&environment, *e) < 0)
			return NULL;
	if (!is_overridden(run, "LC_ALL=") && strv_append(&environment, "LC_ALL=C") < 0)
		return NULL;
	for (size_t i = 0; run->environment && run->environment[i]; i++)
		if (strv_append(&environment, run->environment[i]) < 0)
			return NULL;
	return TAKE_POINTER(environment);
}

/* In the child. */
static bool keep_open(const int *descriptors)
{
	for (; descriptors && *descriptors >= 0; descriptors++)
		if (fcntl(*descriptors, F_SETFD, 0) < 0)
			return false;
	return true;
}

/* In the child; never returns. Only async-signal-safe calls: other threads may have held locks when it was forked. */
static void child_exec(const struct run *run, char **environment, const int ends[6], int exec_error, pid_t parent)
{
	sigset_t none;

	setpgid(0, 0);
	/* It does not outlive us: what it writes to would stay busy. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (dup2(run->input_file ? *run->input_file : ends[0], 0) >= 0 && dup2(ends[3], 1) >= 0 && dup2(ends[5], 2) >= 0 &&
	    keep_open(run->inherit) &&
	    (!run->root || (chroot(run->root) == 0 && chdir("/") == 0)))
		execvpe(run->argv[0], (char *const *)run->argv, environment);
	int error = errno;
	ssize_t ignored = write(exec_error, &error, sizeof(error));
	(void)ignored;
	_exit(127);
}

/* fork(2), contained where that is asked for and the kernel does it. *RET_PARENT: the child's parent, as the child sees it. */
static pid_t fork_child(struct context *ctx, const struct run *run, struct child *child, pid_t *ret_parent)
{
	pid_t pid;

	*ret_parent = getpid();
	if (!run->root || !run->contained || !*run->contained)
		return fork();
	pid = contained_fork(run->root, &child->report);
	if (pid == 0)
		*ret_parent = 1;
	if (pid >= 0)
		return pid;
	context_warn(ctx,
		     "The kernel refuses a PID namespace (%s): fix scripts and tools of the restored system can see and end this machine's processes",
		     strerror(-pid));
	*run->contained = false;
	return fork();
}

static int child_start(struct context *ctx, const struct run *run, struct child *child)
{
	AUTO_STRV char **environment = child_environment(run);
	int ends[6] = { -1, -1, -1, -1, -1, -1 }, report[2] = { -1, -1 };
	pid_t parent;
	int r = 0;

	if (!environment)
		return -ENOMEM;
	if (pipe2(ends, O_CLOEXEC) < 0 || pipe2(ends + 2, O_CLOEXEC) < 0 || pipe2(ends + 4, O_CLOEXEC) < 0 ||
	    pipe2(report, O_CLOEXEC) < 0)
		r = -errno;
	if (r == 0) {
		child->pid = fork_child(ctx, run, child, &parent);
		if (child->pid < 0)
			r = -errno;
		else if (child->pid == 0)
			child_exec(run, environment, ends, report[1], parent);
	}
	if (r == 0) {
		setpgid(child->pid, child->pid);
		child->input = TAKE_FD(ends[1]);
		child->output = TAKE_FD(ends[2]);
		child->error = TAKE_FD(ends[4]);
		child->exec_error = TAKE_FD(report[0]);
		fcntl(child->input, F_SETFL, O_NONBLOCK);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(ends); i++)
		if (ends[i] >= 0)
			close(ends[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(report); i++)
		if (report[i] >= 0)
			close(report[i]);
	return r;
}

static void hand_out_lines(struct context *ctx, const struct run *run, struct buffer *buffer, size_t *start, bool last)
{
	while (*start < buffer->length) {
		char *from = buffer->data + *start;
		char *end = memchr(from, '\n', buffer->length - *start);
		AUTO_FREE char *line = NULL;

		if (!end && !last)
			return;
		line = strndup(from, end ? (size_t)(end - from) : buffer->length - *start);
		*start = end ? (size_t)(end + 1 - buffer->data) : buffer->length;
		if (!line)
			return;
		if (run->line)
			run->line(run->line_data, line);
		/* The log would show tabs escaped. */
		for (char *tab = line; (tab = strchr(tab, '\t'));)
			*tab = ' ';
		if (*line)
			context_debug(ctx, "%s%s: %s", run->trial ? "trial: " : "", run->argv[0], line);
	}
}

/* Takes what is readable; true when the stream ended. */
static bool take_output(struct child *child, int fd, struct buffer *buffer)
{
	char block[65536];
	ssize_t n = read(fd, block, sizeof(block));

	if (n < 0)
		return errno != EINTR && errno != EAGAIN;
	if (n == 0)
		return true;
	if (buffer->length + (size_t)n > OUTPUT_LIMIT || buffer_append(buffer, block, (size_t)n) < 0)
		child->truncated = true;
	return false;
}

static void feed_input(const struct run *run, struct child *child)
{
	ssize_t n = 0;

	if (child->input_done < run->input_length)
		n = write(child->input, run->input + child->input_done, run->input_length - child->input_done);
	if (n > 0)
		child->input_done += (size_t)n;
	if (child->input_done >= run->input_length || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		close(child->input);
		child->input = -1;
	}
}

/* Serves the streams until the program ended; its wait status. -ETIMEDOUT or -ECANCELED after it was killed. A grandchild that
 * keeps the streams open (a daemon) does not hold us: once the program itself is gone, what is there is read and that is all. */
static int child_serve(struct context *ctx, const struct run *run, struct child *child, int *ret_status)
{
	double deadline = clock_now() + (run->deadline_s ? run->deadline_s : DEADLINE_DEFAULT_S);
	bool gone = false;
	int r = 0;

	for (;;) {
		struct pollfd polls[3] = {
			{ .fd = child->output, .events = POLLIN },
			{ .fd = child->error, .events = POLLIN },
			{ .fd = child->input, .events = POLLOUT },
		};
		bool ending = child->output < 0 && child->error < 0 && child->input < 0;
		int ready = poll(polls, ARRAY_LENGTH(polls), gone ? 0 : ending ? TICK_ENDING_MS : TICK_MS);

		if (ready > 0) {
			if (polls[0].revents && take_output(child, child->output, &child->standard_output)) {
				close(child->output);
				child->output = -1;
			}
			if (polls[1].revents && take_output(child, child->error, &child->standard_error)) {
				close(child->error);
				child->error = -1;
			}
			if (polls[2].revents)
				feed_input(run, child);
			hand_out_lines(ctx, run, &child->standard_output, &child->line_starts[0], false);
			hand_out_lines(ctx, run, &child->standard_error, &child->line_starts[1], false);
			if (gone && !(polls[0].revents & POLLIN) && !(polls[1].revents & POLLIN))
				break;
		} else if (gone) {
			break;
		}
		if (!gone && waitpid(child->pid, ret_status, WNOHANG) == child->pid) {
			gone = true;
			continue;
		}
		if (!gone && r == 0) {
			if (!run->releases && context_is_cancelled(ctx))
				r = -ECANCELED;
			else if (clock_now() > deadline)
				r = -ETIMEDOUT;
			if (r < 0)
				kill(-child->pid, SIGKILL);
		}
	}
	hand_out_lines(ctx, run, &child->standard_output, &child->line_starts[0], true);
	hand_out_lines(ctx, run, &child->standard_error, &child->line_starts[1], true);
	return r;
}

/* The last non-empty line of a text, stripped; "" when there is none. */
static char *last_line(const struct buffer *buffer)
{
	size_t end = buffer->length;

	while (end > 0) {
		size_t start = end;
		AUTO_FREE char *line = NULL, *stripped = NULL;

		while (start > 0 && buffer->data[start - 1] != '\n')
			start--;
		line = strndup(buffer->data + start, end - start);
		stripped = line ? text_strip(line) : NULL;
		if (stripped && *stripped)
			return TAKE_POINTER(stripped);
		end = start > 0 ? start - 1 : 0;
	}
	return strdup("");
}

/* The line that tells most. Tools that run others end with what became of them; an error of the disk, which some line before
 * names, is the cause. Programs speak English here. */
static char *telling_line(const struct buffer *buffer)
{
	static const char *const causes[] = { "No space left on device", "Read-only file system", "Input/output error" };

	for (size_t i = 0; i < ARRAY_LENGTH(causes); i++) {
		const char *at = buffer->length ? memmem(buffer->data, buffer->length, causes[i], strlen(causes[i])) : NULL;
		struct buffer start = *buffer;

		if (!at)
			continue;
		start.length = (size_t)(at - buffer->data) + strlen(causes[i]);
		return last_line(&start);
	}
	return last_line(buffer);
}

static int judge(struct context *ctx, const struct run *run, const struct child *child, int wait_status, const char *said)
{
	const char *name = run->argv[0];
	int status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
	AUTO_FREE char *how = NULL;
	int error = 0;

	if (status == 127 && read_full(child->exec_error, &error, sizeof(error)) == sizeof(error))
		return context_fail(ctx, error, "%s could not be started: %s", name, strerror(error));
	if (WIFSIGNALED(wait_status))
		how = sentence("%s was killed by signal %d (%s)", name, WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
	else if (status != 0 && !run->accept[status])
		how = sentence("%s failed with exit status %d", name, status);
	else
		return 0;
	if (!how)
		return context_oom(ctx);
	if (!*said)
		return context_fail(ctx, EIO, run->trial ? N_("%s (a trial: no disk was written)") : "%s", how);
	return context_fail(ctx, EIO, run->trial ? N_("%s: %s (a trial: no disk was written)") : "%s: %s", how, said);
}

int run_real(struct context *ctx, const struct run *run, struct run_result *result)
{
	CLEANUP(child_done) struct child child = { .input = -1, .output = -1, .error = -1, .exec_error = -1, .report = -1 };
	AUTO_FREE char *said = NULL, *left = NULL, *printed = run_print(run->argv);
	int status = 0, r;

	context_debug(ctx, "%s: %s%s%s", run->trial ? "trial: run" : "run", printed ? printed : run->argv[0], run->root ? "  in " : "",
		      run->root ? run->root : "");
	r = child_start(ctx, run, &child);
	if (r < 0)
		return context_fail(ctx, -r, "%s could not be started: %s", run->argv[0], strerror(-r));
	r = child_serve(ctx, run, &child, &status);
	left = child.report < 0 ? NULL : contained_end(child.report, &status);
	if (left)
		context_warn(ctx, "%s left processes running, which were ended: %s", run->argv[0], left);
	said = telling_line(child.standard_error.length ? &child.standard_error : &child.standard_output);
	if (r == -ECANCELED)
		return context_cancelled(ctx);
	if (r == -ETIMEDOUT)
		return context_fail(ctx, ETIMEDOUT, "%s did not end within %u seconds and was killed", run->argv[0],
				    run->deadline_s ? run->deadline_s : DEADLINE_DEFAULT_S);
	r = judge(ctx, run, &child, status, said ? said : "");
	if (r == 0 && child.truncated && result)
		r = context_fail(ctx, EFBIG, "%s said more than can be taken (16 MiB)", run->argv[0]);
	if (!result)
		return r;
	memset(result, 0, sizeof(*result));
	result->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	result->output_length = child.standard_output.length;
	result->output = child.standard_output.data ? TAKE_POINTER(child.standard_output.data) : strdup("");
	if (!result->output) {
		run_result_done(result);
		return context_oom(ctx);
	}
	return r;
}
