/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which questions reach a person in which mode: the one difference between interactive, nuke, expert and compare. */
#ifndef LIFEBOAT_SCREENS_POLICY_H
#define LIFEBOAT_SCREENS_POLICY_H

#include "../backend/engine.h"

/* Ends with the row "*". */
extern const struct policy_row console_policy[];

#endif
