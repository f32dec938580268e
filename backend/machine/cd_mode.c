/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cd_mode.h"

#include <errno.h>
#include <fcntl.h>
#include <scsi/sg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../core/clock.h"
#include "../core/ops.h"
#include "../devices/sysfs.h"

/* SPC-3: INQUIRY, MODE SENSE(6), MODE SELECT(6). */
#define TYPE_MASK 0x1fu
#define TYPE_CD 5
#define SIGNATURE "$DR-10"
#define SIGNATURE_AT 43u
#define INQUIRY_MAX 256u
#define MODE_SENSE 0x1a
#define NO_BLOCK_DESCRIPTORS 0x08
#define MODE_SELECT 0x15
#define PAGE_FORMAT 0x10
#define HEADER 4u
#define PAGE_MASK 0x3f
#define PAGE_MAX 32u
#define PLAYS_CD 0x01u           /* in byte 2 of the page */

static const uint8_t pages[] = { 0x3e, 0x3c };

/* ---- the wire ---- */

static int send_command(int fd, const uint8_t *command, size_t length, void *data, size_t data_length, bool out)
{
	unsigned char sense[32] = { 0 };
	uint8_t copy[16];
	struct sg_io_hdr io = {
		.interface_id = 'S',
		.dxfer_direction = out ? SG_DXFER_TO_DEV : SG_DXFER_FROM_DEV,
		.cmd_len = (unsigned char)length,
		.mx_sb_len = sizeof(sense),
		.dxfer_len = (unsigned)data_length,
		.dxferp = data,
		.cmdp = copy,
		.sbp = sense,
		.timeout = 60000,
	};

	memcpy(copy, command, length);
	if (ioctl(fd, SG_IO, &io) < 0)
		return -errno;
	return io.status || io.host_status || io.driver_status ? -EREMOTEIO : 0;
}

static const struct cd_mode_wire kernel_wire = { .command = send_command, .wait_s = 90, .pause_s = 2 };

/* ---- one drive ---- */

/* 1: it played a CD-ROM drive by this page, and no longer does; 0: this page says nothing of it; -errno. */
static int leave_by(int fd, const struct cd_mode_wire *wire, uint8_t page)
{
	uint8_t data[HEADER + PAGE_MAX] = { 0 };
	const uint8_t sense[] = { MODE_SENSE, NO_BLOCK_DESCRIPTORS, page, 0, sizeof(data), 0 };
	uint8_t select[] = { MODE_SELECT, PAGE_FORMAT, 0, 0, 0, 0 }, *found = data + HEADER;
	size_t length;
	int r = wire->command(fd, sense, sizeof(sense), data, sizeof(data), false);

	if (r < 0)
		return r == -EREMOTEIO ? 0 : r;
	/* Descriptors may come though none are wanted. */
	if (data[3] > PAGE_MAX - 3)
		return 0;
	found += data[3];
	length = found[1] + 2u;
	if ((found[0] & PAGE_MASK) != page || length < 4 || found + length > data + sizeof(data) || !(found[2] & PLAYS_CD))
		return 0;
	memmove(data + HEADER, found, length);
	memset(data, 0, HEADER);
	data[HEADER] = page;
	data[HEADER + 2] &= (uint8_t)~PLAYS_CD;
	select[4] = (uint8_t)(HEADER + length);
	r = wire->command(fd, select, sizeof(select), data, HEADER + length, true);
	return r < 0 ? r : 1;
}

struct leaving {
	const struct cd_mode_wire *wire;
	const char *path;
};

/* 1, 0 or -errno. */
static int leave_drive(struct context *ctx, void *data)
{
	const struct leaving *leaving = data;
	AUTO_CLOSE int fd = open(leaving->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0;

	(void)ctx;
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(pages); i++)
		r = leave_by(fd, leaving->wire, pages[i]);
	return r;
}

/* "3:0:1:0" of the device whose directory in /sys is DIRECTORY; NULL. */
static const char *address_of(const char *directory)
{
	const char *slash = directory ? strrchr(directory, '/') : NULL;

	return slash ? slash + 1 : NULL;
}

