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
#include "../devices/sysfs.h"

#define DIRECTORY "/run/lifeboat/arrays"
#define STOP_S 10
#define POLL_S 0.2
#define NOTE_LIMIT 65536

static const char *name_of(const char *device)
{
	return device + strlen("/dev/");
}

bool raid_is_free(const struct context *ctx, const char *device)
{
	AUTO_FREE char *path = text_format("%s/sys/block/%s", ctx->prefix, name_of(device));
	AUTO_FREE char *attribute = text_format("/sys/block/%s/md/array_state", name_of(device));
	AUTO_FREE char *state = attribute ? file_attribute(ctx, attribute) : NULL;

	/* The kernel removes one that was stopped a moment later. */
	return path && (access(path, F_OK) < 0 || (state && !strcmp(state, "clear")));
}

static bool lies_on(const struct context *ctx, const char *device, char *const *members)
{
	AUTO_STRV char **slaves = NULL;

	if (block_slaves(ctx, name_of(device), &slaves) < 0 || !slaves)
		return false;
	for (char **slave = slaves; *slave; slave++)
		if (!strv_contains(members, *slave))
			return false;
	return *slaves;
}

int raid_stop(struct context *ctx, const char *device, char *const *members)
{
	double deadline = clock_now() + STOP_S;
	struct run run = { .argv = (const char *const[]){ "mdadm", "--stop", device, NULL }, .releases = true };
	int r;

	if (!lies_on(ctx, device, members))
		return 0;
	/* Whoever looks at it keeps it for a moment. */
	for (;;) {
		struct error_scope scope = context_scope_begin(ctx);

		r = run_program(ctx, &run, NULL);
		if (r == 0 || clock_now() > deadline) {
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

/* A line each. 0 or -errno. */
static int write_members(int note, char *const *members)
{
	AUTO_BUFFER struct buffer text = { 0 };

	for (char *const *member = members; member && *member; member++)
		if (buffer_append(&text, *member, strlen(*member)) < 0 || buffer_append(&text, "\n", 1) < 0)
			return -ENOMEM;
	return ftruncate(note, 0) < 0 ? -errno : write_all(note, text.data, text.length);
}

int raid_note(struct context *ctx, const char *device, char *const *members)
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
	if (r == 0)
		r = write_members(fd, members);
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

/* The members that NOTE names. NULL-ended; NULL: none. */
static char **noted_members(int note)
{
	AUTO_FREE char *text = NULL;
	char **members = NULL, *save = NULL;

	if (file_read_fd(note, NOTE_LIMIT, &text, NULL) < 0)
		return NULL;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strv_append(&members, line) < 0)
			return strv_free(members);
	return members;
}

/* The array called NAME, unless a process that lives has it up. */
static void stop_one(struct context *ctx, const char *name)
{
	AUTO_FREE char *device = text_format("/dev/%s", name), *path = text_format(DIRECTORY "/%s", name);
	int note = path ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
	AUTO_STRV char **members = NULL;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (!device || note < 0)
		return;
	if (flock(note, LOCK_EX | LOCK_NB) < 0) {
		close(note);
		return;
	}
	members = noted_members(note);
	if (!lies_on(ctx, device, members)) {
		raid_note_done(device, note);
		return;
	}
	if (raid_stop(ctx, device, members) < 0) {
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
