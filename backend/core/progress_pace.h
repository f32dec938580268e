/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast a machine does each kind of work, learnt from what it did: a processor that computes digests slowly may have a quick disk.
 * Pure arithmetic, in seconds: those that work took here for those that it takes on an ordinary machine.
 */
#ifndef LIFEBOAT_CORE_PROGRESS_PACE_H
#define LIFEBOAT_CORE_PROGRESS_PACE_H

/* What a machine is fast or slow at. */
enum skill { DIGESTS, FILES, COMPARISONS, PROGRAMS, SKILLS };

/* Seconds that were taken for ordinary ones. */
struct pace {
	double taken, ordinary;
};

/* Work was seen: TAKEN seconds for ORDINARY ones. */
void pace_add(struct pace *pace, double taken, double ordinary);

/* How many seconds an ordinary one of SKILL takes here: as it was seen; as far as it was not, what the other skills make likely, and a
 * little of the ordinary machine. In logarithms, as twice as fast is as far from ordinary as twice as slow. */
double pace_slowness(const struct pace paces[SKILLS], enum skill skill);

#endif
