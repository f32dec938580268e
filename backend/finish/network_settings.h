/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network settings that a person typed and asked to be kept, written in the form that the restored system uses. */
#ifndef LIFEBOAT_FINISH_NETWORK_SETTINGS_H
#define LIFEBOAT_FINISH_NETWORK_SETTINGS_H

#include "job.h"

/* Nothing where nothing is to be kept. What cannot be written is a reason of the result, and does not stop the system from starting. 0; -errno when
 * the whole job must stop. */
MUST_CHECK int network_settings_finish(struct context *ctx, struct finish_job *job);

#endif
