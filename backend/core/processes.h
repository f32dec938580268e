/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other processes of this machine, as /proc shows them: those that hold a directory which is to be unmounted, those of a dead session, and
 * their end.
 */
#ifndef LIFEBOAT_CORE_PROCESSES_H
#define LIFEBOAT_CORE_PROCESSES_H

#include "context.h"

enum processes_of {
	PROCESSES_INSIDE,        /* whose root is the directory or lies below it */
	PROCESSES_HOLDING,       /* those, and who has a working directory, a program or an open file at or below it */
	PROCESSES_WRITING,       /* who has it open for writing: the directory is any file */
};

/* New list of "NAME (process N)" in *RET (NULL when there is none), without the calling process. 0 or -errno. */
MUST_CHECK int processes_find(const char *directory, enum processes_of which, char ***ret);
/* Ends them: SIGTERM, after two seconds SIGKILL, until none is left; says each by name as a warning. A person's (on a terminal, in a session
 * other than the caller's) are left alone. 0, or -EBUSY with a sentence that names who is left. */
MUST_CHECK int processes_end(struct context *ctx, const char *directory, enum processes_of which);
/* Calls VISIT with the number and "NAME (process N)" of one living process of each mount namespace other than the caller's, until it returns
 * true. */
void processes_each_namespace(bool (*visit)(void *data, pid_t pid, const char *text), void *data);
/* Kills all of a session whose leader is dead, and waits for at most ten seconds until they are gone. How many there were. */
size_t processes_kill_session(pid_t session);

#endif
