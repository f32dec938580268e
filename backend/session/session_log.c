/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session_log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../core/bytes.h"

int session_log_open(struct session_log *log, const char *path)
{
	*log = SESSION_LOG_NONE;
	log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	return log->fd < 0 ? -errno : 0;
}

/* 0 or -errno; then a part of TEXT may be there. */
static int append(struct session_log *log, const char *text)
{
	size_t length = strlen(text), done = 0;

	while (done < length) {
		ssize_t n = write(log->fd, text + done, length - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			log->cut = log->cut || done > 0;
			return n < 0 ? -errno : -EIO;
		}
		done += (size_t)n;
	}
	log->cut = false;
	return 0;
}

/* Before the first line after some that are missing. 0 or -errno. */
static int append_gap(struct session_log *log)
{
	AUTO_FREE char *line = NULL;
	int r;

	if (log->gap == 0)
		return 0;
	line = text_format("%s... lines that could not be written and are missing here: %zu (%s)\n", log->cut ? "\n" : "", log->gap,
			   strerror(log->error));
	r = line ? append(log, line) : -ENOMEM;
	if (r == 0)
		log->gap = 0;
	return r;
}

bool session_log_write(struct session_log *log, const char *line)
{
	bool first;
	int r;

	if (log->fd < 0)
		return false;
	r = append_gap(log);
	if (r == 0)
		r = append(log, line);
	if (r == 0)
		return false;
	first = !log->error;
	log->error = first ? -r : log->error;
	log->gap++;
	log->lost++;
	return first;
}

void session_log_close(struct session_log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	*log = SESSION_LOG_NONE;
}
