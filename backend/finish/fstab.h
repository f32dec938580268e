/* etc/fstab of the restored system: every entry checked against the restored layout, corrected where it names what only
 * the old machine had, with comments and layout kept; fstab(5) is the format's source. Mount points that are missing
 * are made.
 */
#ifndef LIFEBOAT_FINISH_FSTAB_H
#define LIFEBOAT_FINISH_FSTAB_H

#include "job.h"

struct fstab_entry {
	/* Decoded (\040 and the like); type "auto", options "defaults" when left out. */
	char *spec, *file, *type, *options;
};

struct fstab {
	struct fstab_entry *entries;
	size_t count;
};

/* The entries of TEXT, in order; comments and lines with fewer than two fields are passed over. 0 or -ENOMEM. */
int fstab_parse(const char *text, struct fstab *ret);
void fstab_done(struct fstab *fstab);
#define AUTO_FSTAB CLEANUP(fstab_done)

/* The corrected text in OUT: entries that fit stay byte for byte. An entry whose device is not part of the restored
 * system gets the option nofail, so that the system starts without it, and a sentence in *NOTES. Number of entries
 * changed, or -ENOMEM. */
int fstab_correct(const struct plan *plan, const char *text, struct buffer *out, char ***notes);

/* The whole step on the job's tree. */
int fstab_finish(struct context *ctx, struct finish_job *job);

#endif
