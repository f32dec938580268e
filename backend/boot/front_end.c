#include "front_end.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE_MESSAGES_MAX 4096
#define QUEUE_BYTES_MAX (8u << 20)

struct front_end *front_end_new(unsigned id, int fd)
{
	struct front_end *front_end = calloc(1, sizeof(*front_end));

	if (!front_end)
		return NULL;
	front_end->id = id;
	front_end->fd = fd;
	front_end->last = &front_end->first;
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

void front_end_queue(struct front_end *front_end, struct message *message)
{
	struct queued *entry;

	if (!message || front_end->broken)
		return;
	entry = malloc(sizeof(*entry));
	if (!entry || front_end->messages >= QUEUE_MESSAGES_MAX || front_end->bytes + message->length > QUEUE_BYTES_MAX) {
		free(entry);
		front_end->broken = true;
		return;
	}
	*entry = (struct queued){ .message = message_reference(message) };
	*front_end->last = entry;
	front_end->last = &entry->next;
	front_end->messages++;
	front_end->bytes += message->length;
}

void front_end_send(struct front_end *front_end)
{
	while (front_end->first && !front_end->broken) {
		struct queued *entry = front_end->first;

		if (send(front_end->fd, entry->message->text, entry->message->length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
			if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
				return;
			front_end->broken = true;
			return;
		}
		front_end->first = entry->next;
		if (!front_end->first)
			front_end->last = &front_end->first;
		front_end->messages--;
		front_end->bytes -= entry->message->length;
		message_release(entry->message);
		free(entry);
	}
}
