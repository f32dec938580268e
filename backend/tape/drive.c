/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drive.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../core/clock.h"
#include "changer.h"
#include "drive_options.h"
#include "drive_words.h"

#define TAPE_MAJOR 9 /* st: Linux, Documentation/admin-guide/devices.txt */
#define NO_REWIND 128u /* in the minor number */
#define LOADING_S 300.0 /* an autoloader takes minutes */
#define PAUSE_S 1.0
#define SPACE_MAX 0x7fffffu /* records of one SPACE command: 24 bits with a sign */

static int choose_ops(struct context *ctx, const char *path, const struct drive_ops **ret)
{
	struct stat st;

	if (stat(path, &st) < 0 && errno == ENOENT)
		return context_fail(ctx, ENOENT, "there is no tape drive %s: check the name; 'lifeboat tape status' lists the drives", path);
	if (stat(path, &st) < 0)
		return context_fail(ctx, errno, "the tape drive %s cannot be opened: %s", path, strerror(errno));
	if (S_ISREG(st.st_mode)) {
		*ret = &drive_image;
		return 0;
	}
	if (!S_ISCHR(st.st_mode) || major(st.st_rdev) != TAPE_MAJOR)
		return context_fail(ctx, EINVAL, "%s is no tape drive: name a device such as /dev/nst0", path);
	if (!(minor(st.st_rdev) & NO_REWIND))
		return context_fail(ctx, EINVAL,
				    "%s rewinds the tape each time it is closed: name the drive by its device that does not, such as "
				    "/dev/nst0", path);
	*ret = &drive_kernel;
	return 0;
}

static int open_drive(struct context *ctx, const struct drive_ops *ops, struct drive *drive)
{
	int r = drive_options_take(ctx, drive);

	if (r == 0 && !ops)
		r = choose_ops(ctx, drive->path, &ops);
	if (r < 0)
		return r;
	drive->ops = ops;
	drive->pause = PAUSE_S;
	r = ops->open(drive);
	return r < 0 ? drive_fail(ctx, drive, DRIVE_ACT_OPEN, -r) : 0;
}

int drive_open(struct context *ctx, const struct drive_ops *ops, const char *path, struct drive **ret)
{
	struct drive *drive = calloc(1, sizeof(*drive));
	int r;

	if (!drive || !(drive->path = strdup(path))) {
		free(drive);
		return context_oom(ctx);
	}
	drive->fd = -1;
	r = open_drive(ctx, ops, drive);
	if (r < 0)
		drive_close(drive);
	else
		*ret = drive;
	return r;
}

static void shut(struct drive *drive)
{
	if (drive->fd >= 0)
		drive->ops->close(drive);
	drive->fd = -1;
}

void drive_let_go(struct drive *drive)
{
	shut(drive);
}

const char *drive_path_of(const char *name)
{
	return strncmp(name, "tape:", strlen("tape:")) ? name : name + strlen("tape:");
}

void drive_close(struct drive *drive)
{
	if (!drive)
		return;
	shut(drive);
	changer_free(drive->changer);
	free(drive->path);
	free(drive);
}

static void read_state(const struct mtget *get, const struct drive *drive, struct drive_state *ret)
{
	unsigned long flags = (unsigned long)get->mt_gstat;

	*ret = (struct drive_state){
		.condition = GMT_ONLINE(flags)  ? DRIVE_READY :
			     GMT_DR_OPEN(flags) ? DRIVE_EMPTY :
						  DRIVE_LOADING,
		.protected = GMT_WR_PROT(flags) || !drive->writable,
		.cleaning = GMT_CLN(flags),
		.at_begin = GMT_BOT(flags),
		.at_mark = GMT_EOF(flags),
		.at_data_end = GMT_EOD(flags),
		.at_tape_end = GMT_EOT(flags),
		.block = (uint32_t)((unsigned long)get->mt_dsreg & MT_ST_BLKSIZE_MASK) >> MT_ST_BLKSIZE_SHIFT,
		.density = (unsigned)(((unsigned long)get->mt_dsreg & MT_ST_DENSITY_MASK) >> MT_ST_DENSITY_SHIFT),
		.file = get->mt_fileno,
		.record = get->mt_blkno,
	};
}

