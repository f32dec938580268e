/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb "verify": is a set whole and true to itself? */
#ifndef LIFEBOAT_VERBS_VERIFY_SET_H
#define LIFEBOAT_VERBS_VERIFY_SET_H

#include "../set/verify.h"

/* Checks everything of the set that lies at LOCATION (verify.h). *RET_ID: the set's id, new, once it could be opened. 0 when all is well, -EBADMSG
 * when something is damaged, -errno, with a sentence. RESULT is for verify_result_done() in any case. */
MUST_CHECK int verb_verify(struct context *ctx, const char *location, uint64_t memory, struct verify_result *result, char **ret_id);

#endif
