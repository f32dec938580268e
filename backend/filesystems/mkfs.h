/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Argument vectors that make a filesystem as it was captured: identity, features and geometry from the node's
 * properties. The keys are listed in layout.h; what a property does not say is left to the program.
 */
#ifndef LIFEBOAT_FILESYSTEMS_MKFS_H
#define LIFEBOAT_FILESYSTEMS_MKFS_H

#include "../layout/layout.h"

/* A node without a UUID has the one that is all zero, which libblkid calls none. */
#define MKFS_NIL_UUID "00000000-0000-0000-0000-000000000000"

struct mkfs_request {
	const struct node *node;   /* the filesystem as it will be */
	const struct node *before; /* the filesystem as captured */
	const char *device;        /* block device, or regular file for a trial */
	char *const *more;         /* of a filesystem on several: the further ones, NULL-ended; NULL: none */
	const int *inherit;        /* descriptors that they lead through (hold_path_make()), for the programs, ended by -1; NULL: none */
	uint32_t sector;           /* logical sector of the target disk, bytes */
	bool trial;                /* on a sparse file: the UUID may not have to be alone in the machine */
	bool dry;                  /* the program only shows what it would do; only of kinds that can_dry */
	const char *usage; /* what the program says of its options: one it does not know need not be switched off; or
			      NULL */
};

/* How a kind of filesystem is made. */
struct mkfs_kind {
	const char *kind;
	const char *program;
	bool shows_usage; /* run without arguments the program lists its options, which fills usage */
	bool can_dry;     /* the program has an option to check its arguments and write nothing */
	/* Bytes, estimated from above, that making the request writes: they lie in memory while it is tried. */
	uint64_t (*written)(const struct mkfs_request *request);
	/* Bytes of the filesystem that is tried instead of one that writes too much. */
	uint64_t trial_size;
	/* Properties that, when they are there, mean that it cannot be made; NULL-ended. */
	const char *const *impossible;
	/* Appends the arguments after the program's name. 0, -ENOMEM, or -EINVAL for a property that is no number. */
	int (*arguments)(const struct mkfs_request *request, char ***argv);
	/* The second program and its vector, or NULL in *ARGV when there is none to run. NULL: never any. */
	const char *tuner;
	int (*tune)(const struct mkfs_request *request, char ***argv);
	/* What no program does, on what was made; NULL: nothing. 0 or -errno with a sentence. */
	int (*finish)(struct context *ctx, const struct mkfs_request *request);
};

/* NULL when this kind cannot be made. */
const struct mkfs_kind *mkfs_kind_find(const char *kind);

/* The name people know a filesystem by. Borrowed. */
const char *mkfs_name(const struct node *node);

/* Whether Lifeboat can recreate NODE, as far as its kind, features and devices tell; why not as a new string, the end of a
 * sentence ("Lifeboat cannot recreate minix filesystems"), in *RET_WHY. */
bool mkfs_can_make(const struct node *node, char **ret_why);

#endif
