/* How far a restore came that may be interrupted: which segments are on the disks, what making it bootable changed. It is a file at the
 * top of the new root filesystem, so that the next run on these disks resumes. It counts only together with the notes (unfinished.h): they say that the disks are those of this run.
 */
#ifndef LIFEBOAT_RESUME_JOURNAL_H
#define LIFEBOAT_RESUME_JOURNAL_H

#include <stdbool.h>
#include <time.h>

#include "../core/digest.h"

struct session;
struct journal;

/* What a restore is at that has its filesystems. */
enum restore_stage { STAGE_EXTRACT, STAGE_BOOT, STAGE_VERIFY, STAGE_FINISH };

/* "extract", "boot", "verify", "finish": the names of their phases. */
const char *stage_name(enum restore_stage stage);
/* False, with *RET as it was, for other names and NULL. */
bool stage_parse(const char *name, enum restore_stage *ret);

/* What a restore must have in common with the interrupted one, as one digest: the set with all its segments, the disks, and
 * everything that the plan makes on them. 0 or -ENOMEM. */
int journal_proof(const struct session *session, char ret[DIGEST_HEX]);
/* Starts to keep the journal while files are extracted. NULL, said at most in the log, where an interrupted restore cannot be resumed. */
struct journal *journal_start(struct session *session);
/* A segment was added to session->segments; any thread. NULL is ignored. */
void journal_segment(struct journal *journal);
/* Ends that and releases it; what is written stays. NULL is ignored. */
void journal_stop(struct journal *journal);
/* Notes that STAGE begins, with all that was found out before, once everything is on the disks. 0; -errno when no journal is kept here, or it
 * cannot be written. */
int journal_mark(struct session *session, enum restore_stage stage);
/* Takes from the journal of the mounted disks what session->resumed needs: finished segments, what came of extracting and of making the
 * system bootable. 0; -errno with a sentence when there is none, or it is in doubt. */
int journal_read(struct session *session);
/* Whether PATH, below the open directory of the new root at *DATA's root_fd, is gone or was changed since the boot phase that was interrupted
 * began. DATA is a struct journal_changes. */
struct journal_changes {
	int root_fd;
	time_t begun;
};
bool journal_was_changed(void *data, const char *path);
/* Removes it from below the open directory TOP of the new root. 0 or -errno. */
int journal_remove(int top);
/* Mount points below which nothing is there any more when the restore is resumed, in a new list in *RET. 0 or -ENOMEM. */
int journal_emptied(const struct session *session, char ***ret);

#endif
