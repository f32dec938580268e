/* What the parts of one capture share. Only for capture/. */
#ifndef LIFEBOAT_CAPTURE_PARTS_H
#define LIFEBOAT_CAPTURE_PARTS_H

#include "../set/content.h"
#include "../set/index.h"
#include "../set/manifest.h"
#include "capture.h"
#include "metadata.h"
#include "mounts.h"

struct link_table;
struct pool;

struct capture {
	struct context *ctx;
	const struct capture_options *options;
	char *root;              /* real path of what is captured */
	int root_fd, output_fd, segments_fd;
	bool output_made;        /* the output directory did not exist before */
	struct stat output;      /* of the output directory, which is not captured */
	uint64_t segment_bytes;
	int level;
	unsigned workers;
	struct mounts *mounts;
	struct unmounted *unmounted;
	struct link_table *links;
	struct pool *pool;
	struct buffer directory_rows, file_rows; /* compressed rows of the index: of directories, of all else */
	struct index_writer *directory_index, *file_index;

	pthread_mutex_t lock;    /* guards what follows */
	struct manifest *manifest; /* segments in order; capacity: next power of two */
	size_t segment_capacity;
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

/* What stays beside the set's files, said in the log and kept in the manifest. Thread-safe. REASON is text, PATH bytes. */
int capture_exclude(struct capture *capture, const char *path, const char *reason);
/* A part of the machine that is not in the set and will not come back with it: counted, said as a warning, kept as a line of
 * manifest->lost. WHAT names it: a path below the root as in capture_exclude(), or a device and what it holds ("/dev/sda3, ext4
 * "data", 20 GiB"). REASON says why, and what to do. Thread-safe. 0 or -ENOMEM. */
int capture_lose(struct capture *capture, const char *what, const char *reason);
/* A file that is not in the set, or not as it was: counted, logged. Thread-safe. */
int capture_unreadable(struct capture *capture, const char *path, int error);
/* The same for a file that is saved, but not with all its extended attributes. */
int capture_attributes_lost(struct capture *capture, const char *path, int error);
void capture_changed(struct capture *capture, const char *path, const char *what);
/* The sentence for an error while the set is written. */
int capture_write_failed(struct capture *capture, int r);

/* Paths of the set, below the root or in a filesystem that the root does not show: as open_quietly(), open_below_strict() and
 * fstatat(2), symbolic links not followed. */
int open_seen(const struct capture *capture, const char *path, int flags);
int open_strict(const struct capture *capture, const char *path, int flags);
int stat_seen(const struct capture *capture, const char *path, struct stat *st);

/* links.c: names of inodes with several. */
struct link_table *link_table_new(void);
void link_table_free(struct link_table *table);
/* The group of the inode, made when it is new; *RET_FIRST tells. NULL when out of memory. */
struct link_group *link_table_find(struct link_table *table, const struct stat *st, const char *path, bool *ret_first);
/* Remembers a further name; takes ENTRY's contents. 0 or -ENOMEM. */
int link_table_add(struct link_table *table, struct link_group *group, struct pax_entry *entry);
/* After all files: names whose first one could not be saved become first themselves, then the rest is written as links. */
int links_write(struct capture *capture);

/* walk.c: walks the tree, writes the segment of directories and feeds the pool. */
int walk_tree(struct capture *capture);

/* large.c: files that take more than one segment. */
struct large;
/* Splits the open file (taken) into jobs of one piece each and pushes them. ITEM is taken. */
int large_push(struct capture *capture, struct item *item, int fd, const struct stat *st, struct pax_extent *extents,
	       size_t count);
struct segment_writer;
/* Writes one piece; BUFFER is the worker's. */
int large_pack(struct capture *capture, struct segment_writer *writer, const struct item *item, struct buffer *buffer);
void large_unref(struct large *large);

/* machine.c: what the manifest says of the machine. 0 or -ENOMEM. */
int machine_describe(struct capture *capture, struct machine_info *machine);

#endif
