/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an operator types to show which disk is meant, as the engine tells it with every disk ("proof"): the end of a serial number or
 * WWN that no other disk here has, else the path, else the device name. Shared by the front ends that ask for consent.
 */
#ifndef LIFEBOAT_SCREENS_PROOF_H
#define LIFEBOAT_SCREENS_PROOF_H

#include <stdbool.h>

#include "model.h"

enum proof_kind { PROOF_SERIAL, PROOF_WWN, PROOF_PATH, PROOF_NAME };

struct proof {
	enum proof_kind kind;
	const char *text;        /* the whole of it; borrowed from the disk */
	const char *tail;        /* the end of it that is enough */
};

/* Of the DISK of a question or event. */
struct proof proof_of(json_t *disk);
/* Nothing but where it is connected tells this disk from others: it is typed even where nothing would be lost. */
bool proof_is_place(const struct proof *proof);
/* Whether TYPED is the whole of it, or at least its TAIL characters where ENDS allows that. Paths and names count with and without the
 * directory they are in. */
bool proof_is_given(const struct proof *proof, const char *typed, bool ends);

#endif
