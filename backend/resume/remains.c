/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "remains.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "../core/bytes.h"
#include "../core/claim.h"
#include "../core/clock.h"
#include "../core/ops.h"
#include "../core/processes.h"
#include "../machine/mount_points.h"
#include "../stack/brought_up.h"
#include "unfinished.h"

/* How long what is busy is tried again. */
#define PAUSE_MS 200
#define TRIES 50
#define OWN_DIRECTORY "/run/lifeboat/"

/* What is still mounted afterwards tells whether it went. */
static int try_unmount(struct context *ctx, const char *point, int flags)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	return ops_of(ctx)->unmount(ctx, point, flags);
}

static int try_mount_read_only(struct context *ctx, const char *point)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	return ops_of(ctx)->mount(ctx, NULL, point, NULL, MS_REMOUNT | MS_RDONLY, NULL);
}

/* The points that are left, as they are mounted now. */
static int unmount_once(struct context *ctx, const char *root, char ***ret_left)
{
	AUTO_STRV char **points = NULL;
	int r = mount_points_now(root, &points);

	*ret_left = strv_free(*ret_left);
	for (size_t i = 0; r == 0 && i < strv_length(points); i++)
		r = try_unmount(ctx, points[i], UMOUNT_NOFOLLOW) < 0 ? strv_append(ret_left, points[i]) : 0;
	return r;
}

static int unmount_patiently(struct context *ctx, const char *root, char ***ret_left)
{
	for (unsigned i = 0; i < TRIES; i++) {
		int r = unmount_once(ctx, root, ret_left);

		if (r < 0 || !*ret_left)
			return r;
		clock_pause(PAUSE_MS / 1000.0);
	}
	return 0;
}

/* Who holds it, for a sentence. New string. */
static char *holder_of(const char *root)
{
	AUTO_STRV char **holders = NULL;

	if (processes_find(root, PROCESSES_HOLDING, &holders) < 0 || !holders)
		return sentence("it is not known who uses it");
	return holders[1] ? sentence("%s and others use it", holders[0]) : sentence("%s uses it", holders[0]);
}

/* The last resort: the data goes to the disk, and the rescue system is rid of it, but the disk stays in use. */
static void detach(struct context *ctx, const char *root, char *const *points)
{
	AUTO_FREE char *holder = holder_of(root);

	for (size_t i = 0; i < strv_length(points); i++) {
		context_warn(ctx, "%s could not be unmounted, because %s: it was detached, and its disk stays in use until then", points[i],
			     holder ? holder : sentence_words(N_("it is busy")));
		(void)try_mount_read_only(ctx, points[i]);
		(void)try_unmount(ctx, points[i], MNT_DETACH | UMOUNT_NOFOLLOW);
	}
}

/* Whoever is left holds mounts, which is told then. */
static void end_processes(struct context *ctx, const char *root, bool rescue)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (processes_end(ctx, root, rescue ? PROCESSES_HOLDING : PROCESSES_INSIDE) < 0)
		context_warn(ctx, "%s", context_detail(ctx));
}

int remains_clear(struct context *ctx, const char *root, bool rescue)
{
	AUTO_FREE char *real = realpath(root, NULL), *holder = NULL;
	AUTO_STRV char **points = NULL, **left = NULL;
	int r;

	if (!real && errno != ENOENT)
		return context_fail(ctx, errno, "%s cannot be looked at: %s", root, strerror(errno));
	if (!real) {
		up_stop_left(ctx);
		return 0;
	}
	r = mount_points_now(real, &points);
	/* Before anybody is ended: a process that waits for a frozen filesystem cannot be. */
	mount_points_thaw(points);
	if (r == 0 && points)
		end_processes(ctx, real, rescue);
	if (r == 0)
		r = unmount_patiently(ctx, real, &left);
	if (r < 0)
		return context_fail(ctx, -r, "What is mounted below %s cannot be read: %s", root, strerror(-r));
	up_stop_left(ctx);
	for (size_t i = 0; i < strv_length(points); i++)
		if (!strv_contains(left, points[i]))
			context_info(ctx, "unmounted %s, which the interrupted restore had left", points[i]);
	if (!left)
		return 0;
	if (rescue) {
		detach(ctx, real, left);
		return 0;
	}
	holder = holder_of(real);
	return context_fail(ctx, EBUSY, "%s could not be unmounted, because %s. End that, unmount it, and start again", left[0],
			    holder ? holder : sentence_words(N_("it is busy")));
}

/* Seconds: the kernel closes the files of a process that was killed when that has gone. */
#define DYING_S 2.0

static int lock(struct context *ctx, const char *real)
{
	double end = clock_now() + DYING_S;
	int r;

	/* One that was just killed holds it until the kernel has closed its files. */
	while ((r = claim_take(real)) == -EADDRINUSE && clock_now() < end)
		clock_pause(0.1);
	if (r == -EADDRINUSE)
		return context_fail(ctx, EBUSY, "Another restore is at work below %s; wait for its end, or give --root another directory", real);
	return r < 0 ? context_fail(ctx, -r, "The directory %s cannot be taken: %s", real, strerror(-r)) : r;
}

void remains_unmount(struct context *ctx, const char *directory)
{
	AUTO_STRV char **points = NULL;

	if (mount_points_now(directory, &points) < 0)
		context_warn(ctx, "What is mounted below %s cannot be read", directory);
	for (size_t i = 0; i < strv_length(points); i++) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		if (ops_of(ctx)->unmount(ctx, points[i], 0) < 0)
			context_warn(ctx, "%s", context_detail(ctx));
	}
}

int remains_take_over(struct context *ctx, const char *root, int *ret_lock)
{
	AUTO_FREE char *real = realpath(root, NULL);
	AUTO_STRV char **points = NULL;
	AUTO_CLOSE int fd = lock(ctx, real ? real : root);

	int r;

	if (fd < 0)
		return fd;
	r = real ? mount_points_now(real, &points) : 0;
	if (r < 0)
		return context_fail(ctx, -r, "What is mounted below %s cannot be read: %s", root, strerror(-r));
	if (points && !unfinished_is_noted(real) && strncmp(real, OWN_DIRECTORY, strlen(OWN_DIRECTORY)))
		return context_fail(ctx, EBUSY, "Something is mounted at %s, where the new system would be: unmount it, or give --root another "
				    "directory", points[0]);
	if (points) {
		context_warn(ctx, "An earlier restore was interrupted and left %s mounted", real);
		r = remains_clear(ctx, real, false);
		if (r < 0)
			return r;
	} else {
		up_stop_left(ctx);
	}
	*ret_lock = TAKE_FD(fd);
	return 0;
}
