/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "processes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "bytes.h"
#include "clock.h"
#include "file.h"

#define STAT_LIMIT 4096
#define LINK_ROOM 8192
#define PAUSE_MS 20
#define PATIENCE_MS 2000
#define LIMIT_MS 10000

struct process {
	pid_t pid, session;
	int terminal;            /* 0: none */
	char state;
	char name[64];
};

/* proc(5), /proc/PID/stat: "pid (name) state ppid pgrp session tty_nr ..."; the name may hold anything. */
static bool read_process(int proc, const char *number, struct process *ret)
{
	AUTO_FREE char *path = text_format("%s/stat", number), *text = NULL;
	char *open, *close;
	int pid, session;

	if (!path || file_read(proc, path, STAT_LIMIT, &text, NULL) < 0)
		return false;
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close || sscanf(text, "%d", &pid) != 1 ||
	    sscanf(close + 1, " %c %*d %*d %d %d", &ret->state, &session, &ret->terminal) != 3)
		return false;
	ret->pid = pid;
	ret->session = session;
	snprintf(ret->name, sizeof(ret->name), "%.*s", (int)(close - open - 1), open + 1);
	return true;
}

/* For a sentence; NULL when out of memory. */
static char *describe(const struct process *process)
{
	AUTO_FREE char *name = text_printable(process->name);

	return sentence("%s (process %d)", name ? name : "?", (int)process->pid);
}

/* Calls VISIT for every living process but this one. */
static int each_process(void (*visit)(void *data, int proc, const char *number, const struct process *process), void *data)
{
	AUTO_CLOSEDIR DIR *list = opendir("/proc");
	struct dirent *entry;
	int r;

	if (!list)
		return -errno;
	while ((r = directory_next(list, &entry)) > 0) {
		struct process process;

		if (strspn(entry->d_name, "0123456789") == strlen(entry->d_name) && read_process(dirfd(list), entry->d_name, &process) &&
		    process.pid != getpid() && process.state != 'Z' && process.state != 'X')
			visit(data, dirfd(list), entry->d_name, &process);
	}
	return r;
}

/* ---- who holds a directory ---- */

struct search {
	const char *directory;
	struct stat top;
	enum processes_of which;
	char **found;
	size_t left;             /* those that are not a person's */
	int signal;              /* sent to these; 0: none */
	char **told;             /* who was sent one before */
	struct context *ctx;
	int error;
};

/* The kernel puts " (deleted)" behind the name of what was removed. */
static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return !strncmp(path, directory, length) &&
	       (path[length] == '/' || path[length] == '\0' || !strcmp(path + length, " (deleted)"));
}

static bool link_is_below(int at, const char *path, const char *directory)
{
	char target[LINK_ROOM];
	ssize_t length = readlinkat(at, path, target, sizeof(target) - 1);

	if (length < 0)
		return false;
	target[length] = '\0';
	return is_below(target, directory);
}

static bool has_open_file(int process, const char *directory)
{
	int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSEDIR DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (list && directory_next(list, &entry) > 0)
		if (link_is_below(fd, entry->d_name, directory))
			return true;
	return false;
}

