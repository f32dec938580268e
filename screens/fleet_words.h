/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A machine of the fleet in words: the rows of 'lifeboat fleet'. MACHINE is a row of fleet_table().
 */
#ifndef LIFEBOAT_SCREENS_FLEET_WORDS_H
#define LIFEBOAT_SCREENS_FLEET_WORDS_H

#include "../ui/term.h"
#include "model.h"

/* What it does, in a word or two. Borrowed. */
const char *fleet_state(json_t *machine);
enum tone fleet_tone(json_t *machine);
/* How people know it: the captured machine's name, else its address. Borrowed from MACHINE. */
const char *fleet_name(json_t *machine);
/* Its MAC address, else its UUID. Borrowed. */
const char *fleet_address_of(json_t *machine);
/* "42 %"; "" where it is not known. New string. */
char *fleet_percent(json_t *machine);
/* The time of day of WHEN, seconds since the epoch; with its day where that is not today. New string. */
char *fleet_when(double when);
/* All that is known of it, in lines. New string. */
char *fleet_detail(json_t *machine);
/* "12 machines, 3 need a person". New string. */
char *fleet_summary(json_t *machines);

#endif
