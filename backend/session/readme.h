/* What somebody in a rescue shell has to know of the session: /run/lifeboat/README says what is where, and how to get back
 * into a system that was restored.
 */
#ifndef LIFEBOAT_SESSION_README_H
#define LIFEBOAT_SESSION_README_H

#include "phases.h"

/* Its text as things stand now. New string; NULL when out of memory. */
char *readme_text(const struct session *session);
/* Writes it into the session's state directory, where there is one. */
void readme_write(struct session *session);

#endif