/* proc(5), /proc/PID/fd: the mode of a link tells how the file is open. */
static bool has_open_for_writing(int process, const char *path)
{
	int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSEDIR DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat link;

	while (list && directory_next(list, &entry) > 0)
		if (link_is_below(fd, entry->d_name, path) && fstatat(fd, entry->d_name, &link, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (link.st_mode & S_IWUSR))
			return true;
	return false;
}

static bool holds(const struct search *search, int proc, const char *number)
{
	AUTO_CLOSE int process = openat(proc, number, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat root;

	if (process < 0)
		return false;
	if (search->which == PROCESSES_WRITING)
		return has_open_for_writing(process, search->directory);
	/* By what it is, too: in a namespace of its own the path may say something else. */
	if (link_is_below(process, "root", search->directory) ||
	    (fstatat(process, "root", &root, 0) == 0 && root.st_dev == search->top.st_dev && root.st_ino == search->top.st_ino))
		return true;
	return search->which == PROCESSES_HOLDING &&
	       (link_is_below(process, "cwd", search->directory) || link_is_below(process, "exe", search->directory) ||
		has_open_file(process, search->directory));
}

static void visit_holder(void *data, int proc, const char *number, const struct process *process)
{
	struct search *search = data;
	AUTO_FREE char *text = NULL;

	if (!holds(search, proc, number))
		return;
	text = describe(process);
	if (!text || strv_append(&search->found, text) < 0) {
		search->error = -ENOMEM;
		return;
	}
	if (process->terminal != 0 && process->session != getsid(0))
		return;
	search->left++;
	if (!search->signal)
		return;
	if (!strv_contains(search->told, text)) {
		context_warn(search->ctx, "%s was left running in %s and is ended", text, search->directory);
		strv_append_line(&search->told, text);
	}
	kill(process->pid, search->signal);
}

static int search_once(struct search *search)
{
	int r;

	search->found = strv_free(search->found);
	search->left = 0;
	search->error = 0;
	r = each_process(visit_holder, search);
	return r < 0 ? r : search->error;
}

static int search_begin(struct search *search, char **ret_real)
{
	*ret_real = realpath(search->directory, NULL);
	if (!*ret_real || stat(*ret_real, &search->top) < 0)
		return -errno;
	search->directory = *ret_real;
	/* Everything lies below the root of this machine. */
	return strcmp(*ret_real, "/") ? 0 : -EINVAL;
}

int processes_find(const char *directory, enum processes_of which, char ***ret)
{
	struct search search = { .directory = directory, .which = which };
	AUTO_FREE char *real = NULL;
	int r = search_begin(&search, &real);

	if (r == 0)
		r = search_once(&search);
	if (r < 0)
		strv_free(search.found);
	else
		*ret = search.found;
	return r;
}

int processes_end(struct context *ctx, const char *directory, enum processes_of which)
{
	struct search search = { .directory = directory, .which = which, .ctx = ctx };
	AUTO_FREE char *real = NULL;
	long waited = 0;
	int r = search_begin(&search, &real);

	if (r < 0)
		return r == -ENOENT ? 0 : context_fail(ctx, -r, "%s cannot be looked at: %s", directory, strerror(-r));
	for (;;) {
		/* Once, and later to whoever came since; who does not listen is killed. */
		search.signal = waited == 0 ? SIGTERM : waited >= PATIENCE_MS ? SIGKILL : 0;
		r = search_once(&search);
		if (r < 0 || search.left == 0 || waited >= LIMIT_MS)
			break;
		clock_pause(PAUSE_MS / 1000.0);
		waited += PAUSE_MS;
	}
	if (r < 0)
		context_fail(ctx, -r, "The processes of this machine cannot be looked at: %s", strerror(-r));
	else if (search.found)
		r = context_fail(ctx, EBUSY, search.found[1] ? N_("%s and others still use %s") : N_("%s still uses %s"), search.found[0],
				 directory);
	strv_free(search.found);
	strv_free(search.told);
	return r;
}

/* ---- mount namespaces ---- */

struct namespace_search {
	ino_t *known;            /* their numbers in the kernel; the caller's is the first */
	size_t count;
	bool (*visit)(void *data, pid_t pid, const char *text);
	void *data;
	bool over;
};

/* True when NUMBER is a new one, and remembered. */
static bool add_namespace(struct namespace_search *search, ino_t number)
{
	ino_t *grown;

	for (size_t i = 0; i < search->count; i++)
		if (search->known[i] == number)
			return false;
	grown = reallocarray(search->known, search->count + 1, sizeof(*grown));
	if (!grown)
		return false;
	search->known = grown;
	search->known[search->count++] = number;
	return true;
}

static void visit_namespace(void *data, int proc, const char *number, const struct process *process)
{
	struct namespace_search *search = data;
	AUTO_FREE char *path = text_format("%s/ns/mnt", number), *text = NULL;
	struct stat st;

	if (search->over || !path || fstatat(proc, path, &st, 0) < 0 || !add_namespace(search, st.st_ino))
		return;
	text = describe(process);
	search->over = text && search->visit(search->data, process->pid, text);
}

void processes_each_namespace(bool (*visit)(void *data, pid_t pid, const char *text), void *data)
{
	struct namespace_search search = { .visit = visit, .data = data };
	struct stat st;

	if (stat("/proc/self/ns/mnt", &st) == 0 && add_namespace(&search, st.st_ino))
		each_process(visit_namespace, &search);
	free(search.known);
}

/* ---- a dead session ---- */

struct session_search {
	pid_t session;
	size_t count;
};

static void visit_member(void *data, int proc, const char *number, const struct process *process)
{
	struct session_search *search = data;

	(void)proc;
	(void)number;
	if (process->session != search->session)
		return;
	search->count++;
	kill(process->pid, SIGKILL);
}

size_t processes_kill_session(pid_t session)
{
	size_t most = 0;

	for (long waited = 0; waited < LIMIT_MS; waited += PAUSE_MS) {
		struct session_search search = { .session = session };

		if (each_process(visit_member, &search) < 0 || search.count == 0)
			break;
		most = search.count > most ? search.count : most;
		clock_pause(PAUSE_MS / 1000.0);
	}
	return most;
}
