/* The note a restored system carries of its restore, var/lib/lifeboat/restored.json: an unattended rescue that meets it does not
 * restore the same set again, so that a machine that boots rescue media by itself does not go round in circles.
 */
#ifndef LIFEBOAT_RESUME_RESTORED_H
#define LIFEBOAT_RESUME_RESTORED_H

#include <stdbool.h>

struct layout;
struct session;

/* True when a disk of PRESENT carries this very set, restored: then the session's end is set to what was recorded. Mounts
 * read-only and unmounts again; what cannot be mounted or read counts as not there. */
bool restored_is_here(struct session *session, const struct layout *present);
/* Writes the note for the session's end, and copies the log to var/log/lifeboat/, below the mounted new system. Failing is a warning. */
void restored_write(struct session *session);

#endif
