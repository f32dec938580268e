/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contained.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"
#include "clock.h"
#include "file.h"

/* How long what was left has to end by itself before it is asked to, and then until it is killed. */
#define GRACE_MS 200
#define PATIENCE_MS 2000
#define PAUSE_MS 10

struct end_report {
	int status;              /* wait status of the program */
	char left[1024];
};

/* What follows runs in the init, copied from a process with other threads: only async-signal-safe calls, no memory from the heap. */

/* fork(2) into new namespaces; the C library's own would take locks that another thread may have held. */
static pid_t clone_process(uint64_t namespaces)
{
	struct clone_args arguments = { .flags = namespaces, .exit_signal = SIGCHLD };

	return (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
}

/* Nobody can read what REPORT is written to. */
static bool is_orphan(int report)
{
	struct pollfd poller = { .fd = report };

	return poll(&poller, 1, 0) > 0 && (poller.revents & POLLERR);
}

static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number <= SIGRTMAX; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The /proc of this namespace, at PROC in this mount namespace alone. A descriptor or -errno. */
static int mount_proc(const char *proc)
{
	int fd;

	/* "/" is no mount point below a chroot; then it is enough that PROC is. */
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0 && mount(NULL, proc, NULL, MS_PRIVATE, NULL) < 0)
		return -errno;
	if (mount("proc", proc, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return -errno;
	fd = open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Appends the name of the process NUMBER, unless it has ended. */
static void append_name(int proc, const char *number, struct end_report *report)
{
	char path[32], stat[128];
	size_t used = strlen(report->left);
	char *open_mark, *close_mark;
	ssize_t length;
	int fd;

	if (snprintf(path, sizeof(path), "%s/stat", number) >= (int)sizeof(path))
		return;
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);
	if (fd >= 0)
		close(fd);
	stat[length > 0 ? length : 0] = '\0';
	open_mark = strchr(stat, '(');
	close_mark = strrchr(stat, ')');
	if (!open_mark || !close_mark || strchr("ZX", close_mark[2]))
		return;
	*close_mark = '\0';
	if (used + strlen(open_mark) + sizeof(", ") > sizeof(report->left))
		return;
	snprintf(report->left + used, sizeof(report->left) - used, "%s%s", used ? ", " : "", open_mark + 1);
}

/* linux/dirent.h is not for programs. */
struct directory_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

static void name_left(int proc, struct end_report *report)
{
	char block[4096] __attribute__((aligned(8)));
	long length;

	lseek(proc, 0, SEEK_SET);
	while ((length = syscall(SYS_getdents64, proc, block, sizeof(block))) > 0)
		for (long at = 0; at < length;) {
			const struct directory_entry *entry = (const void *)(block + at);

			if (entry->name[0] >= '1' && entry->name[0] <= '9' && strcmp(entry->name, "1"))
				append_name(proc, entry->name, report);
			at += entry->length;
		}
}

/* Reaps for at most LIMIT_MS. True when nothing is left. */
static bool reap(long limit_ms)
{
	for (long waited = 0;; waited += PAUSE_MS) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return true;
		if (pid > 0)
			continue;
		if (waited >= limit_ms)
			return false;
		clock_pause(PAUSE_MS / 1000.0);
	}
}

/* Process 1 of the namespace. Its end is the end of all that is in it. */
__attribute__((noreturn)) static void serve(pid_t program, int proc, int report)
{
	struct end_report end = { 0 };
	ssize_t ignored;
	pid_t pid;

	while ((pid = waitpid(-1, &end.status, 0)) != program)
		if (pid < 0 && errno != EINTR)
			_exit(1);
	if (!reap(GRACE_MS)) {
		name_left(proc, &end);
		kill(-1, SIGTERM);
		reap(PATIENCE_MS);
	}
	ignored = write(report, &end, sizeof(end));
	(void)ignored;
	_exit(0);
}

/* Nothing that the caller has open shall hang on this process. */
static void drop_descriptors(int *proc, int *report)
{
	int kept_report = fcntl(*report, F_DUPFD_CLOEXEC, 3), kept_proc = fcntl(*proc, F_DUPFD_CLOEXEC, 3);
	int low = kept_report < kept_proc ? kept_report : kept_proc, high = kept_report < kept_proc ? kept_proc : kept_report;

	if (low < 0)
		return;
	syscall(SYS_close_range, 3, low - 1, 0);
	syscall(SYS_close_range, low + 1, high - 1, 0);
	syscall(SYS_close_range, high + 1, ~0U, 0);
	*proc = kept_proc;
	*report = kept_report;
}

/* Returns in the program alone. */
static void begin(const char *proc_path, int report)
{
	int proc, error;
	pid_t program = -1;
	ssize_t told;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (is_orphan(report))
		_exit(1);
	setpgid(0, 0);
	reset_signals();
	proc = mount_proc(proc_path);
	error = proc < 0 ? -proc : 0;
	if (!error) {
		program = clone_process(0);
		error = program < 0 ? errno : 0;
	}
	if (program == 0)
		return;
	told = write(report, &error, sizeof(error));
	if (error || told != sizeof(error))
		_exit(1);
	drop_descriptors(&proc, &report);
	serve(program, proc, report);
}

/* What follows runs in the caller. */

pid_t contained_fork(const char *root, int *ret_report)
{
	char *proc = text_format("%s/proc", root); /* freed by hand: the program must not touch the heap */
	int report[2], error = ENOMEM;
	pid_t pid;

	if (!proc || pipe2(report, O_CLOEXEC) < 0) {
		error = proc ? errno : ENOMEM;
		free(proc);
		return -error;
	}
	pid = clone_process(CLONE_NEWPID | CLONE_NEWNS);
	if (pid == 0) {
		close(report[0]);
		begin(proc, report[1]);
		return 0;
	}
	error = pid < 0 ? errno : 0;
	free(proc);
	close(report[1]);
	if (pid > 0 && read_full(report[0], &error, sizeof(error)) != sizeof(error))
		error = ECHILD;
	if (!error) {
		*ret_report = report[0];
		return pid;
	}
	close(report[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return -error;
}

char *contained_end(int report, int *status)
{
	struct end_report end;

	/* An init that was killed reports nothing; its own status says it. */
	if (read_full(report, &end, sizeof(end)) != sizeof(end))
		return NULL;
	*status = end.status;
	end.left[sizeof(end.left) - 1] = '\0';
	return *end.left ? text_printable(end.left) : NULL;
}
