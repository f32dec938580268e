/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A regular file that stands for a tape, in the form of SIMH's magnetic tape images: before and behind each record its length in four bytes, the
 * lowest first, with a byte that makes it even; a length of zero is a file mark, one of all ones the end. A record with the highest bit of its
 * length set is one that the drive cannot read. The tape is full when its filesystem is; it is ejected until another file has its name.
 */
#include "drive.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/byte_order.h"
#include "../core/file.h"

#define END_OF_MEDIUM 0xffffffffu
#define BAD 0x80000000u
#define LENGTH_MAX 0x00ffffffu

static int image_open(struct drive *drive)
{
	drive->fd = open(drive->path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	drive->writable = drive->fd >= 0;
	if (drive->fd < 0 && (errno == EROFS || errno == EACCES))
		drive->fd = open(drive->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	/* Between two tapes there is none. */
	return drive->fd >= 0 || errno == ENOENT ? 0 : -errno;
}

static bool is_in(struct drive *drive)
{
	struct stat st;

	return drive->fd >= 0 && fstat(drive->fd, &st) == 0 && !(st.st_dev == drive->ejected[0] && st.st_ino == drive->ejected[1]);
}

/* The length before the next record, which is then behind: 1; 0 at the end of the file; -errno. */
static int get_length(struct drive *drive, uint32_t *ret)
{
	unsigned char bytes[4];
	ssize_t n = read_full(drive->fd, bytes, sizeof(bytes));

	if (n != (ssize_t)sizeof(bytes))
		return n < 0 ? (int)n : 0;
	*ret = le32(bytes);
	if (*ret == END_OF_MEDIUM)
		return lseek(drive->fd, -(off_t)sizeof(bytes), SEEK_CUR) < 0 ? -errno : 0;
	return (*ret & ~(BAD | LENGTH_MAX)) ? -EIO : 1;
}

static int pass(struct drive *drive, off_t bytes)
{
	return lseek(drive->fd, bytes, SEEK_CUR) < 0 ? -errno : 0;
}

static ssize_t image_read(struct drive *drive, void *buffer, size_t length)
{
	uint32_t stored = 0;
	size_t size;
	ssize_t n;
	int r = is_in(drive) ? get_length(drive, &stored) : -ENOMEDIUM;

	if (r <= 0 || !stored)
		return r < 0 ? r : 0;
	size = stored & LENGTH_MAX;
	if ((stored & BAD) || size > length) {
		r = pass(drive, (off_t)(size + (size & 1) + 4));
		return r < 0 ? r : stored & BAD ? -EIO : -ENOMEM;
	}
	n = read_full(drive->fd, buffer, size);
	if (n < (ssize_t)size)
		return n < 0 ? n : -EIO;
	r = pass(drive, (off_t)(size & 1) + 4);
	return r < 0 ? r : n;
}

/* What a tape has behind a place that is written to is gone. */
static int put(struct drive *drive, const void *data, size_t size)
{
	unsigned char length[4];
	off_t at = lseek(drive->fd, 0, SEEK_CUR);
	int r = at < 0 || ftruncate(drive->fd, at) < 0 ? -errno : 0;

	put_le32(length, (uint32_t)size);
	if (r == 0)
		r = write_all(drive->fd, length, sizeof(length));
	if (r == 0 && size)
		r = write_all(drive->fd, data, size);
	if (r == 0 && (size & 1))
		r = write_all(drive->fd, "", 1);
	if (r == 0 && size)
		r = write_all(drive->fd, length, sizeof(length));
	if (r == 0)
		return 0;
	/* Whole or not at all. */
	if (ftruncate(drive->fd, at) < 0 || lseek(drive->fd, at, SEEK_SET) < 0)
		return -EIO;
	return r == -EFBIG || r == -EDQUOT ? -ENOSPC : r;
}

static ssize_t image_write(struct drive *drive, const void *data, size_t length)
{
	int r;

	if (!is_in(drive))
		return -ENOMEDIUM;
	if (!drive->writable)
		return -EROFS;
	r = length && length <= LENGTH_MAX ? put(drive, data, length) : -EINVAL;
	return r < 0 ? r : (ssize_t)length;
}

static int skip(struct drive *drive, bool files, int count)
{
	while (count > 0) {
		uint32_t stored;
		int r = get_length(drive, &stored);

		if (r <= 0)
			return r < 0 ? r : -EIO;
		/* A file mark ends a skipping of records. */
		if (!stored && !files)
			return -EIO;
		count -= !stored || !files;
		r = stored ? pass(drive, (off_t)((stored & LENGTH_MAX) + (stored & 1) + 4)) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_marks(struct drive *drive, int count)
{
	int r = drive->writable ? 0 : -EROFS;

	while (r == 0 && count-- > 0)
		r = put(drive, NULL, 0);
	return r == 0 && fsync(drive->fd) < 0 ? -errno : r;
}

static int eject(struct drive *drive)
{
	struct stat st;

	if (fstat(drive->fd, &st) < 0)
		return -errno;
	drive->ejected[0] = st.st_dev;
	drive->ejected[1] = st.st_ino;
	return 0;
}

static int image_move(struct drive *drive, short operation, int count)
{
	if (!is_in(drive))
		return -ENOMEDIUM;
	switch (operation) {
	case MTREW:
		return lseek(drive->fd, 0, SEEK_SET) < 0 ? -errno : 0;
	case MTFSF:
		return skip(drive, true, count);
	case MTFSR:
		return skip(drive, false, count);
	case MTWEOF:
		return write_marks(drive, count);
	case MTOFFL:
		return eject(drive);
	case MTSETBLK:
		return 0;
	default:
		return -EINVAL;
	}
}

static int image_state(struct drive *drive, struct mtget *ret)
{
	*ret = (struct mtget){ .mt_fileno = -1, .mt_blkno = -1 };
	if (!is_in(drive)) {
		ret->mt_gstat = (long)GMT_DR_OPEN(~0L);
		return 0;
	}
	ret->mt_gstat = (long)(GMT_ONLINE(~0L) | (drive->writable ? 0 : GMT_WR_PROT(~0L)) | (lseek(drive->fd, 0, SEEK_CUR) == 0 ? GMT_BOT(~0L) : 0));
	return 0;
}

static void image_close(struct drive *drive)
{
	if (drive->fd >= 0)
		close(drive->fd);
}

const struct drive_ops drive_image = {
	.open = image_open,
	.move = image_move,
	.state = image_state,
	.read = image_read,
	.write = image_write,
	.close = image_close,
};
