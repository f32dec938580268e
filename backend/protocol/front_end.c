/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "front_end.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../core/event.h"
#include "../core/sentence.h"

struct front_end *front_end_new(unsigned id, int fd)
{
	struct front_end *front_end = calloc(1, sizeof(*front_end));

	if (!front_end)
		return NULL;
	front_end->id = id;
	front_end->fd = fd;
	front_end->last = &front_end->first;
	front_end->thin_out_messages = QUEUE_MESSAGES_MAX;
	front_end->thin_out_bytes = QUEUE_BYTES_MAX;
	return front_end;
}

void front_end_free(struct front_end *front_end)
{
	struct queued *next;

	for (struct queued *entry = front_end->first; entry; entry = next) {
		next = entry->next;
		message_release(entry->message);
		free(entry);
	}
	close(front_end->fd);
	free(front_end->name);
	free(front_end);
}

/* Takes the entry at LINK out of the queue. */
static void remove_entry(struct front_end *front_end, struct queued **link)
{
	struct queued *entry = *link;

	*link = entry->next;
	if (!entry->next)
		front_end->last = link;
	front_end->messages--;
	front_end->bytes -= entry->message->length;
	front_end->replies -= entry->message->rank == MESSAGE_REPLY;
	message_release(entry->message);
	free(entry);
}

static bool is_small(const struct front_end *front_end)
{
	return front_end->messages <= QUEUE_MESSAGES_MAX / 2 && front_end->bytes <= QUEUE_BYTES_MAX / 2;
}

static const struct queued *latest_progress(const struct front_end *front_end)
{
	const struct queued *latest = NULL;

	for (const struct queued *entry = front_end->first; entry; entry = entry->next)
		if (entry->message->rank == MESSAGE_PROGRESS)
			latest = entry;
	return latest;
}

/* Lines of the log that were dropped leave one that says so, in the first one's place. */
static void put_gap(struct front_end *front_end, struct queued **link)
{
	json_t *event = event_log(SEVERITY_INFO, N_("Lines are not shown here, because this console was too slow; the log file has them"));
	struct message *message = event ? message_new(event) : NULL;
	struct queued *entry = message ? malloc(sizeof(*entry)) : NULL;

	json_decref(event);
	if (!entry) {
		message_release(message);
		return;
	}
	*entry = (struct queued){ .message = message, .next = *link };
	if (!entry->next)
		front_end->last = &entry->next;
	*link = entry;
	front_end->messages++;
	front_end->bytes += message->length;
}

/* Drops messages of RANK, the oldest first, until the queue is small (ALL: every one). */
static void drop_rank(struct front_end *front_end, enum message_rank rank, bool all)
{
	const struct queued *kept = rank == MESSAGE_PROGRESS ? latest_progress(front_end) : NULL;
	struct queued **link = &front_end->first, **gap = NULL;

	while (*link && (all || !is_small(front_end))) {
		if ((*link)->message->rank != rank || *link == kept) {
			link = &(*link)->next;
			continue;
		}
		gap = gap ? gap : link;
		remove_entry(front_end, link);
	}
	if (gap && rank >= MESSAGE_INFO)
		put_gap(front_end, gap);
}

static size_t larger(size_t one, size_t two)
{
	return one > two ? one : two;
}

/* The cost is shared by at least as many messages as were looked through: the next time comes when the queue has doubled. */
static void thin_out(struct front_end *front_end)
{
	drop_rank(front_end, MESSAGE_DEBUG, true);
	drop_rank(front_end, MESSAGE_PROGRESS, true);
	drop_rank(front_end, MESSAGE_INFO, false);
	/* Warnings stay as long as memory has room for many times more. */
	if (front_end->messages > 16 * QUEUE_MESSAGES_MAX || front_end->bytes > 8 * QUEUE_BYTES_MAX)
		drop_rank(front_end, MESSAGE_WARNING, false);
	front_end->thin_out_messages = larger(2 * front_end->messages, QUEUE_MESSAGES_MAX);
	front_end->thin_out_bytes = larger(2 * front_end->bytes, QUEUE_BYTES_MAX);
}

void front_end_queue(struct front_end *front_end, struct message *message)
{
	struct queued *entry;

	if (!message || front_end->broken || front_end->deaf)
		return;
	entry = malloc(sizeof(*entry));
	if (!entry) {
		front_end->broken = true;
		return;
	}
	*entry = (struct queued){ .message = message_reference(message) };
	*front_end->last = entry;
	front_end->last = &entry->next;
	front_end->messages++;
	front_end->bytes += message->length;
	front_end->replies += message->rank == MESSAGE_REPLY;
	if (front_end->messages > front_end->thin_out_messages || front_end->bytes > front_end->thin_out_bytes)
		thin_out(front_end);
}

void front_end_hurry(struct front_end *front_end)
{
	drop_rank(front_end, MESSAGE_DEBUG, true);
	drop_rank(front_end, MESSAGE_PROGRESS, true);
	drop_rank(front_end, MESSAGE_INFO, true);
}

void front_end_send(struct front_end *front_end)
{
	while (front_end->first && !front_end->broken) {
		struct message *message = front_end->first->message;

		if (send(front_end->fd, message->text, message->length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
			if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
				return;
			/* It has left, and may have answered before. */
			front_end->deaf = errno == EPIPE || errno == ECONNRESET;
			front_end->broken = !front_end->deaf;
			while (front_end->deaf && front_end->first)
				remove_entry(front_end, &front_end->first);
			return;
		}
		front_end->sent++;
		remove_entry(front_end, &front_end->first);
	}
}
