/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end states of a session, by name and exit status: the four of a restore, and two of a comparison. */
#ifndef LIFEBOAT_RESUME_END_STATE_H
#define LIFEBOAT_RESUME_END_STATE_H

#include "../core/macro.h"

enum end_state {
	END_NONE,
	END_BOOTABLE,            /* "restored, bootable": exit status 0 */
	END_NOT_BOOTABLE,        /* "restored, not bootable": 3 */
	END_PARTIAL,             /* "partial": 4 */
	END_NOT_RESTORED,        /* "not restored": 5 */
	/* Compare mode only, which writes nothing, so none of the four: */
	END_COMPARED,            /* "compared": 0 when equal, 1 when not */
	END_NOT_COMPARED,        /* "not compared": 6 */
};

const char *end_state_name(enum end_state end);
/* The state of that program name; END_NONE for others and NULL. */
enum end_state end_state_parse(const char *name);
/* "bootable", "not-bootable", "partial", "not-restored", "compared", "not-compared": for programs. */
const char *end_state_program_name(enum end_state end);
MUST_CHECK int end_state_status(enum end_state end);

#endif
