/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume.h"

#include <errno.h>
#include <string.h>

#include "../core/progress.h"
#include "obdr.h"

/* ---- which one is in ---- */

static bool is_zero(const char *record, size_t length)
{
	return !record[0] && !memcmp(record, record + 1, length - 1);
}

#define MARKS_MAX 4u /* behind a label zone, where the label of a set is looked for: Mondo Rescue and ReaR write one or two */

/* The first record behind so many MARKS, by a request of its own length: drives and emulations are at their best with that. */
static ssize_t read_first(struct context *ctx, struct drive *drive, unsigned marks, char **ret)
{
	for (size_t size = TAPE_BLOCK; size <= TAPE_BLOCK_MAX; size *= 2) {
		AUTO_FREE char *record = malloc(size);
		ssize_t n = record ? drive_rewind(ctx, drive) : context_oom(ctx);

		if (n == 0 && marks)
			n = drive_skip_files(ctx, drive, marks);
		if (n == 0)
			n = drive_read(ctx, drive, record, size);
		if (n == -ENOMEM && record)
			continue;
		*ret = TAKE_POINTER(record);
		return n;
	}
	return -EMSGSIZE;
}

/* The label of a set behind what a machine starts from, found by what it is: how many marks are before it depends on who wrote the tape. */
static bool find_label_behind(struct context *ctx, struct drive *drive, struct tape_label *ret)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	for (unsigned marks = 1; marks <= MARKS_MAX; marks++) {
		AUTO_FREE char *record = NULL;
		ssize_t n = read_first(ctx, drive, marks, &record);

		if (n < 0 && n != -EMSGSIZE)
			return false;
		if (n > 0 && tape_label_parse(record, (size_t)n, ret))
			return ret->number > 0;
	}
	return false;
}

int volume_identify(struct context *ctx, struct drive *drive, enum tape_content *ret, struct tape_label *ret_label)
{
	AUTO_FREE char *record = NULL;
	ssize_t n = read_first(ctx, drive, 0, &record);

	if (n == -EMSGSIZE) {
		*ret = TAPE_FOREIGN;
		return 0;
	}
	if (n < 0)
		return (int)n;
	/* Behind a mark at the beginning something may follow; at the end of all data nothing does. */
	if (n == 0) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		n = drive_read(ctx, drive, record, TAPE_BLOCK);
		*ret = n == 0 || n == -EIO ? TAPE_BLANK : TAPE_FOREIGN;
		return 0;
	}
	/* No label is that short. */
	if (n == OBDR_LABEL_BLOCK) {
		*ret = find_label_behind(ctx, drive, ret_label) ? TAPE_OF_SET : TAPE_FOREIGN;
		return 0;
	}
	*ret = tape_label_parse(record, (size_t)n, ret_label) ? ret_label->number ? TAPE_OF_SET : TAPE_NAMED :
	       is_zero(record, (size_t)n)                     ? TAPE_BLANK :
								TAPE_FOREIGN;
	return 0;
}

/* ---- writing ---- */

/* Where the drive stands. */
static int put_label(struct context *ctx, struct drive *drive, const struct tape_label *label)
{
	AUTO_FREE void *record = tape_label_print(label);
	int r = record ? 0 : context_oom(ctx);

	if (r == 0)
		r = drive_set_block(ctx, drive, label->block);
	if (r == 0)
		r = drive_set_density(ctx, drive);
	if (r == 0)
		r = drive_write(ctx, drive, record, label->block);
	if (r == 0)
		r = drive_write_marks(ctx, drive, 1);
	return r == -ENOSPC ? context_fail(ctx, EIO, "the tape in %s has no room for its label: take another tape", drive->path) : r;
}

int volume_write_label(struct context *ctx, struct drive *drive, const struct tape_label *label)
{
	int r = drive_rewind(ctx, drive);

	return r == 0 ? put_label(ctx, drive, label) : r;
}

