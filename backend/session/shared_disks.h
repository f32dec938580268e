/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved disks that share a target disk, because there are too few: proposed, and taken from an answer.
 */
#ifndef LIFEBOAT_SESSION_SHARED_DISKS_H
#define LIFEBOAT_SESSION_SHARED_DISKS_H

#include "session_state.h"

/* Where PROPOSED (NULL: no map is possible) leaves disks of WANTED without a target that are missed: *RET_PAIRS is a choice in which they share one
 * of PRESENT; NULL where there is none. 0 or -errno. */
MUST_CHECK int shared_disks_propose(struct session *session, const struct layout *wanted, const struct layout *present,
				    const struct disk_map *proposed, json_t **ret_pairs);
/* The map that the answer PAIRS chooses; disks that share a target become changes of the plan (session->chosen.wishes). As disk_map_from_json(). */
MUST_CHECK int shared_disks_map(struct session *session, json_t *pairs, const struct layout *wanted, const struct layout *present,
				struct disk_map **ret);

#endif
