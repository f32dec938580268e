/* The question "media-lost": the set cannot be read on. A person may try again as often as wanted; an answer that a file gives is bounded.
 */
#ifndef LIFEBOAT_SESSION_MEDIA_LOST_H
#define LIFEBOAT_SESSION_MEDIA_LOST_H

#include <stddef.h>

struct session;

/* How often the medium was tried again without anything coming of it, by answers that came at once: nobody thinks so quickly, so a file
 * gave them, and would for ever. */
struct media_patience {
	unsigned tries;
	size_t finished;         /* segments, when the first of them was made */
};

/* ERROR: what extracting failed with. 1: the medium is there again, and the set is open, or what is damaged is left out; 0: it was given up, why is kept in the context; -errno. PATIENCE is the extraction's,
 * zero at first. */
int media_lost_ask(struct session *session, int error, struct media_patience *patience);

#endif
