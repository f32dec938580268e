/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One message of the engine's socket: an event as text, shared by the queues of all front ends, never longer than the protocol
 * allows.
 */
#ifndef LIFEBOAT_PROTOCOL_MESSAGE_H
#define LIFEBOAT_PROTOCOL_MESSAGE_H

#include <stddef.h>

#include <jansson.h>

/* What a front end that reads too slowly can do without, the least needed first. */
enum message_rank {
	MESSAGE_DEBUG,           /* lines of the log of level debug */
	MESSAGE_PROGRESS,        /* all but the latest progress */
	MESSAGE_INFO,            /* lines of the log of level info */
	MESSAGE_WARNING,         /* lines of the log that are worse */
	MESSAGE_REPLY,           /* to one front end's request; their number is bounded, because one that does not read them is not listened to */
	MESSAGE_NEEDED,          /* all else: questions, answers, phases, actions, the end */
};

/* Counted; the count is guarded by the server's lock. */
struct message {
	unsigned references;
	enum message_rank rank;
	size_t length;
	char text[];
};

/* EVENT (borrowed) as a message with one reference. The forms of its texts (sentence.h) go with it as "messages". Lists lose their tail until it fits
 * ENGINE_MESSAGE_LIMIT; then the object has "truncated": true. NULL when out of memory. */
struct message *message_new(json_t *event);
struct message *message_reference(struct message *message);
/* Takes NULL. */
void message_release(struct message *message);

#endif
