/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log file of a session: one line a message, with time and level. A log that cannot be written (a full disk) stops nothing, but it says
 * where lines are missing, and how many the session lost is known at its end.
 */
#ifndef LIFEBOAT_SESSION_SESSION_LOG_H
#define LIFEBOAT_SESSION_SESSION_LOG_H

#include <stdbool.h>
#include <stddef.h>

struct session_log {
	int fd;                  /* -1: there is no log */
	size_t gap;              /* lines that are missing since the last one that was written */
	size_t lost;             /* all lines that are missing */
	int error;               /* positive errno of the first line that could not be written; 0: none */
	bool cut;                /* the last line that was begun has no end */
};

#define SESSION_LOG_NONE ((struct session_log){ .fd = -1 })

/* Opens PATH, to append to it. 0 or -errno. */
int session_log_open(struct session_log *log, const char *path);
/* Appends LINE, which ends with a newline. True when this is the first line that could not be written. */
bool session_log_write(struct session_log *log, const char *line);
void session_log_close(struct session_log *log);

#endif
