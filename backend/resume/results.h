/* What a restore found out before it was interrupted, kept in its journal: what could not be extracted, what making it bootable changed and
 * lacks. So a resumed restore ends as truthfully as one that was not interrupted.
 */
#ifndef LIFEBOAT_RESUME_RESULTS_H
#define LIFEBOAT_RESUME_RESULTS_H

#include <jansson.h>

#include "journal.h"

/* Puts into session->results what is known when STAGE begins. 0 or -ENOMEM. */
int results_keep(struct session *session, enum restore_stage stage);
/* Takes from RESULTS, as a journal has them, what is known at session->resumed. 0; -EBADMSG when that is missing, -ENOMEM. */
int results_take(struct session *session, json_t *results);

#endif