/* The driver learns of a tape that was put in when it is opened. */
int drive_look(struct context *ctx, struct drive *drive, struct drive_state *ret)
{
	struct mtget get;
	int r;

	shut(drive);
	r = drive->ops->open(drive);
	if (r == 0)
		r = drive->ops->state(drive, &get);
	if (r == 0) {
		read_state(&get, drive, ret);
		return 0;
	}
	*ret = (struct drive_state){ .condition = r == -EBUSY     ? DRIVE_BUSY :
						  r == -ENOMEDIUM ? DRIVE_EMPTY :
								    DRIVE_LOADING,
				     .file = -1,
				     .record = -1 };
	/* While it loads, or after its bus was reset. */
	return r == -EBUSY || r == -ENOMEDIUM || r == -EIO || r == -EAGAIN ? 0 : drive_fail(ctx, drive, DRIVE_ACT_OPEN, -r);
}

int drive_need_tape(struct context *ctx, struct drive *drive, bool write)
{
	double end = clock_now() + LOADING_S;
	struct drive_state state;
	int r;

	while ((r = drive_look(ctx, drive, &state)) == 0 && state.condition == DRIVE_LOADING) {
		r = context_check_cancel(ctx);
		if (r < 0)
			return r;
		if (clock_now() > end)
			return context_fail(ctx, EIO,
					    "the tape drive %s did not become ready within %.0f seconds: look at its display, and eject "
					    "its tape and put it in again",
					    drive->path, LOADING_S);
		clock_pause(drive->pause);
	}
	if (r < 0)
		return r;
	if (state.condition == DRIVE_EMPTY)
		return drive_fail(ctx, drive, DRIVE_ACT_MOVE, ENOMEDIUM);
	if (state.condition == DRIVE_BUSY)
		return drive_fail(ctx, drive, DRIVE_ACT_MOVE, EBUSY);
	if (state.cleaning)
		context_warn(ctx, "The tape drive %s wants to be cleaned: put its cleaning cartridge in when this is done", drive->path);
	return write && state.protected ? drive_fail(ctx, drive, DRIVE_ACT_WRITE, EROFS) : 0;
}

int drive_wait_for_tape(struct context *ctx, struct drive *drive)
{
	double begun = clock_now();

	for (;;) {
		struct drive_state state;
		int r = context_check_cancel(ctx);

		if (r == 0)
			r = drive_look(ctx, drive, &state);
		if (r < 0 || state.condition == DRIVE_READY)
			return r;
		if (ctx->put_in_s && clock_now() - begun > ctx->put_in_s)
			return context_fail(ctx, ETIMEDOUT, "no tape was put into the drive %s within %u seconds", drive->path, ctx->put_in_s);
		clock_pause(drive->pause);
	}
}

static int move(struct context *ctx, struct drive *drive, short operation, int count)
{
	int r = drive->fd < 0 ? -ENOMEDIUM : drive->ops->move(drive, operation, count);

	return r < 0 ? drive_fail(ctx, drive, DRIVE_ACT_MOVE, -r) : 0;
}

int drive_rewind(struct context *ctx, struct drive *drive)
{
	return move(ctx, drive, MTREW, 1);
}

int drive_eject(struct context *ctx, struct drive *drive)
{
	return move(ctx, drive, MTOFFL, 1);
}

static int find_changer(struct context *ctx, struct drive *drive)
{
	AUTO_FREE char *device = NULL;
	int r = changer_find(ctx, drive->path, &device);

	drive->changer_known = true;
	if (r < 0 || !device)
		return r;
	drive->changer = changer_new(device);
	return drive->changer ? 0 : context_oom(ctx);
}