int volume_need_empty(struct context *ctx, struct drive *drive, struct tape_label *label)
{
	struct tape_label found = { 0 };
	enum tape_content content;
	int r = drive_need_tape(ctx, drive, true);

	if (r == 0)
		r = volume_identify(ctx, drive, &content, &found);
	if (r < 0)
		return r;
	memcpy(label->name, found.name, sizeof(label->name));
	if (content == TAPE_BLANK || content == TAPE_NAMED)
		return 0;
	if (content == TAPE_FOREIGN)
		return context_fail(ctx, EEXIST,
				    "the tape in %s is not empty: it holds something that Lifeboat did not write. Take an empty tape, or make this one empty: "
				    "lifeboat tape label %s --name NAME --overwrite",
				    drive->path, drive->path);
	if (!strcmp(found.series, label->series))
		return context_fail(ctx, EEXIST, "the tape in %s is number %u of this very recovery set, just written: take another one", drive->path,
				    found.number);
	return context_fail(ctx, EEXIST,
			    "the tape in %s is not empty: it is number %u of a recovery set that was written at %s. Take an empty tape, or make this "
			    "one empty: lifeboat tape label %s --name NAME --overwrite",
			    drive->path, found.number, found.created, drive->path);
}

int volume_begin_first(struct context *ctx, struct drive *drive, const int *image, struct tape_label *label)
{
	int r = volume_need_empty(ctx, drive, label);

	if (r == 0)
		r = image ? obdr_write(ctx, drive, *image) : drive_rewind(ctx, drive);
	return r == 0 ? put_label(ctx, drive, label) : r;
}

/* ---- one tape to the next ---- */

/* What is said to who puts tapes in: in the log, and where it is shown what is being done. SENTENCE is taken. */
static int ask(struct context *ctx, char *sentence)
{
	if (!sentence)
		return context_oom(ctx);
	/* It waits for a person, so it is told as loudly as it can be. */
	context_warn(ctx, "%s", sentence);
	progress_task(ctx, sentence);
	free(sentence);
	return 0;
}

/* Neither people nor a changer count as work. */
static int wait_for_tape(struct context *ctx, struct drive *drive)
{
	int r;

	progress_pause(ctx);
	r = drive_wait_for_tape(ctx, drive);
	progress_resume(ctx);
	return r;
}

/* What made a tape the wrong one is told, and the tape ejected: to whoever put it in. 0, or -errno with a sentence. */
static int refuse(struct context *ctx, struct drive *drive, struct error_scope *scope)
{
	if (drive->changer)
		context_info(ctx, "%s", context_detail(ctx));
	else
		context_warn(ctx, "%s", context_detail(ctx));
	context_scope_end(scope);
	return drive_eject(ctx, drive);
}

static int get_empty(struct context *ctx, struct drive *drive, uint32_t number, bool first)
{
	int r = drive_change(ctx, drive, first);

	if (r != 0)
		return r < 0 ? r : 0;
	return ask(ctx, sentence("Tape %u is full and was ejected from %s. Put in an empty tape, which becomes tape %u", number - 1, drive->path, number));
}

int volume_begin_next(struct context *ctx, struct drive *drive, struct tape_label *label)
{
	int r = drive_eject(ctx, drive);

	if (r == 0)
		r = get_empty(ctx, drive, label->number, true);
	while (r == 0) {
		struct error_scope scope;

		r = wait_for_tape(ctx, drive);
		if (r < 0)
			break;
		scope = context_scope_begin(ctx);
		r = volume_need_empty(ctx, drive, label);
		if (r == 0) {
			context_scope_end(&scope);
			progress_task(ctx, "");
			return volume_write_label(ctx, drive, label);
		}
		if (r == -EEXIST || r == -EROFS || r == -EIO) {
			r = refuse(ctx, drive, &scope);
			if (r == 0)
				r = get_empty(ctx, drive, label->number, false);
		} else {
			r = r == -ENOMEDIUM ? 0 : context_scope_keep(&scope, r);
		}
		context_scope_end(&scope);
	}
	return r;
}

int volume_end(struct context *ctx, struct drive *drive, const struct tape_end *end, uint32_t block)
{
	AUTO_FREE void *record = tape_end_print(end, block);
	int r = record ? drive_write_marks(ctx, drive, 1) : context_oom(ctx);

	if (r == 0)
		r = drive_write(ctx, drive, record, block);
	if (r == 0)
		r = drive_write_marks(ctx, drive, 2);
	/* No room: the next tape's label tells where this one ends. But who finds no end asks for a next tape. */
	if (r == -ENOSPC && end->last)
		context_info(ctx, "Tape %u has no room for the record that ends it. It is the last one of the set: write that on it", end->number);
	return r == -ENOSPC ? 0 : r;
}

