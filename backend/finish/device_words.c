/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device_words.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "fields.h"
#include "identifiers.h"
#include "unit_names.h"

static int take_note(struct device_asked *asked, char *note)
{
	AUTO_FREE char *taken = note;

	return taken ? strv_append(asked->notes, taken) : -ENOMEM;
}

/* Says that VALUE of WORD is gone: NAME, which is all of it or the name in it. */
static int tell_gone(struct device_asked *asked, const struct device_word *word, const char *value, const char *name)
{
	AUTO_FREE char *why = NULL;

	asked->lacks |= word->gone == GONE_LACKED;
	if (word->gone == GONE_UNIT)
		return 0;
	why = identifier_absence(asked->plan, name);
	if (!why)
		return -ENOMEM;
	if (!strcasecmp(word->key, "resume"))
		return take_note(asked, sentence("/%s says %s=%s, but %s: resuming from hibernation is switched off, so that the start does not "
						 "wait for it.", asked->file, word->key, value, why));
	if (word->gone == GONE_LEFT_OUT)
		return take_note(asked, sentence("/%s said %s=%s, but %s: it does not say so any more, so that the start does not wait for it.",
						 asked->file, word->key, value, why));
	return take_note(asked, sentence("/%s says %s=%s, but %s.", asked->file, word->key, value, why));
}

/* Says that what WORD put together or opened is not recreated, but what it held is. */
static int tell_left_out(struct device_asked *asked, const struct device_word *word, const char *value)
{
	return take_note(asked, sentence("/%s said %s=%s, but what it held is restored without it: it does not say so any more, so that the start does "
					 "not wait for it.", asked->file, word->key, value));
}

/* A swap unit is named after its device: with another one it would not be loaded (systemd.swap(5)). */
static int tell_swap_unit(struct device_asked *asked, const char *value, const char *link)
{
	return take_note(asked, sentence("/%s says What=%s, but that swap space is %s now: disable this unit, and write one for the new name "
					 "(systemd-escape -p --suffix=swap %s), or an entry of /etc/fstab.", asked->file, value, link, link));
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcmp(text + length - end_length, end);
}

/* One NAME in VALUE of WORD: what it is called now in *RET, or NULL where it stays. */
static int correct_name(struct device_asked *asked, const struct device_word *word, const char *value, const char *name, char **ret, bool *ret_gone)
{
	const char *before = word->before ? word->before : "";
	const char *bare = !strcmp(before, "UUID=") && !strncmp(name, "luks-", 5) ? name + 5 : name;
	AUTO_FREE char *spec = text_format("%s%s", before, bare), *now = NULL, *path = NULL;
	const struct node *mounted;
	int fit = spec ? identifier_check(asked->plan, spec, &now) : -ENOMEM;

	if (fit < 0)
		return fit;
	/* dracut takes the digits of PARTUUID= alone. An array or a volume with another name is none: what lay on it lies elsewhere. */
	if (fit == IDENTIFIER_OLD && *before) {
		bool same = !strncmp(now, before, strlen(before));

		*ret = same ? strdup(now + strlen(before)) : NULL;
		*ret_gone = !same;
		return !same ? tell_left_out(asked, word, value) : *ret ? 0 : -ENOMEM;
	}
	if (fit == IDENTIFIER_OLD && word->path && !(path = identifier_path(asked->plan, spec, now)))
		return -ENOMEM;
	if (path && !strcmp(word->key, "What") && (ends_with(asked->file, ".swap") || strstr(asked->file, ".swap.d/")))
		return tell_swap_unit(asked, value, path);
	if (fit == IDENTIFIER_OLD)
		*ret = path ? TAKE_POINTER(path) : TAKE_POINTER(now);
	if (fit != IDENTIFIER_UNKNOWN)
		return 0;
	mounted = word->mounted ? identifier_mounted_at(asked->plan, word->mounted) : NULL;
	*ret = mounted ? identifier_of(asked->plan->target.result, mounted) : NULL;
	if (*ret)
		return 0;
	*ret_gone = true;
	return tell_gone(asked, word, value, spec);
}

/* As correct_name(), of a unit: the one that systemd makes of a device is named after its path. */
static int correct_unit(struct device_asked *asked, const struct device_word *word, const char *value, const char *unit, char **ret, bool *ret_gone)
{
	AUTO_FREE char *device = NULL, *now = NULL, *path = NULL;
	int r = unit_device(unit, &device);

	if (r < 0 || !device)
		return r;
	r = correct_name(asked, word, value, device, &now, ret_gone);
	path = r == 0 && now ? identifier_path(asked->plan, device, now) : NULL;
	if (r < 0 || !now)
		return r;
	*ret = !path ? NULL : *unit == '/' ? TAKE_POINTER(path) : unit_of_device(path);
	return *ret ? 0 : -ENOMEM;
}

