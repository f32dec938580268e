/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ssh_process.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../core/bytes.h"
#include "../core/file.h"

#define SAID_LIMIT (16u << 10)

/* The variables of ours, but for the language: what it says is read. */
static char **make_environment(void)
{
	char **copy = NULL;

	if (strv_append(&copy, "LC_ALL=C") < 0)
		return NULL;
	for (char **variable = environ; *variable; variable++)
		if (strncmp(*variable, "LC_ALL=", 7) && strv_append(&copy, *variable) < 0) {
			strv_free(copy);
			return NULL;
		}
	return copy;
}

static int spawn(const char *const *argv, char **environment, int stream, int error, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int r;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&actions, stream, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, stream, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, error, STDERR_FILENO);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	r = posix_spawnp(ret, argv[0], &actions, &attributes, (char *const *)argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int ssh_process_start(const char *const *argv, struct ssh_process *ret)
{
	AUTO_STRV char **environment = make_environment();
	int sockets[2] = { -1, -1 }, r = 0;

	*ret = (struct ssh_process){ .fd = -1, .said = memfd_create("lifeboat-ssh", MFD_CLOEXEC) };
	if (ret->said < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		r = -errno;
	else if (!environment)
		r = -ENOMEM;
	if (r == 0)
		r = spawn(argv, environment, sockets[1], ret->said, &ret->pid);
	if (sockets[1] >= 0)
		close(sockets[1]);
	ret->fd = sockets[0];
	if (r < 0)
		ret->pid = 0;
	return r;
}

void ssh_process_kill(const struct ssh_process *process)
{
	/* What it started for the way there (ProxyCommand) goes with it. */
	if (process->pid > 0)
		kill(-process->pid, SIGKILL);
}

void ssh_process_end(struct ssh_process *process)
{
	ssh_process_kill(process);
	while (process->pid > 0 && waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (process->fd >= 0)
		close(process->fd);
	if (process->said >= 0)
		close(process->said);
	*process = (struct ssh_process){ .fd = -1, .said = -1 };
}

char *ssh_process_said(const struct ssh_process *process)
{
	AUTO_FREE char *text = calloc(1, SAID_LIMIT + 1);
	ssize_t n = text && process->said >= 0 ? read_full_at(process->said, text, SAID_LIMIT, 0) : 0;

	if (!text)
		return NULL;
	text[n > 0 ? n : 0] = '\0';
	return TAKE_POINTER(text);
}