/* ---- reading ---- */

/* 0; -EMEDIUMTYPE with a sentence: another tape is in; -errno. */
static int take_tape(struct context *ctx, struct drive *drive, const char *series, uint32_t number, struct tape_label *ret)
{
	enum tape_content content;
	int r = drive_need_tape(ctx, drive, false);

	if (r == 0)
		r = volume_identify(ctx, drive, &content, ret);
	if (r < 0)
		return r;
	if (content == TAPE_BLANK || content == TAPE_NAMED)
		return context_fail(ctx, EMEDIUMTYPE, "the tape in %s is empty: there is no recovery set on it", drive->path);
	if (content == TAPE_FOREIGN)
		return context_fail(ctx, EMEDIUMTYPE, "there is no recovery set on the tape in %s: Lifeboat did not write it", drive->path);
	if (series && strcmp(ret->series, series))
		return context_fail(ctx, EMEDIUMTYPE, "the tape in %s belongs to another recovery set: it is number %u of one that was written at %s",
				    drive->path, ret->number, ret->created);
	if (ret->number != number)
		return context_fail(ctx, EMEDIUMTYPE, "the tape in %s is number %u of the recovery set, and number %u is needed", drive->path,
				    ret->number, number);
	return drive_skip_files(ctx, drive, 1);
}

static char *wanted_text(const struct drive *drive, const struct tape_wanted *wanted)
{
	if (wanted->name && *wanted->name)
		return sentence("Put tape %u of the recovery set of %s, '%s', into the drive %s: Lifeboat continues when it is in", wanted->number,
				wanted->created, wanted->name, drive->path);
	return sentence("Put tape %u of the recovery set of %s into the drive %s: Lifeboat continues when it is in", wanted->number, wanted->created,
			drive->path);
}

static int get_wanted(struct context *ctx, struct drive *drive, const struct tape_wanted *wanted, bool first)
{
	int r = drive_change(ctx, drive, first);

	return r < 0 ? r : r > 0 ? 0 : ask(ctx, wanted_text(drive, wanted));
}

/* The tape that is in, if one still is. */
static int put_out(struct context *ctx, struct drive *drive)
{
	struct drive_state state;
	int r = drive_look(ctx, drive, &state);

	return r == 0 && state.condition == DRIVE_READY ? drive_eject(ctx, drive) : r;
}

int volume_find(struct context *ctx, struct drive *drive, const struct tape_wanted *wanted, bool eject, struct tape_label *ret)
{
	int r = eject ? put_out(ctx, drive) : 0;
	bool first = !eject;

	if (eject && r == 0)
		r = get_wanted(ctx, drive, wanted, true);
	while (r == 0) {
		struct error_scope scope;

		r = wait_for_tape(ctx, drive);
		if (r < 0)
			break;
		scope = context_scope_begin(ctx);
		r = take_tape(ctx, drive, wanted->series, wanted->number, ret);
		if (r == 0) {
			context_scope_end(&scope);
			progress_task(ctx, "");
			return 0;
		}
		if (r == -EMEDIUMTYPE || r == -EIO) {
			r = refuse(ctx, drive, &scope);
			if (r == 0)
				r = get_wanted(ctx, drive, wanted, first);
			first = false;
		} else {
			r = r == -ENOMEDIUM ? 0 : context_scope_keep(&scope, r);
		}
		context_scope_end(&scope);
	}
	return r;
}

int volume_find_first(struct context *ctx, struct drive *drive, bool asks, struct tape_label *ret)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct tape_label found;
	struct tape_wanted wanted = { .series = found.series, .created = found.created, .number = 1 };
	int r;

	*ret = (struct tape_label){ 0 };
	r = take_tape(ctx, drive, NULL, 1, ret);
	/* What holds no tape of a set is no matter of changing tapes: the wrong drive or cartridge was named. */
	if (r != -EMEDIUMTYPE || ret->number < 2 || !asks)
		return context_scope_keep(&scope, r);
	context_warn(ctx, "%s", context_detail(ctx));
	context_scope_end(&scope);
	found = *ret;
	return volume_find(ctx, drive, &wanted, true, ret);
}
