/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setting_words.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "fields.h"
#include "identifiers.h"

/* The key a word starts with, or NULL. */
static const char *match_key(const char *word, const char *const *keys)
{
	for (; *keys; keys++)
		if (!strncmp(word, *keys, strlen(*keys)) && word[strlen(*keys)] == '=')
			return *keys;
	return NULL;
}

/* Where a value lies in the text. */
struct value {
	const char *start;
	size_t length;
	const char *end;         /* of the word: behind a quote of its own */
};

/* The value at TEXT: up to white space or the quote that holds the whole line, or in quotes of its own. */
static struct value value_at(const char *text)
{
	size_t length;

	if (*text == '"' || *text == '\'') {
		length = strcspn(text + 1, (const char[]){ *text, '\n', '\0' });
		/* KEY="" and a quote that holds more than this value stay. */
		if (length && text[1 + length] == *text)
			return (struct value){ text + 1, length, text + length + 2 };
	}
	length = strcspn(text, " \t\r\n\"'`;");
	return (struct value){ text, length, text + length };
}

/* Words that make an initramfs wait for a device and put it together or open it (dracut.cmdline(7), mkinitcpio's encrypt). */
static const struct opener {
	const char *key;
	const char *before;      /* with the value behind it a name that can be judged */
	char end;                /* of the name in the value; 0: all of it */
	bool renames;            /* the value may be any name of a device, so it can be corrected */
} openers[] = {
	{ "rd.luks.uuid", "UUID=", 0, false }, { "luks.uuid", "UUID=", 0, false }, { "rd.luks.name", "UUID=", '=', false },
	{ "luks.name", "UUID=", '=', false },  { "cryptdevice", "", ':', true },   { "rd.md.uuid", "/dev/disk/by-id/md-uuid-", 0, false },
	{ "rd.lvm.lv", "/dev/", 0, false },
};

static const struct opener *opener_of(const char *key)
{
	for (size_t i = 0; i < ARRAY_LENGTH(openers); i++)
		if (!strcmp(openers[i].key, key))
			return &openers[i];
	return NULL;
}

/* As correct_value(), of a word that OPENER is about. */
static int correct_opened(const struct plan *plan, const char *file, const struct opener *opener, const char *value, char ***notes,
			  char **ret, bool *ret_gone)
{
	const char *end = opener->end ? strchrnul(value, opener->end) : value + strlen(value);
	const char *start = !strcmp(opener->before, "UUID=") && !strncmp(value, "luks-", 5) ? value + 5 : value;
	AUTO_FREE char *spec = text_format("%s%.*s", opener->before, (int)(end - start), start);
	AUTO_FREE char *name = NULL, *why = NULL, *note = NULL;
	int fit = spec ? identifier_check(plan, spec, &name) : -ENOMEM;

	if (fit == IDENTIFIER_OLD && opener->renames) {
		*ret = text_format("%s%s", name, end);
		return *ret ? 0 : -ENOMEM;
	}
	if (fit != IDENTIFIER_UNKNOWN)
		return fit < 0 ? fit : 0;
	*ret_gone = true;
	why = identifier_absence(plan, spec);
	note = why ? sentence("/%s said %s=%s, but %s: it does not say so any more, so that the start does not wait for it.", file, opener->key,
				 value, why) : NULL;
	return note ? strv_append(notes, note) : -ENOMEM;
}

static int note_offset(const char *file, const char *value, char ***notes)
{
	AUTO_FREE char *note = sentence("/%s says resume_offset=%s, where a swap file began that has another place now: hibernation needs the new "
					   "number (filefrag -v, or btrfs inspect-internal map-swapfile -r).", file, value);

	return note ? strv_append(notes, note) : -ENOMEM;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcmp(text + length - end_length, end);
}

/* NAME for the What= of a unit of systemd, which waits for devices only by their paths: the link that udev makes. New string. */
static char *unit_name(const char *name)
{
	static const char *const tags[][2] = { { "UUID=", "/dev/disk/by-uuid/" }, { "PARTUUID=", "/dev/disk/by-partuuid/" } };

	for (size_t i = 0; i < ARRAY_LENGTH(tags); i++)
		if (!strncmp(name, tags[i][0], strlen(tags[i][0])))
			return text_format("%s%s", tags[i][1], name + strlen(tags[i][0]));
	return strdup(name);
}

/* As correct_value(), of What= when its device is called NAME now. A swap unit is named after its device: with another one it would not be
 * loaded (systemd.swap(5)). */
