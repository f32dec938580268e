/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a restore found out before it was interrupted, kept in its journal from the verify phase on: what could not be extracted, what making it
 * bootable changed and lacks. Before, it is found out again. So a resumed restore ends as truthfully as one that was not interrupted.
 */
#ifndef LIFEBOAT_RESUME_RESULTS_H
#define LIFEBOAT_RESUME_RESULTS_H

#include <jansson.h>

#include "../core/macro.h"
#include "outcome.h"
#include "run.h"

/* Puts into the run's results what is known when STAGE begins. 0 or -ENOMEM. */
MUST_CHECK int results_keep(struct restore_run *run, const struct outcome *outcome, enum restore_stage stage);
/* Takes from RESULTS, as a journal has them, what is known where the run is resumed. 0; -EBADMSG when that is missing, -ENOMEM. */
MUST_CHECK int results_take(struct restore_run *run, json_t *results, struct outcome *outcome);

#endif
