/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raid_left.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/file.h"
#include "../core/ops.h"

#define DIRECTORY "/run/lifeboat/arrays"
#define STOP_S 10
#define POLL_S 0.2

bool raid_is_free(const struct context *ctx, const char *device)
{
	AUTO_FREE char *path = text_format("%s/sys/block/%s", ctx->prefix, device + strlen("/dev/"));

	return path && access(path, F_OK) < 0;
}

int raid_stop(struct context *ctx, const char *device)
{
	double deadline = clock_now() + STOP_S;
	struct run run = { .argv = (const char *const[]){ "mdadm", "--stop", device, NULL } };
	int r;

	/* Whoever looks at it keeps it for a moment. */
	for (;;) {
		struct error_scope scope = context_scope_begin(ctx);

		r = run_program(ctx, &run, NULL);
		if (r == 0 || r == -ECANCELED || clock_now() > deadline) {
			r = context_scope_keep(&scope, r);
			break;
		}
		context_scope_end(&scope);
		clock_pause(POLL_S);
	}
	/* Without udev mdadm leaves a node that leads nowhere. */
	if (r == 0 && raid_is_free(ctx, device) && !*ctx->prefix)
		(void)unlink(device);
	return r;
}

/* ---- notes ---- */

static char *note_path(const char *device)
{
	return text_format(DIRECTORY "/%s", strrchr(device, '/') + 1);
}

int raid_note(struct context *ctx, const char *device)
{
	AUTO_FREE char *path = note_path(device);
	AUTO_CLOSE int fd = -1;
	int r = path ? make_directories(DIRECTORY, 0700) : -ENOMEM;

	if (r == 0) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		r = fd < 0 ? -errno : flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
	}
	if (r == -EWOULDBLOCK)
		return context_fail(ctx, EBUSY, "%s is in use by another restore", device);
	return r < 0 ? context_fail(ctx, -r, "The array %s could not be noted in %s: %s", device, DIRECTORY, strerror(-r)) : TAKE_FD(fd);
}

void raid_note_done(const char *device, int note)
{
	AUTO_FREE char *path = note_path(device);

	if (note < 0)
		return;
	if (path)
		unlink(path);
	close(note);
}

/* The array called NAME, unless a process that lives has it up. */
static void stop_one(struct context *ctx, const char *name)
{
	AUTO_FREE char *device = text_format("/dev/%s", name), *path = text_format(DIRECTORY "/%s", name);
	int note = path ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (!device || note < 0)
		return;
	if (flock(note, LOCK_EX | LOCK_NB) < 0) {
		close(note);
		return;
	}
	if (!raid_is_free(ctx, device) && raid_stop(ctx, device) < 0) {
		context_warn(ctx, "The array %s, which an interrupted restore left, could not be stopped: %s", device, context_detail(ctx));
		close(note);
		return;
	}
	context_info(ctx, "stopped %s, which the interrupted restore had left", device);
	raid_note_done(device, note);
}

void raid_stop_left(struct context *ctx)
{
	AUTO_CLOSEDIR DIR *directory = opendir(DIRECTORY);
	struct dirent *entry;

	while (directory && directory_next(directory, &entry) > 0)
		stop_one(ctx, entry->d_name);
}
