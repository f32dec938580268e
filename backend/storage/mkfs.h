/* Argument vectors that make a filesystem as it was captured: identity, features and geometry from the node's
 * properties. The keys are listed in layout.h; what a property does not say is left to the program.
 */
#ifndef LIFEBOAT_STORAGE_MKFS_H
#define LIFEBOAT_STORAGE_MKFS_H

#include "../layout/layout.h"

struct mkfs_request {
	const struct node *node;   /* the filesystem as it will be */
	const struct node *before; /* the filesystem as captured */
	const char *device;        /* block device, or regular file for a trial */
	uint32_t sector;           /* logical sector of the target disk, bytes */
	bool trial;                /* show whether it would work; may not need the UUID to be alone in the machine */
	const char *usage; /* what the program says of its options: one it does not know need not be switched off; or
			      NULL */
};

/* How a kind of filesystem is made. */
struct mkfs_kind {
	const char *kind;
	const char *program;
	bool shows_usage; /* run without arguments the program lists its options, which fills usage */
	/* The largest filesystem, in bytes, a trial on a sparse file is cheap for; 0: none is, UINT64_MAX: every
	 * one. */
	uint64_t trial_limit;
	/* Properties that, when they are there, mean that it cannot be made; NULL-ended. */
	const char *const *impossible;
	/* Appends the arguments after the program's name. 0, -ENOMEM, or -EINVAL for a property that is no number. */
	int (*arguments)(const struct mkfs_request *request, char ***argv);
	/* The second program's vector, or NULL in *ARGV when there is none to run. NULL: never any. */
	int (*tune)(const struct mkfs_request *request, char ***argv);
};

/* NULL when this kind cannot be made. */
const struct mkfs_kind *mkfs_kind_find(const char *kind);

#endif
