/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays of md, as mdadm(8) makes them: what it is told for the array that a node describes.
 */
#ifndef LIFEBOAT_STACK_RAID_ARGUMENTS_H
#define LIFEBOAT_STACK_RAID_ARGUMENTS_H

#include "../core/macro.h"
#include "../layout/layout.h"

/* Whether the array NODE can be made as it was, as far as it tells. Why not, as a new string, the end of a sentence, in *RET_WHY. */
bool raid_can_make(const struct node *node, char **ret_why);

/* The highest number that an array gets when nobody says one (mdadm). */
#define RAID_NUMBER_MAX 127

/* Which member takes each place of the array NODE: numbers in node->on, SIZE_MAX where a place stays empty; spares follow. Faulty and spare members
 * take the places that were empty, so an array that was captured degraded is made whole if it can be. */
struct raid_places {
	size_t *members;         /* owned */
	size_t count, spares;    /* of places; of the spares behind them */
	size_t missing;          /* empty places */
};
/* 0, -ENOMEM; -EINVAL where two members have one place, or one has none and is no spare. */
MUST_CHECK int raid_places(const struct node *node, struct raid_places *ret);
void raid_places_done(struct raid_places *places);
#define AUTO_RAID_PLACES CLEANUP(raid_places_done)

/* The command line of mdadm that creates the array NODE, of all but the members; UUID is given as it is there ("1234abcd:..."). DEVICE is what it
 * gets: "/dev/md127". TRIAL: as nobody's array, without a first resync. 0 or -ENOMEM. */
MUST_CHECK int raid_arguments(const struct node *node, const struct raid_places *places, const char *device, bool trial, char ***ret);

#endif