int drive_change(struct context *ctx, struct drive *drive, bool first)
{
	int r = drive->changer_known ? 0 : find_changer(ctx, drive);

	if (r < 0 || !drive->changer)
		return r;
	if (first)
		changer_begin(drive->changer);
	/* Nobody else may hold the drive while its tape is changed. */
	shut(drive);
	return changer_load_next(ctx, drive->changer);
}

int drive_skip_files(struct context *ctx, struct drive *drive, unsigned count)
{
	return move(ctx, drive, MTFSF, (int)count);
}

int drive_skip_records(struct context *ctx, struct drive *drive, unsigned count)
{
	int r = 0;

	for (unsigned n; r == 0 && count; count -= n) {
		n = count < SPACE_MAX ? count : SPACE_MAX;
		r = move(ctx, drive, MTFSR, (int)n);
	}
	return r;
}

int drive_write_marks(struct context *ctx, struct drive *drive, unsigned count)
{
	int r = drive->fd < 0 ? -ENOMEDIUM : drive->ops->move(drive, MTWEOF, (int)count);

	return r < 0 && r != -ENOSPC ? drive_fail(ctx, drive, DRIVE_ACT_WRITE, -r) : r;
}

int drive_set_block(struct context *ctx, struct drive *drive, uint32_t block)
{
	struct drive_state state;
	struct mtget get;
	int r = drive->fd < 0 ? -ENOMEDIUM : drive->ops->move(drive, MTSETBLK, 0);

	if (r == 0)
		return 0;
	if (drive->fd < 0 || drive->ops->state(drive, &get) < 0)
		return drive_fail(ctx, drive, DRIVE_ACT_MOVE, -r);
	/* Some know records of one length only. */
	read_state(&get, drive, &state);
	if (!state.block || block % state.block == 0)
		return 0;
	return context_fail(ctx, EINVAL,
			    "the tape drive %s writes records of %u bytes only, and %u is no multiple of that: name another length with --tape-block",
			    drive->path, state.block, block);
}

int drive_set_density(struct context *ctx, struct drive *drive)
{
	int r = drive->density < 0 ? 0 : drive->fd < 0 ? -ENOMEDIUM : drive->ops->move(drive, MTSETDENSITY, drive->density);

	if (r < 0)
		return context_fail(ctx, -r, "the tape drive %s does not write with the density 0x%02x: %s", drive->path, drive->density, strerror(-r));
	r = drive->compression < 0 ? 0 : drive->fd < 0 ? -ENOMEDIUM : drive->ops->move(drive, MTCOMPRESSION, drive->compression);
	if (r < 0 && drive->compression)
		return context_fail(ctx, -r, "the tape drive %s does not compress: %s", drive->path, strerror(-r));
	if (r < 0)
		return context_fail(ctx, -r, "the compression of the tape drive %s cannot be switched off: %s", drive->path, strerror(-r));
	return 0;
}

ssize_t drive_read(struct context *ctx, struct drive *drive, void *buffer, size_t length)
{
	ssize_t n = drive->fd < 0 ? -ENOMEDIUM : drive->ops->read(drive, buffer, length);

	return n < 0 && n != -ENOMEM ? drive_fail(ctx, drive, DRIVE_ACT_READ, (int)-n) : n;
}

int drive_write(struct context *ctx, struct drive *drive, const void *data, size_t length)
{
	ssize_t n = drive->fd < 0 ? -ENOMEDIUM : drive->ops->write(drive, data, length);

	if (n == -ENOSPC)
		return -ENOSPC;
	/* A part of a record is none. */
	if (n >= 0 && (size_t)n != length)
		n = -EIO;
	return n < 0 ? drive_fail(ctx, drive, DRIVE_ACT_WRITE, (int)-n) : 0;
}
