/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tape drive: records, file marks, and what the drive says of its state, in words. The kernel's driver moves it, or a regular file stands for the
 * tape; which of them, nobody above sees. One thread at a time.
 */
#ifndef LIFEBOAT_TAPE_DRIVE_H
#define LIFEBOAT_TAPE_DRIVE_H

#include <linux/mtio.h>

#include "../core/context.h"

struct changer;
struct drive;

/* What moves a drive. All but CLOSE give -errno. Operations and state are those of mtio.h (Linux, Documentation/scsi/st.rst). */
struct drive_ops {
	/* Opens what drive->path names, as it is now, for writing where that is possible: drive->fd, drive->writable. Does not wait for a tape. */
	int (*open)(struct drive *drive);
	int (*move)(struct drive *drive, short operation, int count);
	int (*state)(struct drive *drive, struct mtget *ret);
	/* One record: its bytes; 0 at a file mark, which is then behind, and at the end of what was written; -ENOMEM when it is longer, and
	 * then it is behind, too. */
	ssize_t (*read)(struct drive *drive, void *buffer, size_t length);
	/* One record. -ENOSPC: the tape is full, and the record not on it. */
	ssize_t (*write)(struct drive *drive, const void *data, size_t length);
	void (*close)(struct drive *drive);
};

struct drive {
	const struct drive_ops *ops;
	char *path;
	int fd; /* -1: closed */
	bool writable; /* FD can be written to */
	uint64_t ejected[2]; /* image: device and inode of the file that was ejected; 0 */
	double pause; /* seconds between two looks at a drive that is waited for */
	struct changer *changer; /* that puts tapes into it; NULL: none, or not looked for yet */
	bool changer_known;
	int density, compression; /* to write with: code, 0 or 1; -1: as the drive has it */
};

extern const struct drive_ops drive_kernel, drive_image;

enum drive_condition {
	DRIVE_READY,
	DRIVE_EMPTY, /* no tape */
	DRIVE_LOADING, /* there may be a tape, which cannot be used (yet) */
	DRIVE_BUSY, /* another program has it */
};

struct drive_state {
	enum drive_condition condition;
	bool protected; /* the tape cannot be written to */
	bool cleaning; /* the drive wants to be cleaned */
	bool at_begin, at_mark, at_data_end, at_tape_end;
	uint32_t block; /* fixed length of records; 0: variable */
	unsigned density; /* code of the drive (SCSI) */
	long file, record; /* position; -1: the drive does not tell */
};

/* The drive PATH, a device that does not rewind by itself or a regular file; it may be empty. Behind it may stand "?" and, with "&" between them,
 * "changer=DEVICE", the autoloader that belongs to it ("none": there is none; else it is looked for), and what tapes are written with,
 * "density=CODE" and "compression=on" or "off". OPS: NULL: as PATH is. 0 or -errno with a sentence. */
MUST_CHECK int drive_open(struct context *ctx, const struct drive_ops *ops, const char *path, struct drive **ret);
/* Others may open it; drive_look(), and what calls it, opens it again. The tape stays where it is. */
void drive_let_go(struct drive *drive);
/* NULL is ignored. The tape stays where it is. */
void drive_close(struct drive *drive);
static inline void cleanup_drive(struct drive **drive)
{
	drive_close(*drive);
}
#define AUTO_DRIVE CLEANUP(cleanup_drive)
/* The drive that a person names, with "tape:" before it or without. Borrowed. */
const char *drive_path_of(const char *name);

/* Looks at it afresh. 0 or -errno with a sentence. */
MUST_CHECK int drive_look(struct context *ctx, struct drive *drive, struct drive_state *ret);
/* The same, when a tape is needed: waits while one is being loaded. -ENOMEDIUM, -EBUSY, and for WRITE -EROFS, with a sentence. */
MUST_CHECK int drive_need_tape(struct context *ctx, struct drive *drive, bool write);
/* Waits until a tape is in, however long it takes. 0; -ECANCELED; -errno with a sentence. */
MUST_CHECK int drive_wait_for_tape(struct context *ctx, struct drive *drive);

/* 0 or -errno with a sentence. */
MUST_CHECK int drive_rewind(struct context *ctx, struct drive *drive);
MUST_CHECK int drive_eject(struct context *ctx, struct drive *drive);
/* Puts another tape in by the autoloader, after drive_eject(): one that it did not put in since the search FIRST began. 1: it may still be
 * loading; 0: a person is needed; -errno with a sentence. */
MUST_CHECK int drive_change(struct context *ctx, struct drive *drive, bool first);
MUST_CHECK int drive_skip_files(struct context *ctx, struct drive *drive, unsigned count);
MUST_CHECK int drive_skip_records(struct context *ctx, struct drive *drive, unsigned count);
/* They are on the tape when it is back. -ENOSPC without a sentence. */
MUST_CHECK int drive_write_marks(struct context *ctx, struct drive *drive, unsigned count);
/* Records may have any length, or, where the drive cannot do that, one by which BLOCK can be divided. -EINVAL with a sentence. */
MUST_CHECK int drive_set_block(struct context *ctx, struct drive *drive, uint32_t block);
/* At the beginning of a tape: it is written with the density and the compression that were asked for, if any were. -errno with a sentence. */
MUST_CHECK int drive_set_density(struct context *ctx, struct drive *drive);

/* As drive_ops say. -ENOMEM and -ENOSPC without a sentence, else with one. */
MUST_CHECK ssize_t drive_read(struct context *ctx, struct drive *drive, void *buffer, size_t length);
MUST_CHECK int drive_write(struct context *ctx, struct drive *drive, const void *data, size_t length);

#endif
