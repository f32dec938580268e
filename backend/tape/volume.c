/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume.h"

#include <errno.h>
#include <string.h>

/* ---- which one is in ---- */

static bool is_zero(const char *record, size_t length)
{
	return !record[0] && !memcmp(record, record + 1, length - 1);
}

/* The first record, by a request of its own length: drives and emulations are at their best with that. */
static ssize_t read_first(struct context *ctx, struct drive *drive, char **ret)
{
	for (size_t size = TAPE_BLOCK; size <= TAPE_BLOCK_MAX; size *= 2) {
		AUTO_FREE char *record = malloc(size);
		ssize_t n = record ? drive_rewind(ctx, drive) : context_oom(ctx);

		if (n == 0)
			n = drive_read(ctx, drive, record, size);
		if (n == -ENOMEM && record)
			continue;
		*ret = TAKE_POINTER(record);
		return n;
	}
	return -EMSGSIZE;
}

int volume_identify(struct context *ctx, struct drive *drive, enum tape_content *ret, struct tape_label *ret_label)
{
	AUTO_FREE char *record = NULL;
	ssize_t n = read_first(ctx, drive, &record);

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
	*ret = tape_label_parse(record, (size_t)n, ret_label) ? ret_label->number ? TAPE_OF_SET : TAPE_NAMED :
	       is_zero(record, (size_t)n)                     ? TAPE_BLANK :
								TAPE_FOREIGN;
	return 0;
}

/* ---- writing ---- */

int volume_write_label(struct context *ctx, struct drive *drive, const struct tape_label *label)
{
	AUTO_FREE void *record = tape_label_print(label);
	int r = record ? drive_rewind(ctx, drive) : context_oom(ctx);

	if (r == 0)
		r = drive_set_block(ctx, drive, label->block);
	if (r == 0)
		r = drive_write(ctx, drive, record, label->block);
	if (r == 0)
		r = drive_write_marks(ctx, drive, 1);
	return r == -ENOSPC ? context_fail(ctx, EIO, "the tape in %s has no room for its label: take another tape", drive->path) : r;
}

/* Whether the tape in DRIVE may be written on, with its name in LABEL. 0; -EEXIST with a sentence; -errno. */
static int take_empty(struct context *ctx, struct drive *drive, struct tape_label *label)
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

int volume_begin_first(struct context *ctx, struct drive *drive, struct tape_label *label)
{
	int r = take_empty(ctx, drive, label);

	return r == 0 ? volume_write_label(ctx, drive, label) : r;
}

/* What made a tape the wrong one is told, and the tape ejected. 0, or -errno with a sentence. */
static int refuse(struct context *ctx, struct drive *drive, struct error_scope *scope)
{
	context_warn(ctx, "%s", context_detail(ctx));
	context_scope_end(scope);
	return drive_eject(ctx, drive);
}

int volume_begin_next(struct context *ctx, struct drive *drive, struct tape_label *label)
{
	int r = drive_eject(ctx, drive);

	/* It waits for a person, so it is told as loudly as it can be. */
	if (r == 0)
		context_warn(ctx, "Tape %u is full and was ejected from %s. Put in an empty tape, which becomes tape %u", label->number - 1,
			     drive->path, label->number);
	while (r == 0) {
		struct error_scope scope;

		r = drive_wait_for_tape(ctx, drive);
		if (r < 0)
			break;
		scope = context_scope_begin(ctx);
		r = take_empty(ctx, drive, label);
		if (r == 0) {
			context_scope_end(&scope);
			return volume_write_label(ctx, drive, label);
		}
		r = r == -EEXIST || r == -EROFS || r == -EIO ? refuse(ctx, drive, &scope) : r == -ENOMEDIUM ? 0 : context_scope_keep(&scope, r);
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

static void ask(struct context *ctx, const struct drive *drive, uint32_t number)
{
	context_warn(ctx, "Put tape %u of the recovery set into the drive %s: Lifeboat continues when it is in", number, drive->path);
}

int volume_find(struct context *ctx, struct drive *drive, const char *series, uint32_t number, bool eject, struct tape_label *ret)
{
	int r = eject ? drive_eject(ctx, drive) : 0;

	if (eject && r == 0)
		ask(ctx, drive, number);
	while (r == 0) {
		struct error_scope scope;

		r = drive_wait_for_tape(ctx, drive);
		if (r < 0)
			break;
		scope = context_scope_begin(ctx);
		r = take_tape(ctx, drive, series, number, ret);
		if (r == 0) {
			context_scope_end(&scope);
			return 0;
		}
		if (r == -EMEDIUMTYPE || r == -EIO) {
			r = refuse(ctx, drive, &scope);
			if (r == 0)
				ask(ctx, drive, number);
		} else {
			r = r == -ENOMEDIUM ? 0 : context_scope_keep(&scope, r);
		}
		context_scope_end(&scope);
	}
	return r;
}

int volume_find_first(struct context *ctx, struct drive *drive, struct tape_label *ret)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	char series[UUID_STR_LEN];
	int r;

	*ret = (struct tape_label){ 0 };
	r = take_tape(ctx, drive, NULL, 1, ret);
	/* What holds no tape of a set is no matter of changing tapes: the wrong drive or cartridge was named. */
	if (r != -EMEDIUMTYPE || ret->number < 2)
		return context_scope_keep(&scope, r);
	context_warn(ctx, "%s", context_detail(ctx));
	context_scope_end(&scope);
	memcpy(series, ret->series, sizeof(series));
	return volume_find(ctx, drive, series, 1, true, ret);
}
