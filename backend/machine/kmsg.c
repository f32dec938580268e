/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/event.h"
#include "../core/wake.h"

#define RECORD_MAX 8192 /* CONSOLE_EXT_LOG_MAX of the kernel */
#define LEVEL_WARNING 4 /* syslog(2) */
#define OWN "lifeboat: "  /* of a script of ours (network/lease.c) */

struct kmsg {
	struct context *ctx;
	int fd, stop_fd;
	atomic_bool stopped;
	pthread_t thread;
};

char *kmsg_text(const char *record, bool *ret_matters)
{
	const char *text = strchr(record, ';');
	unsigned long prefix;
	char *end, *line, *at;

	prefix = strtoul(record, &end, 10);
	if (!text || *end != ',')
		return NULL;
	text++;
	*ret_matters = (prefix & 7) <= LEVEL_WARNING;
	/* Lines after the first are KEY=value. */
	line = text_format(!strncmp(text, OWN, strlen(OWN)) ? "%.*s" : "kernel: %.*s", (int)strcspn(text, "\n"), text);
	if (line && !strncmp(line, OWN, strlen(OWN)))
		memmove(line, line + strlen(OWN), strlen(line + strlen(OWN)) + 1);
	/* Inside of the message a newline is written as \x0a. */
	while (line && (at = strstr(line, "\\x0a")))
		memcpy(at, "    ", 4);
	return line;
}

static void *read_records(void *data)
{
	struct kmsg *kmsg = data;
	char record[RECORD_MAX + 1];
	struct pollfd pollers[] = { { .fd = kmsg->fd, .events = POLLIN }, { .fd = kmsg->stop_fd, .events = POLLIN } };

	while (poll(pollers, 2, WAKE_LIMIT_MS) >= 0 || errno == EINTR) {
		ssize_t length;
		bool matters;

		if (atomic_load(&kmsg->stopped))
			break;
		length = read(kmsg->fd, record, RECORD_MAX);
		if (length < 0 && (errno == EAGAIN || errno == EPIPE || errno == EINTR))
			continue; /* EPIPE: records were overwritten before they were read; continue with those that are there */
		if (length <= 0)
			break;
		record[length] = '\0';
		AUTO_FREE char *text = kmsg_text(record, &matters);
		if (text)
			/* An event, not a warning of the engine: what the kernel says of hardware makes no restore imperfect. */
			context_emit(kmsg->ctx, event_log(matters ? SEVERITY_INFO : SEVERITY_DEBUG, text));
	}
	return NULL;
}

struct kmsg *kmsg_start(struct context *ctx)
{
	struct kmsg *kmsg = calloc(1, sizeof(*kmsg));

	if (!kmsg)
		return NULL;
	kmsg->ctx = ctx;
	kmsg->fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	kmsg->stop_fd = wake_open();
	if (kmsg->fd >= 0 && kmsg->stop_fd >= 0 && pthread_create(&kmsg->thread, NULL, read_records, kmsg) == 0)
		return kmsg;
	if (kmsg->fd >= 0)
		close(kmsg->fd);
	if (kmsg->stop_fd >= 0)
		close(kmsg->stop_fd);
	free(kmsg);
	return NULL;
}

void kmsg_stop(struct kmsg *kmsg)
{
	if (!kmsg)
		return;
	atomic_store(&kmsg->stopped, true);
	wake_send(kmsg->stop_fd);
	pthread_join(kmsg->thread, NULL);
	close(kmsg->fd);
	close(kmsg->stop_fd);
	free(kmsg);
}
