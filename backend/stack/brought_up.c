/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "brought_up.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/file.h"

#define DIRECTORY "/run/lifeboat/up"
#define STOP_S 10
#define POLL_S 0.2
#define NOTE_LIMIT 65536

static const struct up_kind *const kinds[] = { &up_array, &up_container, &up_group };

/* ---- notes ---- */

/* The file of NAME: "raid.md127". */
static char *note_path(const struct context *ctx, const struct up_kind *kind, const char *name)
{
	return text_format("%s" DIRECTORY "/%s.%s", ctx->prefix, kind->name, name);
}

/* When it was brought up, in microseconds since the start of the machine, and a line for each device below. 0 or -errno. */
static int write_note(int note, char *const *below)
{
	AUTO_BUFFER struct buffer text = { 0 };
	AUTO_FREE char *when = text_format("%" PRIu64 "\n", (uint64_t)(clock_now() * 1e6));
	int r = when ? buffer_append(&text, when, strlen(when)) : -ENOMEM;

	for (char *const *device = below; r == 0 && device && *device; device++)
		if (buffer_append(&text, *device, strlen(*device)) < 0 || buffer_append(&text, "\n", 1) < 0)
			r = -ENOMEM;
	if (r == 0 && ftruncate(note, 0) < 0)
		r = -errno;
	return r ? r : write_all(note, text.data, text.length);
}

int up_note(struct context *ctx, const struct up_kind *kind, const char *name, char *const *below)
{
	AUTO_FREE char *directory = context_path(ctx, DIRECTORY), *path = note_path(ctx, kind, name);
	AUTO_CLOSE int fd = -1;
	int r = directory && path ? make_directories(directory, 0700) : -ENOMEM;

	if (r == 0) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		r = fd < 0 ? -errno : flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
	}
	if (r == -EWOULDBLOCK)
		return context_fail(ctx, EBUSY, "The %s %s is in use by another restore", sentence_words(kind->words), name);
	if (r == 0)
		r = write_note(fd, below);
	return r < 0 ? context_fail(ctx, -r, "The %s %s could not be noted in %s: %s", sentence_words(kind->words), name, DIRECTORY, strerror(-r))
		     : TAKE_FD(fd);
}

/* When what NOTE tells of was brought up, and on what. 0 or -errno; -EINVAL: it does not tell. */
static int read_note(int note, uint64_t *ret_when, char ***ret_below)
{
	AUTO_FREE char *text = NULL;
	AUTO_STRV char **below = NULL;
	char *save = NULL, *line;
	int r = lseek(note, 0, SEEK_SET) < 0 ? -errno : file_read_fd(note, NOTE_LIMIT, &text, NULL);

	if (r < 0)
		return r;
	line = strtok_r(text, "\n", &save);
	if (!line || !parse_decimal(line, ret_when))
		return -EINVAL;
	while (r == 0 && (line = strtok_r(NULL, "\n", &save)))
		r = strv_append(&below, line);
	if (r == 0)
		*ret_below = TAKE_POINTER(below);
	return r;
}

/* ---- taking down ---- */

/* Stops NAME, waiting for who only looks at it. 0 or -errno with a sentence. */
static int stop_patiently(struct context *ctx, const struct up_kind *kind, const char *name)
{
	double deadline = clock_now() + STOP_S;

	for (;;) {
		struct error_scope scope = context_scope_begin(ctx);
		int r = kind->stop(ctx, name);

		if (r == 0 || clock_now() > deadline)
			return context_scope_keep(&scope, r);
		context_scope_end(&scope);
		clock_pause(POLL_S);
	}
}

int up_take_down(struct context *ctx, const struct up_kind *kind, const char *name, int note)
{
	AUTO_FREE char *path = note_path(ctx, kind, name);
	AUTO_STRV char **below = NULL;
	uint64_t when;
	int r = note < 0 ? 0 : read_note(note, &when, &below);

	if (r < 0)
		r = context_fail(ctx, -r, "What is known of the %s %s in %s cannot be read: %s", sentence_words(kind->words), name, DIRECTORY,
				 strerror(-r));
	else if (kind->is_ours(ctx, name, below))
		r = stop_patiently(ctx, kind, name);
	if (r == 0 && note >= 0 && path)
		unlink(path);
	if (note >= 0)
		close(note);
	return r;
}

/* ---- what engines that died had up ---- */

struct left {
	const struct up_kind *kind;
	char *name, **below;     /* owned */
	uint64_t when;
	int note;                /* locked */
};

static void left_done(struct left *left)
{
	if (left->note >= 0)
		close(left->note);
	free(left->name);
	strv_free(left->below);
}

/* What the file FILE notes, unless a process that lives has it up. false: nothing. */
static bool take_left(const struct context *ctx, const char *file, struct left *ret)
{
	const char *point = strchr(file, '.');
	AUTO_FREE char *path = text_format("%s" DIRECTORY "/%s", ctx->prefix, file);

	*ret = (struct left){ .note = -1 };
	for (size_t i = 0; point && i < ARRAY_LENGTH(kinds); i++)
		if (strlen(kinds[i]->name) == (size_t)(point - file) && !strncmp(file, kinds[i]->name, (size_t)(point - file)))
			ret->kind = kinds[i];
	ret->name = ret->kind ? strdup(point + 1) : NULL;
	ret->note = path && ret->name ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
	return ret->note >= 0 && flock(ret->note, LOCK_EX | LOCK_NB) == 0 && read_note(ret->note, &ret->when, &ret->below) == 0;
}

static void stop_one(struct context *ctx, struct left *left)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	const char *words = sentence_words(left->kind->words);
	bool is_up = left->kind->is_ours(ctx, left->name, left->below);
	int r = up_take_down(ctx, left->kind, left->name, TAKE_FD(left->note));

	if (r < 0)
		context_warn(ctx, "The %s %s, which an interrupted restore left, could not be stopped: %s", words, left->name, context_detail(ctx));
	else if (is_up)
		context_info(ctx, "stopped the %s %s, which the interrupted restore had left", words, left->name);
}

static int compare_newest_first(const void *a, const void *b)
{
	const struct left *one = a, *two = b;

	return (one->when < two->when) - (one->when > two->when);
}

void up_stop_left(struct context *ctx)
{
	AUTO_FREE char *path = context_path(ctx, DIRECTORY);
	AUTO_CLOSEDIR DIR *directory = path ? opendir(path) : NULL;
	struct left *all = NULL;
	size_t count = 0;
	struct dirent *entry;

	while (directory && directory_next(directory, &entry) > 0) {
		struct left left, *more;

		if (!take_left(ctx, entry->d_name, &left) || !(more = reallocarray(all, count + 1, sizeof(*all)))) {
			left_done(&left);
			continue;
		}
		all = more;
		all[count++] = left;
	}
	if (count)
		qsort(all, count, sizeof(*all), compare_newest_first);
	for (size_t i = 0; i < count; i++) {
		stop_one(ctx, &all[i]);
		left_done(&all[i]);
	}
	free(all);
}