static bool is_tape(const struct context *ctx, const char *address)
{
	AUTO_FREE char *path = text_format("/sys/class/scsi_device/%s/device/scsi_tape", address);
	AUTO_STRV char **names = NULL;

	return path && sysfs_list(ctx, path, &names) == 0 && names;
}

/* The kernel keeps a device as what it was when it was found: it has to find it afresh, once it answers again. 0; -ECANCELED; -ENOMEM; -ETIMEDOUT. */
static int find_again(struct context *ctx, const struct cd_mode_wire *wire, const char *address)
{
	AUTO_FREE char *device = text_format("/sys/class/scsi_device/%s/device/delete", address), *remove = device ? context_path(ctx, device) : NULL;
	AUTO_FREE char *host = text_format("/sys/class/scsi_host/host%.*s/scan", (int)strcspn(address, ":"), address);
	AUTO_FREE char *scan = host ? context_path(ctx, host) : NULL;
	AUTO_FREE char *where = strdup(strchr(address, ':') ? strchr(address, ':') + 1 : "");
	double end = clock_now() + wire->wait_s;

	if (!remove || !scan || !where)
		return -ENOMEM;
	for (char *p = where; *p; p++)
		*p = *p == ':' ? ' ' : *p;
	for (;;) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
		int r = context_check_cancel(ctx);

		/* One that was found too early is a CD-ROM drive once more. */
		if (r == 0 && ops_of(ctx)->write_text(ctx, remove, "1") < 0)
			context_debug(ctx, "%s", context_detail(ctx));
		context_clear(ctx);
		if (r == 0 && ops_of(ctx)->write_text(ctx, scan, where) < 0)
			context_debug(ctx, "%s", context_detail(ctx));
		context_clear(ctx);
		if (r < 0 || is_tape(ctx, address))
			return r;
		if (clock_now() >= end)
			return -ETIMEDOUT;
		clock_pause(wire->pause_s);
	}
}

/* 0, also where it is no such drive; -ECANCELED; -ENOMEM. */
static int look_at(struct context *ctx, const struct cd_mode_wire *wire, const char *name)
{
	AUTO_FREE char *block = block_directory(ctx, name), *link = block ? text_format("%s/device", block) : NULL;
	AUTO_FREE char *directory = link ? sysfs_resolve(ctx, link) : NULL, *inquiry = NULL;
	AUTO_FREE char *node = text_format("/dev/%s", name), *path = node ? context_path(ctx, node) : NULL;
	struct leaving leaving = { .wire = wire, .path = path };
	const char *address = address_of(directory);
	size_t length = 0;
	int r;

	if (!path)
		return -ENOMEM;
	if (!address || sysfs_bytes(ctx, directory, "inquiry", INQUIRY_MAX, &inquiry, &length) < 0 || !inquiry ||
	    length < SIGNATURE_AT + strlen(SIGNATURE) || ((unsigned char)inquiry[0] & TYPE_MASK) != TYPE_CD ||
	    memcmp(inquiry + SIGNATURE_AT, SIGNATURE, strlen(SIGNATURE)) != 0)
		return 0;
	r = ops_of(ctx)->change(ctx, "make a tape drive of the CD-ROM drive that it plays", leave_drive, &leaving);
	if (r < 0) {
		context_warn(ctx, "%s is a tape drive that plays a CD-ROM drive, and does not let itself be changed (%s): switch it off and on, and look again",
			     node, r == -EREMOTEIO ? sentence_words(N_("it refuses")) : strerror(-r));
		return 0;
	}
	if (r == 0)
		return 0;
	context_info(ctx, "%s is the tape drive that this machine was started from: it is a tape drive again, and is waited for", node);
	r = find_again(ctx, wire, address);
	if (r == -ETIMEDOUT)
		context_warn(ctx, "The tape drive that played the CD-ROM drive %s did not come back: switch it off and on, and look again", node);
	return r == -ETIMEDOUT ? 0 : r;
}

int cd_mode_leave(struct context *ctx, const struct cd_mode_wire *wire)
{
	AUTO_STRV char **names = NULL;
	int r = sysfs_list(ctx, "/sys/block", &names);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (char **name = names; r == 0 && name && *name; name++)
		if (!strncmp(*name, "sr", 2))
			r = look_at(ctx, wire ? wire : &kernel_wire, *name);
	return r;
}
