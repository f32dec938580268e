/* SPDX-License-Identifier: GPL-3.0-or-later */
/* etc/fstab of the restored system: every entry checked against the restored layout, corrected where it names what only
 * the old machine had, with comments and layout kept; fstab(5) is the format's source. Mount points that are missing
 * are made.
 */
#ifndef LIFEBOAT_FINISH_FSTAB_H
#define LIFEBOAT_FINISH_FSTAB_H

#include "../core/macro.h"
#include "job.h"

#define FSTAB_PATH "etc/fstab"

struct fstab_entry {
	/* Decoded (\040 and the like); type "auto", options "defaults" when left out. */
	char *spec, *file, *type, *options;
};

struct fstab {
	struct fstab_entry *entries;
	size_t count;
};

/* The entries of TEXT, in order; comments and lines with fewer than two fields are skipped. 0 or -ENOMEM. */
MUST_CHECK int fstab_parse(const char *text, struct fstab *ret);
void fstab_done(struct fstab *fstab);
#define AUTO_FSTAB CLEANUP(fstab_done)

/* What is to be said of the entries: sentences. */
struct fstab_notes {
	char **told;             /* of what the system starts without */
	char **breaks;           /* of what it does not start without */
};
void fstab_notes_done(struct fstab_notes *notes);

/* The corrected text in OUT: entries that fit stay byte for byte. An entry whose device is not part of the restored
 * system (not restored, not made) gets the option nofail, so that the system starts without it, and a comment above it that says why;
 * but for the root and the like. Numbers of btrfs subvolumes are corrected. Files that entries name are looked for in the tree
 * ROOT_FD; -1: they are not. OPENED (NULL-ended, or NULL): devices that are there once crypttab is carried out. Number of entries changed, or
 * -ENOMEM. */
MUST_CHECK int fstab_correct(const struct plan *plan, int root_fd, char *const *opened, const char *text, struct buffer *out,
			     struct fstab_notes *notes);

/* The whole step on the job's tree. */
MUST_CHECK int fstab_finish(struct context *ctx, struct finish_job *job);

#endif
