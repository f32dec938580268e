/* One attached front end as the server sees it: its descriptor and the messages that wait to be sent to it. One that is too far
 * behind is marked broken, so that it never holds up the others. All calls with the server's lock held.
 */
#ifndef LIFEBOAT_BOOT_FRONT_END_H
#define LIFEBOAT_BOOT_FRONT_END_H

#include <stdbool.h>

#include "message.h"

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
	bool broken;             /* to be dropped by the server's thread */
};

/* Takes FD, unless out of memory (NULL). */
struct front_end *front_end_new(unsigned id, int fd);
void front_end_free(struct front_end *front_end);
/* MESSAGE is referenced; NULL is passed over. */
void front_end_queue(struct front_end *front_end, struct message *message);
/* Sends what the descriptor takes now. */
void front_end_send(struct front_end *front_end);

#endif
