/* What an engine that crashed leaves for the one pid 1 starts after it: /run/lifeboat/checkpoint.json. A hint: the machine is
 * asked what is there, and nothing is erased on the strength of this file unless the plan's digest is the same.
 */
#ifndef LIFEBOAT_RESUME_CHECKPOINT_H
#define LIFEBOAT_RESUME_CHECKPOINT_H

#include <jansson.h>

struct session;

/* Takes over what an earlier engine left, if it did: says so, ends its processes, unmounts what it had mounted. */
void checkpoint_load(struct session *session);
/* Writes the present state beside the old one and renames it. Nothing without a state directory. */
void checkpoint_save(struct session *session);
void checkpoint_remove(struct session *session);
/* What was agreed to, as one text: the set, and for each captured disk the identity and size of the disk that is erased for it. NULL
 * when a disk has no identity, or out of memory. Caller frees. */
char *checkpoint_consent(const struct session *session);
/* The question "disks" answered as before the crash, with the disks of PRESENT; NULL when one is not here, or in doubt. New reference. */
struct layout;
json_t *checkpoint_map(const struct session *session, const struct layout *present);

#endif
