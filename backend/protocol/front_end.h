/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One attached front end as the server sees it: its descriptor and the messages that wait to be sent to it. One that reads too
 * slowly loses lines of the log and old progress, never a question, an answer, a phase or the end; and it never holds up the
 * others. All calls with the server's lock held.
 */
#ifndef LIFEBOAT_PROTOCOL_FRONT_END_H
#define LIFEBOAT_PROTOCOL_FRONT_END_H

#include <stdbool.h>

#include "message.h"

/* Beyond either of these, what the front end can do without is dropped from its queue. */
#define QUEUE_MESSAGES_MAX 4096
#define QUEUE_BYTES_MAX (8u << 20)
/* One that leaves so many replies to its own requests unread is not listened to until it reads them. */
#define REPLIES_MAX 256

struct queued {
	struct message *message;
	struct queued *next;
};

struct front_end {
	unsigned id;
	int fd;
	char *name;              /* NULL until it attached */
	struct queued *first, **last;
	size_t messages, bytes;
	size_t replies;          /* of the messages: those of MESSAGE_REPLY */
	size_t thin_out_messages, thin_out_bytes; /* beyond either the queue is looked through again */
	size_t sent;             /* messages so far */
	bool deaf;               /* it takes nothing more; what it sent before is still read */
	bool broken;             /* to be dropped by the server's thread */
};

/* Takes FD, unless out of memory (NULL). */
struct front_end *front_end_new(unsigned id, int fd);
void front_end_free(struct front_end *front_end);
/* MESSAGE is referenced; NULL is skipped. */
void front_end_queue(struct front_end *front_end, struct message *message);
/* Drops all that the front end can do without: the session has ended, and it is waited for. */
void front_end_hurry(struct front_end *front_end);
/* Sends what the descriptor takes now. */
void front_end_send(struct front_end *front_end);

#endif
