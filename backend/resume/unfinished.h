/* A restore that is interrupted, by a power failure say, leaves disks that are no longer blank. A note at the top of each new
 * filesystem says until the restore ends that nothing but this restore ever was there, and how far it came, so that the next one
 * may resume it, or begin again unattended.
 */
#ifndef LIFEBOAT_RESUME_UNFINISHED_H
#define LIFEBOAT_RESUME_UNFINISHED_H

#include "../layout/layout.h"
#include "journal.h"

struct session;

/* Writes the notes, through to the disks: STAGE has begun. 0 or -errno. */
int unfinished_mark(struct session *s, enum restore_stage stage);
/* Puts right what an interrupted unfinished_mark() may have left: times of the directories that hold the notes. 0 or -errno. */
int unfinished_take_up(struct session *s);
/* Takes them away, with the journal. 0 or -errno with a sentence. */
int unfinished_clear(struct session *s);
/* Whether such a note is at the top of what is mounted at ROOT. */
bool unfinished_is_noted(const char *root);
/* Marks the disks of PRESENT that hold nothing but an unfinished restore of the session's set (disk_info.unfinished):
 * table and all contents are those that the set has for one disk, none is beside them, and a note says so of this very disk; there
 * is boot code only when the note says that it came so far. The ids of those that came so far are in session->late. */
void unfinished_find(struct session *s, struct layout *present);
/* Whether every disk that the session's plan erases holds an unfinished restore that one and the same earlier run of this plan made:
 * then session->run is its name, and session->resumed the stage it had reached on all of them. */
bool unfinished_can_resume(struct session *s);

#endif
