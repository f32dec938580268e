/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "burn.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/file.h"
#include "../core/run.h"

#define FILE_DRIVE "stdio:"
#define SECTOR 2048u
#define SLICE ((uint64_t)512 << 20)  /* bytes that are read back at a time */
#define PIECE (1u << 20)
#define LOOK_S 3.0

bool burn_is_drive(const char *output)
{
	struct stat st;

	return !strncmp(output, FILE_DRIVE, strlen(FILE_DRIVE)) || (stat(output, &st) == 0 && S_ISBLK(st.st_mode));
}

/* What xorriso says of the disc. */
struct toc {
	bool blank, absent, told;
};

static void on_toc(void *data, const char *line)
{
	struct toc *toc = data;

	if (!strncmp(line, "Media current:", strlen("Media current:")) && strstr(line, "is not present"))
		toc->absent = true;
	if (strncmp(line, "Media status :", strlen("Media status :")) != 0)
		return;
	toc->told = true;
	toc->blank = strstr(line, "is blank");
	toc->absent |= strstr(line, "is not present") != NULL;
}

int burn_check(struct context *ctx, const char *drive, bool overwrite)
{
	const char *const argv[] = { "xorriso", "-outdev", drive, "-toc", NULL };
	struct toc toc = { 0 };
	struct error_scope scope = context_scope_begin(ctx);
	int r = run_program(ctx, &(struct run){ .argv = argv, .deadline_s = 300, .line = on_toc, .line_data = &toc }, NULL);

	if (r == -ECANCELED || r == -ENOMEM || r == -ENOENT)
		return context_scope_keep(&scope, r);
	if (r < 0)
		context_debug(ctx, "%s", context_detail(ctx));
	context_scope_end(&scope);
	if (r < 0 || (!toc.told && !toc.absent))
		return context_fail(ctx, ENODEV, "%s is no drive that burns discs. A stick is made by 'lifeboat media usb'", drive);
	if (toc.absent)
		return context_fail(ctx, ENOMEDIUM, "No disc is in %s: insert a blank one", drive);
	if (!toc.blank && !overwrite)
		return context_fail(ctx, EEXIST, "The disc in %s is not blank: insert a blank one, or name --overwrite to lose what is on it", drive);
	return 0;
}

int burn_next(struct context *ctx, const char *drive, const char *name)
{
	const char *const argv[] = { "xorriso", "-outdev", drive, "-eject", "all", NULL };
	struct error_scope scope = context_scope_begin(ctx);
	double next = 0;
	int r;

	if (run_program(ctx, &(struct run){ .argv = argv, .deadline_s = 120 }, NULL) < 0)
		context_debug(ctx, "%s", context_detail(ctx));
	context_scope_end(&scope);
	context_warn(ctx, "Take the disc out of %s, and insert a blank one for %s", drive, name);
	while ((r = context_check_cancel(ctx)) == 0) {
		if (clock_now() < next) {
			clock_pause(0.2);
			continue;
		}
		/* One with data may be the one that was just burned. */
		r = burn_check(ctx, drive, false);
		if (r != -ENOMEDIUM && r != -EEXIST)
			return r;
		context_clear(ctx);
		next = clock_now() + LOOK_S;
	}
	return r;
}

/* Bytes from FROM on of the two files, as many as LENGTH. */
static int compare(struct context *ctx, const char *drive, const char *image, const char *back, uint64_t from, uint64_t length)
{
	AUTO_CLOSE int one = open(image, O_RDONLY | O_CLOEXEC), other = open(back, O_RDONLY | O_CLOEXEC);
	AUTO_FREE char *a = malloc(PIECE), *b = malloc(PIECE);

	if (!a || !b)
		return context_oom(ctx);
	if (one < 0 || other < 0)
		return context_fail(ctx, errno, "What was burned cannot be compared with %s: %s", image, strerror(errno));
	for (uint64_t done = 0; done < length; done += PIECE) {
		size_t wanted = length - done < PIECE ? (size_t)(length - done) : PIECE;
		ssize_t n = read_full_at(one, a, wanted, (off_t)(from + done)), m = read_full_at(other, b, wanted, (off_t)(from + done));

		if (n != (ssize_t)wanted)
			return context_fail(ctx, n < 0 ? (int)-n : EIO, "%s cannot be read back", image);
		if (m != (ssize_t)wanted || memcmp(a, b, wanted) != 0)
			return context_fail(ctx, EIO, "The disc in %s is not what was burned (within the MiB from byte %llu on): throw it away, and take another one",
					    drive, (unsigned long long)(from + done));
		if (context_check_cancel(ctx) < 0)
			return context_cancelled(ctx);
	}
	return 0;
}

/* xorriso puts what it reads to its place in the file, so only that is kept at a time. */
static int read_back(struct context *ctx, const char *drive, const char *image, const char *work, uint64_t size)
{
	AUTO_FREE char *path = text_format("%s/read-back", work), *to = path ? text_format("data_to=%s", path) : NULL;
	int r = to ? 0 : context_oom(ctx);

	for (uint64_t from = 0; r == 0 && from < size; from += SLICE) {
		uint64_t length = size - from < SLICE ? size - from : SLICE;
		AUTO_FREE char *first = text_format("min_lba=%" PRIu64, from / SECTOR), *last = text_format("max_lba=%" PRIu64, (from + length - 1) / SECTOR);
		const char *const argv[] = { "xorriso", "-indev", drive, "-check_media", "use=indev", "what=disc", first, last, to, "--", NULL };

		if (!first || !last)
			return context_oom(ctx);
		r = run_program(ctx, &(struct run){ .argv = argv, .deadline_s = 86400 }, NULL);
		if (r == 0)
			r = compare(ctx, drive, image, path, from, length);
		unlink(path);
	}
	return r;
}

int burn_image(struct context *ctx, const char *drive, bool overwrite, const char *image, const char *work)
{
	AUTO_FREE char *device = text_format("dev=%s", drive);
	const char *const argv[] = { "xorriso", "-as", "cdrecord", "-v", device, image, overwrite ? "blank=as_needed" : NULL, NULL };
	struct stat st;
	int r;

	if (!device)
		return context_oom(ctx);
	if (stat(image, &st) < 0)
		return context_fail(ctx, errno, "%s cannot be read: %s", image, strerror(errno));
	context_info(ctx, "burning the disc in %s", drive);
	r = run_program(ctx, &(struct run){ .argv = argv, .deadline_s = 86400 }, NULL);
	if (r == 0)
		context_info(ctx, "reading back the disc in %s", drive);
	return r == 0 ? read_back(ctx, drive, image, work, (uint64_t)st.st_size) : r;
}
