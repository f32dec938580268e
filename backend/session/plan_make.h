/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session's plan is made, of its set, the disks that were chosen and the operator's changes; what is known of it is told and written down. */
#ifndef LIFEBOAT_SESSION_PLAN_MAKE_H
#define LIFEBOAT_SESSION_PLAN_MAKE_H

#include "session_state.h"

/* The set's layout as this machine and WISHES (NULL: none) want it. As wanted_make(). */
MUST_CHECK int plan_wanted(struct session *session, json_t *wishes, struct layout **ret);
/* The map that is proposed for WANTED (plan_wanted()) onto PRESENT. As disk_map_propose(). */
MUST_CHECK int plan_propose(struct session *session, const struct layout *wanted, const struct layout *present, struct disk_map **ret);
/* Decides what the wishes leave open by the disks PRESENT, once: who changes it afterwards has the last word. As settle_wishes(). */
MUST_CHECK int plan_settle(struct session *session, const struct layout *present);
/* Makes session->chosen.plan with chosen.wishes; PRESENT and MAP are stolen. 0; -errno with a sentence, and there is no plan then; or as
 * session_meet_damage(). */
MUST_CHECK int plan_make(struct session *session, struct layout *present, struct disk_map *map);
/* Makes it once more for DISKS (disk_map_to_json(), borrowed), as they are now, with WISHES (borrowed), which are the session's from then on. As
 * plan_make(); on failure the wishes are what they were. */
MUST_CHECK int plan_remake(struct session *session, json_t *wishes, json_t *disks);
/* Whether a person can do something about ERROR by answering differently. */
bool plan_may_ask_again(const struct session *session, int error);

#endif
