/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set that passes once and tells at its end what is in it: its files are put onto the tree as they come, and held against the index when this is
 * there. From then on the extraction is that of any other set, whose segments of files are done.
 */
#ifndef LIFEBOAT_RESTORE_ARRIVAL_H
#define LIFEBOAT_RESTORE_ARRIVAL_H

#include "../core/macro.h"
#include "worker.h"

/* Unpacks what comes, by WORKERS threads, until all of the set has arrived: then set_manifest() is the whole one, and *RET_SPOILT lists the
 * *RET_COUNT numbers of segments that could not be unpacked, which the caller frees. 0, also when damage was listed to be salvaged; -EBADMSG
 * when the set did not come whole; other -errno. What is not whole is taken away then. */
MUST_CHECK int arrival_unpack(struct extraction *work, unsigned workers, uint32_t **ret_spoilt, size_t *ret_count);
/* Holds what was unpacked against table and index. 0 or -errno as work_damaged(). */
MUST_CHECK int arrival_check(struct extraction *work, const uint32_t *spoilt, size_t count);
/* Takes away what is not as the index says. 0 or -errno. */
MUST_CHECK int arrival_settle_files(struct extraction *work);

#endif
