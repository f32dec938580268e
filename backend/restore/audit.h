/* The index must list exactly the entries that the segments hold: what is in one and not in the other was not captured by any
 * honest writer. Paths are compared as sums of keyed hashes, so that nothing need be kept. Also knows which paths a hard link
 * may lead to: files of the set, not what else lies on the target.
 */
#ifndef LIFEBOAT_RESTORE_AUDIT_H
#define LIFEBOAT_RESTORE_AUDIT_H

#include "../set/index.h"
#include "pathset.h"

struct audit_sum {
	uint64_t sum, count;
};

struct audit {
	struct path_key key;
	size_t segment_count;
	struct audit_sum *unpacked; /* by place in the manifest's table; filled by one worker each */
	bool *complete;             /* the segment was unpacked to its end */
	struct audit_sum *listed;   /* what the index says */
	struct pathset files;       /* every path; of directories and further names the complement of the hash */
};

/* 0 or -ENOMEM. */
int audit_init(struct audit *audit, size_t segment_count);
void audit_done(struct audit *audit);
/* Counts one entry of a segment: the path as the index has it (of a piece, its file's). */
void audit_entry(const struct audit *audit, struct audit_sum *sum, const char *path);
/* Reads the index. 0 or -errno with a sentence. */
int audit_read_index(struct context *ctx, struct set *set, struct audit *audit);
/* Compares every complete segment: 0, or -EBADMSG naming the first that differs. */
int audit_check(struct context *ctx, const struct manifest *manifest, const struct audit *audit);
/* A hard link may lead to PATH. */
bool audit_has_file(const struct audit *audit, const char *path);

#endif