static int correct_unit(const char *file, const char *value, const char *name, char ***notes, char **ret)
{
	AUTO_FREE char *link = unit_name(name), *note = NULL;

	if (!link)
		return -ENOMEM;
	if (!ends_with(file, ".swap")) {
		*ret = TAKE_POINTER(link);
		return 0;
	}
	note = sentence("/%s says What=%s, but that swap space is %s now: disable this unit, and write one for the new name "
			   "(systemd-escape -p --suffix=swap %s), or an entry of /etc/fstab.", file, value, link, link);
	return note ? strv_append(notes, note) : -ENOMEM;
}

static bool is_resume(const char *key)
{
	return !strcasecmp(key, "resume");
}

/* The corrected name for VALUE, or NULL when it stays. *RET_GONE: nothing has that name any more. -ENOMEM or 0. */
static int correct_value(const struct plan *plan, const char *file, const char *key, const char *value, char ***notes, char **ret,
			 bool *ret_gone)
{
	AUTO_FREE char *name = NULL, *note = NULL, *why = NULL;
	const struct opener *opener = opener_of(key);
	int fit;

	if (opener)
		return correct_opened(plan, file, opener, value, notes, ret, ret_gone);
	if (!strcmp(key, "resume_offset"))
		return note_offset(file, value, notes);
	fit = identifier_check(plan, value, &name);
	if (fit < 0)
		return fit;
	if (fit == IDENTIFIER_OLD && !strcmp(key, "What"))
		return correct_unit(file, value, name, notes, ret);
	if (fit == IDENTIFIER_OLD)
		*ret = TAKE_POINTER(name);
	if (fit != IDENTIFIER_UNKNOWN)
		return 0;
	if (!strcmp(key, "root")) {
		const struct node *root = identifier_mounted_at(plan, "/");

		*ret = root ? identifier_of(plan->target.result, root) : NULL;
		if (*ret)
			return 0;
	}
	*ret_gone = true;
	/* mount_units.h tells what becomes of the unit. */
	if (!strcmp(key, "What") && ends_with(file, ".mount"))
		return 0;
	why = identifier_absence(plan, value);
	if (why)
		note = sentence(is_resume(key) ? N_("/%s says %s=%s, but %s: resuming from hibernation is switched off, so that the start does not "
						    "wait for it.")
					       : N_("/%s says %s=%s, but %s."),
				file, key, value, why);
	return note ? strv_append(notes, note) : -ENOMEM;
}

/* Appends the word of KEY at AT, corrected; *RET_END is behind it. 1 when it was changed, 0, -ENOMEM. */
static int correct_word(const struct plan *plan, const char *file, const char *key, const char *at, struct buffer *out, char ***notes,
			const char **ret_end)
{
	struct value value = value_at(at + strlen(key) + 1);
	AUTO_FREE char *old = strndup(value.start, value.length), *new = NULL;
	bool gone = false;

	*ret_end = value.end;
	if (!old || correct_value(plan, file, key, old, notes, &new, &gone) < 0)
		return -ENOMEM;
	if (gone && opener_of(key))
		return 1;
	/* An initramfs waits for what it shall resume from. Kernel command lines know a word of their own against it. */
	if (gone && !strcmp(key, "resume"))
		return append_text(out, "noresume") < 0 ? -ENOMEM : 1;
	if (gone && is_resume(key))
		return append_text(out, "RESUME=none") < 0 ? -ENOMEM : 1;
	if (buffer_append(out, at, (size_t)(value.start - at)) < 0 || append_text(out, new ? new : old) < 0 ||
	    buffer_append(out, value.start + value.length, (size_t)(value.end - value.start) - value.length) < 0)
		return -ENOMEM;
	return new != NULL;
}

int setting_words_correct(const struct plan *plan, const char *file, const char *text, const char *const *keys,
			  struct buffer *out, char ***notes)
{
	bool line_start = true, word_start = true, comment = false;
	int changed = 0;

	for (const char *at = text; *at;) {
		const char *key = NULL;

		if (line_start)
			comment = at[strspn(at, " \t")] == '#';
		if (word_start && !comment)
			key = match_key(at, keys);
		if (key) {
			int r = correct_word(plan, file, key, at, out, notes, &at);

			if (r < 0)
				return r;
			changed += r;
			line_start = word_start = false;
			continue;
		}
		line_start = *at == '\n';
		word_start = strchr(" \t\r\n\"'", *at) != NULL || (*at == '=' && !comment);
		if (buffer_append(out, at, 1) < 0)
			return -ENOMEM;
		at++;
	}
	return changed;
}
