/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of one capture share. Only for capture/. */
#ifndef LIFEBOAT_CAPTURE_PARTS_H
#define LIFEBOAT_CAPTURE_PARTS_H

#include "../set/content.h"
#include "../set/index.h"
#include "../set/manifest.h"
#include "capture.h"
#include "metadata.h"
#include "../storage/volumes.h"
#include "tables.h"

struct link_table;
struct pool;
struct report;

struct capture {
	struct context *ctx;
	const struct capture_options *options;
	char *root;              /* real path of what is captured */
	int root_fd;
	struct capture_guard *guard; /* the caller's or OWN_GUARD */
	struct capture_guard *own_guard;
	int output_fd, segments_fd; /* the guard's */
	struct stat output;      /* of the output directory, which is not captured */
	uint64_t segment_bytes;
	uint64_t directories_bytes; /* of tar that a segment of directories aims at */
	uint32_t directories_reserved; /* segments with the first numbers are theirs */
	int level;
	unsigned workers;
	struct mount_tree *mount_tree; /* the one picture of what is mounted, settled before anything below the root is looked at */
	struct volumes *volumes;
	struct unmounted *unmounted;
	struct link_table *links;
	struct pool *pool;
	struct tables tables;    /* rows of the index */

	pthread_mutex_t lock;    /* guards what follows */
	struct manifest *manifest; /* segments in order; capacity: next power of two */
	size_t segment_capacity;
	struct report *reports;
	size_t report_count;
	uint64_t lines_length;   /* of the manifest's lines of what is lost and left out, as JSON */
	struct capture_result *result;
};

/* Names of one inode that has several. */
struct link_group {
	dev_t device;
	ino_t inode;
	char *first;             /* the name that carries content and metadata */
	bool saved;              /* it is in the set */
	struct link_group *next; /* in the same bucket */
};

/* Something that will be an entry. */
struct item {
	struct pax_entry entry;  /* regular files: path and what the walk saw; all else: complete */
	const struct volume *volume; /* regular files: where it is read */
	dev_t device;
	ino_t inode;
	bool swap;               /* active swap: only its first page is read */
	struct link_group *group; /* NULL when it has one name */
	struct large *large;     /* it is a piece of this; a reference */
	size_t piece;            /* which one, from 0 */
};

/* Items of one segment. */
struct job {
	uint32_t number;         /* of the segment, given when it is pushed */
	struct item *items;
	size_t count, capacity;
	uint64_t weight;         /* bytes it will take, about */
};

/* report.c. All are thread-safe and give 0 or -ENOMEM; PATH is bytes, relative to the captured directory; REASON is text.
 * What is left out by rule: said in the log and kept in the manifest. */
int capture_exclude(struct capture *capture, const char *path, const char *reason);
/* A part of the machine that is not in the set and will not come back with it: counted, said as a warning, kept as a line of
 * manifest->lost. WHAT names it: a path below the root as in capture_exclude(), or a device and what it holds ("/dev/sda3, ext4
 * "data", 20 GiB"). REASON says why, and what to do. */
int capture_lose(struct capture *capture, const char *what, const char *reason);
int capture_exclude_pattern(struct capture *capture, const char *pattern, uint64_t names);
/* A file that is not in the set, or not as it was: counted, kept in manifest->lost, said at the end. */
int capture_not_read(struct capture *capture, const char *path, const char *reason);
int capture_unreadable(struct capture *capture, const char *path, int error);
/* A file that is saved, but not as it was at any one moment, or one that vanished. */
int capture_changed(struct capture *capture, const char *path, const char *what);
/* Mode, owner, time and number of ST into ENTRY, whose path is set. */
int capture_read_stat(struct capture *capture, const struct stat *st, struct pax_entry *entry);
/* Inode flags (of descriptors) and extended attributes into ENTRY, as metadata_xattrs(). What cannot be read is reported; for a PATH also
 * -ENOENT and -EINVAL: it is not there. */
int capture_read_attributes(struct capture *capture, int fd, const char *path, struct pax_entry *entry);
/* Says what was reported, one line a reason. */
void capture_say_reports(struct capture *capture);
void capture_reports_free(struct capture *capture);

/* The sentence for an error while the set is written. */
int capture_write_failed(struct capture *capture, int r);

/* links.c: names of inodes with several. */
struct link_table *link_table_new(void);
void link_table_free(struct link_table *table);
/* The group of the inode, made when it is new; *RET_FIRST tells. NULL when out of memory. */
struct link_group *link_table_find(struct link_table *table, const struct stat *st, const char *path, bool *ret_first);
/* Remembers an additional name; takes ENTRY's contents. 0 or -ENOMEM. */
int link_table_add(struct link_table *table, struct link_group *group, const struct volume *volume, struct pax_entry *entry);
/* After all files: names whose first one could not be saved become first themselves, then the rest is written as links. */
int links_write(struct capture *capture);

/* walk.c: walks the tree, writes the segments of directories and feeds the pool. */
int walk_tree(struct capture *capture);
/* walk_directories.c: sets numbers aside for them. Before the pool is started, when the volumes are open. */
void walk_reserve(struct capture *capture);

/* large.c: files that take more than one segment. */
struct large;
/* Splits the open file (taken) into jobs of one piece each and pushes them. ITEM is taken. */
int large_push(struct capture *capture, struct item *item, int fd, const struct stat *st, struct pax_extent *extents,
	       size_t count);
struct segment_writer;
/* Writes one piece; BUFFER is the worker's. */
int large_pack(struct capture *capture, struct segment_writer *writer, const struct item *item, struct buffer *buffer);
void large_unref(struct large *large);

/* machine.c: what the manifest says of the machine. 0 or -errno with a sentence. */
int machine_describe(struct capture *capture, struct machine_info *machine);

#endif
