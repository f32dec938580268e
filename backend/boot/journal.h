/* Which segments are on the disks of a restore that may be cut off: a file at the top of the new root filesystem, so that the next run
 * on these disks goes on. It counts only together with the notes (unfinished.h): they say that the disks are those of this run.
 */
#ifndef LIFEBOAT_BOOT_JOURNAL_H
#define LIFEBOAT_BOOT_JOURNAL_H

#include "../core/digest.h"

struct session;
struct journal;

/* What a restore must have in common with the one that was cut off, as one digest: the set with all its segments, the disks, and
 * everything that the plan makes on them. 0 or -ENOMEM. */
int journal_proof(const struct session *session, char ret[DIGEST_HEX]);
/* Starts to keep the journal while files are extracted. NULL, said at most in the log, where a restore that is cut off cannot go on. */
struct journal *journal_start(struct session *session);
/* A segment was added to session->segments; any thread. NULL is passed over. */
void journal_segment(struct journal *journal);
/* Ends that and releases it; what is written stays. NULL is passed over. */
void journal_stop(struct journal *journal);
/* Takes the segments into session->segments that the journal of the mounted disks names. 0; -errno with a sentence when there is none, or
 * it is in doubt. */
int journal_read(struct session *session);
/* Removes it from below the open directory TOP of the new root. 0 or -errno. */
int journal_remove(int top);
/* Mount points below which nothing is there any more when the restore goes on, in a new list in *RET. 0 or -ENOMEM. */
int journal_emptied(const struct session *session, char ***ret);

#endif
