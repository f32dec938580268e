/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set on several discs: the next one is asked for, by the question "disc", which closes by itself when it is there. */
#ifndef LIFEBOAT_SESSION_NEXT_DISC_H
#define LIFEBOAT_SESSION_NEXT_DISC_H

#include "session_state.h"

/* The chosen set asks SESSION from now on; nothing where it lies in one place. */
void next_disc_attach(struct session *session);
/* Whether the chosen set lies on several discs. */
bool next_disc_is_chosen(const struct session *session);

#endif
