/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question "host-key": whether an SSH server that nobody knows yet is the one that is meant. A person compares the fingerprint of its key; from then
 * on only a server with this key is that place.
 */
#ifndef LIFEBOAT_SESSION_HOST_KEY_H
#define LIFEBOAT_SESSION_HOST_KEY_H

#include "session_state.h"

/* After ERROR at PLACE (location_parse()): asks, where that is an SSH server that is not among the known hosts and somebody can be asked. 1: *RET is
 * PLACE with the key that was agreed to, a new string; 0: it is none such, or was not agreed to; else as session_ask(). */
int session_agree_host_key(struct session *session, int error, const char *place, char **ret);

#endif
