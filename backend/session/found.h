/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is on this machine: drivers for its devices, recovery sets, disks. What is found becomes session->found. Nothing here writes. */
#ifndef LIFEBOAT_SESSION_FOUND_H
#define LIFEBOAT_SESSION_FOUND_H

#include "../machine/modules.h"
#include "session_state.h"

/* Loads drivers for all devices. *RESULT is cleared by the caller. 0 or -errno with a sentence. */
int session_load_drivers(struct session *session, struct modules_result *result);
/* The same, and looks which devices are still without driver or firmware. */
int session_find_drivers(struct session *session, struct modules_result *result);
/* Looks for recovery sets, for a while, and publishes what there is. 0 or -errno with a sentence. */
int session_find_sets(struct session *session);
/* Probes the disks and publishes "hardware". *RET may be NULL. 0 or -errno. */
int session_probe(struct session *session, struct layout **ret);

#endif
