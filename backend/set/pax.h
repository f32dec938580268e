/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tar dialect of segments: POSIX.1-2001 pax interchange format (IEEE Std 1003.1, "pax"), as GNU tar and libarchive read it:
 * SCHILY.xattr.* and SCHILY.acl.* from star, GNU.sparse.* 1.0 from GNU tar, and LIFEBOAT.* for what no tar knows (inode flags,
 * sockets, pieces of large files). A strict, bounded reader over a memory or stream source, and the writer of the same entries.
 */
#ifndef LIFEBOAT_SET_PAX_H
#define LIFEBOAT_SET_PAX_H

#include <linux/fs.h>
#include <sys/stat.h>
#include <time.h>

#include "../core/bytes.h"
#include "../core/context.h"
#include "hints.h"

#define PAX_PATH_LIMIT (1u << 20)    /* bytes of one path or link target */
#define PAX_HEADER_LIMIT (16u << 20) /* bytes of one extended header, and of one map of a sparse file */
#define PAX_BLOCK 512
#define PAX_PIECES ".lifeboat-pieces" /* top-level directory of pieces; see docs/set-format.md, "Pieces" */

/* Inode flags (chattr) that are captured, put back and compared, as FS_IOC_GETFLAGS has them: those a person sets and that mean
 * something on a new filesystem. Left out: what filesystems set by themselves (e, I, N, V, E, and btrfs's m) and F, which only an
 * empty directory takes. */
#define FLAGS_KEPT \
	((unsigned long)(FS_SECRM_FL | FS_UNRM_FL | FS_COMPR_FL | FS_SYNC_FL | FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | \
			 FS_NOATIME_FL | FS_JOURNAL_DATA_FL | FS_NOTAIL_FL | FS_DIRSYNC_FL | FS_TOPDIR_FL | FS_NOCOW_FL | \
			 FS_DAX_FL | FS_PROJINHERIT_FL))

struct pax_extent {
	uint64_t offset, length; /* of data in the entry's own file or piece */
};

struct pax_xattr {
	char *name;
	void *value;
	size_t length;
};

struct pax_entry {
	char *path;              /* relative, no leading "./", never empty ("." is the root); bytes */
	mode_t mode;             /* type and permission bits, S_IFSOCK included; a hard link does not tell: S_IFREG */
	uid_t uid;
	gid_t gid;
	struct timespec mtime;
	uint64_t size;           /* apparent size of this entry's content (of the piece, for a piece) */
	char *link;              /* symlink target, or path of the first name for a hard link; NULL */
	bool hard_link;
	dev_t device;            /* of device nodes */
	unsigned long flags;     /* FS_IOC_GETFLAGS bits that capture keeps (FLAGS_KEPT in docs); 0 none */
	struct hints hints;      /* of files and directories */
	struct pax_xattr *xattrs; /* every namespace; ACLs are system.posix_acl_access / _default in their kernel form */
	size_t xattr_count;
	struct pax_extent *extents; /* data of a sparse file, ascending, no overlap; NULL: not sparse, all data; not NULL
	                               with a count of 0: one hole */
	size_t extent_count;
	/* Pieces: a file larger than a segment continues in further entries. */
	char *piece_of;          /* path of the whole file; NULL when this entry is no continuation */
	uint64_t piece_offset;   /* where this entry's content starts in the whole file */
	uint64_t whole_size;     /* size of the whole file, for the first piece too; 0: not split */
	bool recipe;             /* a helper for the recipe by hand: not part of the tree, skipped by Lifeboat */
};

/* Releases what the entry owns and empties it. */
void pax_entry_done(struct pax_entry *entry);
/* True for a path an entry may carry: "." or names joined by single '/', none of them empty, "." or "..". */
bool pax_path_is_safe(const char *path);
/* Can a device node have this number? mknod(2) takes 12 bits and 20. */
static inline bool pax_device_is_valid(uint64_t major_number, uint64_t minor_number)
{
	return major_number < 1u << 12 && minor_number < 1u << 20;
}
/* LIFEBOAT.flags: lower-case hex, not 0, no zero ahead, none but FLAGS_KEPT. 0 or -EBADMSG. */
int pax_flags_parse(const char *text, unsigned long *ret);
/* Data bytes that follow the header: the size, or the sum of the extents. */
uint64_t pax_entry_data(const struct pax_entry *entry);

/* Reading. The source hands out bytes: at most LENGTH, 0 at the end, -errno with a sentence. */
typedef ssize_t (*pax_source)(struct context *ctx, void *data, void *buffer, size_t length);
struct pax_reader;
/* DATA is the source's; NAME (borrowed) is what sentences call the archive. NULL when out of memory. */
struct pax_reader *pax_reader_new(pax_source source, void *data, const char *name);
void pax_reader_free(struct pax_reader *reader);
/* The next entry into *ENTRY (which is emptied first): 1 an entry, 0 the end of the archive, -EBADMSG with a sentence for
 * anything malformed: checksums, lengths, unknown types, absolute or "..", doubled keys, extents out of order; what the source
 * failed with. */
int pax_read(struct context *ctx, struct pax_reader *reader, struct pax_entry *entry);
/* The entry's data bytes in order (of a sparse entry only the extents' bytes): *RET points into the reader's buffer and stays valid
 * until the next call; bytes given, 0 at the end of the entry, -EBADMSG when the archive ends too early, or what the
 * source failed with. */
ssize_t pax_read_data(struct context *ctx, struct pax_reader *reader, const void **ret);

/* Writing. The sink takes all bytes or fails with -errno. */
typedef int (*pax_sink)(void *data, const void *bytes, size_t length);
struct pax_writer;
struct pax_writer *pax_writer_new(pax_sink sink, void *data);
void pax_writer_free(struct pax_writer *writer);
/* All of the writer: 0, what the sink answered, -ENOMEM, or -EINVAL for an entry that cannot be written (a caller's mistake). */
/* Begins an entry; then exactly the data bytes (entry size, or sum of extents) by pax_write_data(), then pax_write_end(). */
int pax_write_header(struct pax_writer *writer, const struct pax_entry *entry);
int pax_write_data(struct pax_writer *writer, const void *data, size_t length);
/* Pads; -EIO when fewer data bytes came than announced. */
int pax_write_end(struct pax_writer *writer);
/* The two zero blocks. */
int pax_write_close(struct pax_writer *writer);

#endif
