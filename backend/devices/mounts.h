/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mount table as lines of /proc/self/mountinfo below the context's prefix, each with the block device it comes from. */
#ifndef LIFEBOAT_DEVICES_MOUNTS_H
#define LIFEBOAT_DEVICES_MOUNTS_H

#include <sys/types.h>

#include "../core/bytes.h"
#include "../core/context.h"

struct mount_entry {
	uint64_t id;             /* the kernel's number of the mount */
	uint64_t parent;         /* that of the mount it stands on */
	unsigned major, minor;   /* of the filesystem; major 0: anonymous (btrfs, tmpfs, network) */
	char *root;              /* path inside the filesystem; bytes */
	char *path;              /* where it is mounted; bytes */
	char *options;           /* of the mount, without those of the superblock */
	char *superblock_options; /* those of the filesystem; "" when the line has none */
	char *kind;              /* filesystem type */
	char *source;            /* as mounted, bytes */
	char *device;            /* kernel name of the block device; NULL when it is none */
};

struct mount_table {
	struct mount_entry *entries; /* in the order of the kernel */
	size_t count;
};

/* 0 or -errno with a sentence. */
int mount_table_read(struct context *ctx, struct mount_table *ret);
/* The same of the mount namespace that process PID is in. */
int mount_table_read_of(struct context *ctx, pid_t pid, struct mount_table *ret);
void mount_table_done(struct mount_table *table);

/* Orders paths (A_LENGTH and B_LENGTH bytes of them) so that a directory comes right before what lies below it. */
int path_order(const char *a, size_t a_length, const char *b, size_t b_length);
/* True when PATH is BASE or lies below it; *RET_REST is then the rest with a leading '/', "/" for BASE itself. */
bool path_is_below(const char *path, const char *base, const char **ret_rest);

#endif
