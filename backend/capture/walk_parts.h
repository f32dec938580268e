/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the walk share. Only for walk*.c. */
#ifndef LIFEBOAT_CAPTURE_WALK_PARTS_H
#define LIFEBOAT_CAPTURE_WALK_PARTS_H

#include "parts.h"

struct swap_files;
struct walk_mounts;

struct pending {
	const struct volume *volume;
	char *path;
	dev_t device;
	ino_t inode;
};

struct walker {
	struct capture *capture;
	struct segment_writer *directories;
	struct job *job;         /* being filled */
	struct pending *stack;   /* directories still to be read */
	size_t depth, capacity;
	struct swap_files *swaps;
	uint64_t *matched;       /* entries left out, by pattern */
	struct walk_mounts *mounts;
};

/* A name in the directory that is being read. */
struct visited {
	const struct volume *volume;
	int dir_fd;
	const char *name;
	const char *path;        /* relative to the captured directory */
	unsigned char type;      /* as readdir(3) tells it, DT_UNKNOWN when it does not */
};

/* walk.c. Takes PATH, also on failure. */
int walk_push_directory(struct walker *walker, const struct volume *volume, char *path, const struct stat *st);

/* walk_directories.c: the segments of directories. All: 0 or -errno. */
int walk_begin_directories(struct walker *walker);
int walk_end_directories(struct walker *walker);
/* Writes a directory's entry. FD -1: one that cannot be opened, or whose inside is not captured. */
int walk_emit_directory(struct walker *walker, const char *path, const struct stat *st, int fd);

/* walk_files.c: what is no directory. ENTRY's contents are taken on success. */
int walk_file(struct walker *walker, const struct volume *volume, struct pax_entry *entry, const struct stat *st,
	      struct link_group *group);
int walk_other(struct walker *walker, const struct visited *visited, struct pax_entry *entry, struct link_group *group);
/* Hands over the items gathered. */
int walk_push_job(struct walker *walker);

/* walk_mounts.c: what other mounts do to the walk. */
struct walk_mounts *walk_mounts_new(const struct capture *capture);
void walk_mounts_free(struct walk_mounts *mounts);
/* Deals with a name that something is mounted on before it is looked at: 1 when that was all, 0 when what lies beneath is to be visited as
 * it is, -errno. */
int walk_mount_point(struct walker *walker, const struct visited *visited);
/* After the walk: says what other mounts are left out that must not be asked, below filesystems in memory and the like. 0 or -ENOMEM. */
int walk_mounts_say(struct walker *walker);
/* True when PATH must be a directory because a volume lies below it. */
bool walk_mounts_is_way(const struct walk_mounts *mounts, const char *path);
/* The directory PATH is in the set. */
void walk_mounts_emitted(struct walk_mounts *mounts, const char *path);
/* Makes the next volume pending that no walked directory led to, with the directories above it; 1, or 0 when all were reached. */
int walk_mounts_next(struct walker *walker);

#endif
