/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system's ssh and ssh-keyscan, run beside us. Only for sftp*.c and ssh*.c. */
#ifndef LIFEBOAT_REMOTE_SSH_PROCESS_H
#define LIFEBOAT_REMOTE_SSH_PROCESS_H

#include <sys/types.h>

#include "../core/context.h"

struct ssh_process {
	pid_t pid;               /* 0: it does not run */
	int fd;                  /* a socket, its standard input and output; -1 */
	int said;                /* a file of what it says on standard error; -1 */
};

/* Starts ARGV, in a session of its own: keys on our terminal do not end it. 0 or -errno without a sentence; ssh_process_end() in any case. */
MUST_CHECK int ssh_process_start(const char *const *argv, struct ssh_process *ret);
/* Has it end soon; it can still be asked what it said. */
void ssh_process_kill(const struct ssh_process *process);
/* Ends it, now, and waits for that. */
void ssh_process_end(struct ssh_process *process);
/* What it has said so far, a new string; NULL without memory. */
char *ssh_process_said(const struct ssh_process *process);

#endif