/* Each part of VALUE between any of SEPARATORS; what is gone is taken out of a list that leaves it out. */
static int correct_parts(struct device_asked *asked, const struct device_word *word, const char *value, const char *separators, char **ret,
			 bool *ret_gone)
{
	AUTO_BUFFER struct buffer out = { 0 };
	bool changed = false, any = false;
	int r = 0;

	for (const char *at = value; r == 0 && *at;) {
		size_t length = strcspn(at, separators);
		AUTO_FREE char *part = strndup(at, length), *now = NULL;
		bool gone = false;

		if (!part)
			return -ENOMEM;
		if (length && word->shape == SHAPE_UNITS)
			r = correct_unit(asked, word, part, part, &now, &gone);
		else if (length)
			r = correct_name(asked, word, *separators == ':' ? value : part, part, &now, &gone);
		*ret_gone |= gone;
		gone &= word->gone == GONE_LEFT_OUT;
		changed |= now || gone;
		any |= length && !gone;
		if (r == 0 && !gone)
			r = append_text(&out, now ? now : part);
		at += length;
		if (r == 0 && *at)
			r = buffer_append(&out, at++, 1);
	}
	if (r < 0 || !changed)
		return r;
	/* Of a list something is left. */
	if (any)
		*ret_gone = false;
	*ret = any ? strdup(out.data) : NULL;
	return any && !*ret ? -ENOMEM : 0;
}

static int correct_first(struct device_asked *asked, const struct device_word *word, const char *value, char **ret, bool *ret_gone)
{
	const char *end = strchrnul(value, word->end);
	AUTO_FREE char *name = strndup(value, (size_t)(end - value)), *now = NULL;
	int r = name ? correct_name(asked, word, value, name, &now, ret_gone) : -ENOMEM;

	if (r < 0 || !now)
		return r;
	*ret = text_format("%s%s", now, end);
	return *ret ? 0 : -ENOMEM;
}

static int correct_options(struct device_asked *asked, const struct device_word *word, const char *value, char **ret, bool *ret_gone)
{
	AUTO_BUFFER struct buffer out = { 0 };
	int changed = device_options_correct(asked, word->inside, value, strlen(value), &out);

	if (changed <= 0)
		return changed;
	*ret_gone = !out.length;
	*ret = out.length ? strdup(out.data) : NULL;
	return out.length && !*ret ? -ENOMEM : 0;
}

/* The length of "UUID=" before a value, in hexadecimal digits: rd.luks.key=UUID=PATH:DEVICE. */
static size_t uuid_before(const char *value)
{
	size_t length = 0;

	while (isxdigit((unsigned char)value[length]) || value[length] == '-')
		length++;
	return length == 36 && value[length] == '=' ? length + 1 : 0;
}

int device_word_correct(struct device_asked *asked, const struct device_word *word, const char *value, char **ret, bool *ret_gone)
{
	size_t before = word->uuid ? uuid_before(value) : 0;
	AUTO_FREE char *now = NULL;
	const char *rest = value + before;
	int r = 0;

	switch (word->shape) {
	case SHAPE_NAME:
		r = correct_name(asked, word, rest, rest, &now, ret_gone);
		break;
	case SHAPE_FIRST:
		r = correct_first(asked, word, rest, &now, ret_gone);
		break;
	case SHAPE_PARTS:
		r = correct_parts(asked, word, rest, ":", &now, ret_gone);
		break;
	case SHAPE_UNITS:
	case SHAPE_NAMES:
		r = correct_parts(asked, word, rest, " \t", &now, ret_gone);
		break;
	case SHAPE_OPTIONS:
		r = correct_options(asked, word, rest, &now, ret_gone);
		break;
	case SHAPE_OFFSET:
		return take_note(asked, sentence("/%s says resume_offset=%s, where a swap file began that has another place now: hibernation needs the "
						 "new number (filefrag -v, or btrfs inspect-internal map-swapfile -r).", asked->file, value));
	case SHAPE_NUMBER:
		return take_note(asked, sentence("/%s says %s=%s, a device's number, which is another one on this machine: write its path "
						 "(journal_path=) or leave the option out.", asked->file, word->key, value));
	}
	if (r < 0 || !now)
		return r;
	*ret = text_format("%.*s%s", (int)before, value, now);
	return *ret ? 0 : -ENOMEM;
}

int device_options_correct(struct device_asked *asked, unsigned places, const char *options, size_t length, struct buffer *out)
{
	AUTO_FREE char *text = strndup(options, length);
	size_t begin = out->length;
	int changed = 0;

	for (const char *at = text; at && *at;) {
		size_t n = strcspn(at, ",");
		AUTO_FREE char *option = strndup(at, n), *now = NULL;
		const char *value = NULL;
		const struct device_word *word = option ? device_word_at(option, places, &value) : NULL;
		bool gone = false;

		if (!option || (word && device_word_correct(asked, word, value, &now, &gone) < 0))
			return -ENOMEM;
		at += n + (at[n] == ',');
		gone = gone && word && word->gone == GONE_LEFT_OUT;
		changed += now || gone;
		if (gone)
			continue;
		if (out->length > begin && append_text(out, ",") < 0)
			return -ENOMEM;
		if (append_text(out, now ? "" : option) < 0 || (now && buffer_append(out, option, (size_t)(value - option)) < 0) ||
		    (now && append_text(out, now) < 0))
			return -ENOMEM;
	}
	return text ? changed : -ENOMEM;
}

int device_parts_correct(struct device_asked *asked, const char *key, const char *value, char **ret, bool *ret_gone)
{
	const struct device_word word = { .key = key, .shape = SHAPE_PARTS };

	return correct_parts(asked, &word, value, ":", ret, ret_gone);
}
