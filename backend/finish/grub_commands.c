/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grub_commands.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "fields.h"
#include "identifiers.h"

#define BLANKS " \t\r"
#define UUID "UUID="
#define LABEL "LABEL="

struct commands {
	const struct plan *plan;
	const char *file;
	char ***notes;
	char *disk;              /* what "root" was set to by its number, where no "search" has set it since; NULL: nothing */
};

/* A word of a command: LENGTH bytes, without quotes. */
struct word {
	const char *start;
	size_t length;
};

static struct word next_word(const char **at, const char *end)
{
	struct word word;

	while (*at < end && strchr(BLANKS, **at))
		(*at)++;
	word = (struct word){ *at, 0 };
	while (*at < end && !strchr(BLANKS, **at))
		(*at)++;
	word.length = (size_t)(*at - word.start);
	if (word.length >= 2 && strchr("'\"", *word.start) && word.start[word.length - 1] == *word.start)
		word = (struct word){ word.start + 1, word.length - 2 };
	return word;
}

static bool is_word(struct word word, const char *text)
{
	return word.length == strlen(text) && !strncmp(word.start, text, word.length);
}

/* GRUB's UUIDs are hexadecimal digits with '-', a variable's name is not. */
static bool is_uuid(struct word word)
{
	size_t digits = 0;

	for (size_t i = 0; i < word.length; i++) {
		if (!isxdigit((unsigned char)word.start[i]) && word.start[i] != '-')
			return false;
		digits += word.start[i] != '-';
	}
	return digits >= 4;
}

/* What the command of "search" from AT to END looks for, in *RET. The tag that it is named by; NULL: by neither a UUID nor a label. */
static const char *find_sought(const char *at, const char *end, struct word *ret)
{
	struct word word = next_word(&at, end);
	const char *tag = is_word(word, "search.fs_uuid") ? UUID : is_word(word, "search.fs_label") ? LABEL : NULL;
	bool single = tag != NULL, variable = false;

	*ret = (struct word){ 0 };
	for (word = next_word(&at, end); word.length; word = next_word(&at, end)) {
		if (!single && (is_word(word, "--fs-uuid") || is_word(word, "-u")))
			tag = UUID;
		else if (!single && (is_word(word, "--label") || is_word(word, "-l") || is_word(word, "--fs-label")))
			tag = LABEL;
		else if (*word.start != '-' && !variable && (!ret->length || !single) && (!tag || strcmp(tag, UUID) || is_uuid(word)))
			*ret = word;
		variable = is_word(word, "-s") || is_word(word, "--set");
	}
	return ret->length && !memchr(ret->start, '$', ret->length) ? tag : NULL;
}

/* The "search" from AT to END. 1 when it was corrected in OUT, else it was copied; -ENOMEM. */
static int correct_search(const struct commands *commands, const char *at, const char *end, struct buffer *out)
{
	struct word sought;
	const char *tag = find_sought(at, end, &sought);
	AUTO_FREE char *spec = tag ? text_format("%s%.*s", tag, (int)sought.length, sought.start) : NULL, *now = NULL, *why = NULL, *note = NULL;
	int fit = spec ? identifier_check(commands->plan, spec, &now) : tag ? -ENOMEM : IDENTIFIER_FITS;

	if (fit < 0)
		return fit;
	if (fit == IDENTIFIER_OLD && !strncmp(now, tag, strlen(tag))) {
		const char *behind = sought.start + sought.length;

		if (buffer_append(out, at, (size_t)(sought.start - at)) < 0 || append_text(out, now + strlen(tag)) < 0)
			return -ENOMEM;
		return buffer_append(out, behind, (size_t)(end - behind)) < 0 ? -ENOMEM : 1;
	}
	if (fit == IDENTIFIER_OLD || fit == IDENTIFIER_UNKNOWN) {
		why = identifier_absence(commands->plan, spec);
		note = why ? sentence("/%s says %s=%s, but %s.", commands->file, !strcmp(tag, UUID) ? "--fs-uuid" : "--label", spec + strlen(tag), why)
			   : NULL;
		if (!note || strv_append(commands->notes, note) < 0)
			return -ENOMEM;
	}
	return buffer_append(out, at, (size_t)(end - at));
}

/* Whether NAME, "hd0,gpt2" or "hd0", is the same here: where the saved machine had one disk, this one has one, and its partitions are numbered and
 * named as before. */
static bool is_same_disk(const struct plan *plan, const char *name)
{
	const struct node *before = NULL, *now = NULL, *captured, *result;
	const char *comma = strchr(name, ','), *kind;
	unsigned long number;

	for (size_t i = 0; i < plan->target.captured->count; i++) {
		if (plan->target.captured->nodes[i]->type != NODE_DISK)
			continue;
		if (before)
			return false;
		before = plan->target.captured->nodes[i];
	}
	for (size_t i = 0, disks = 0; i < plan->target.present->count; i++)
		if (plan->target.present->nodes[i]->type == NODE_DISK && ++disks > 1)
			return false;
	now = before ? layout_find(plan->target.result, before->id) : NULL;
	kind = before ? node_table(before) : NULL;
	if (!now || !kind || !node_table(now) || strcmp(kind, node_table(now)))
		return false;
	if (!comma)
		return true;
	number = strtoul(comma + 1 + strcspn(comma + 1, "0123456789"), NULL, 10);
	for (size_t at = 0; (captured = layout_next_child(plan->target.captured, before->id, NODE_PARTITION, &at));) {
		result = layout_find(plan->target.result, captured->id);
		if (captured->partition.number == number)
			return result && result->partition.number == number;
	}
	return false;
}

static int tell_disk(const struct commands *commands, const char *name)
{
	AUTO_FREE char *note = sentence("/%s names a disk by its number, %s, which may be another disk on this machine: name the filesystem instead (search "
					"--no-floppy --fs-uuid --set=root UUID).", commands->file, name);

	return note ? strv_append(commands->notes, note) : -ENOMEM;
}

/* The disk "hdN" or "hdN,PART" named in WORD, as a new string in *RET; NULL: none. 0 or -ENOMEM. */
static int find_disk(struct word word, char **ret)
{
	const char *end = word.start + word.length;

	for (const char *at = word.start; at + 2 < end; at++) {
		size_t length = 2;

		if (strncmp(at, "hd", 2) || !isdigit((unsigned char)at[2]) || (at > word.start && !strchr("('\"=", at[-1])))
			continue;
		while (at + length < end && (isalnum((unsigned char)at[length]) || at[length] == ','))
			length++;
		*ret = strndup(at, length);
		return *ret ? 0 : -ENOMEM;
	}
	return 0;
}

static int end_entry(struct commands *commands)
{
	AUTO_FREE char *disk = TAKE_POINTER(commands->disk);

	return disk ? tell_disk(commands, disk) : 0;
}

/* Disks by number in the command from AT to END, which is no "search". */
static int look_for_disks(struct commands *commands, const char *at, const char *end)
{
	struct word word = next_word(&at, end);
	bool sets = is_word(word, "set");
	int r = 0;

	for (; r == 0 && word.length; word = next_word(&at, end)) {
		AUTO_FREE char *disk = NULL;

		r = find_disk(word, &disk);
		if (r < 0 || !disk || is_same_disk(commands->plan, disk))
			continue;
		if (!sets || strncmp(word.start, "root=", 5)) {
			r = tell_disk(commands, disk);
			continue;
		}
		free(commands->disk);
		commands->disk = TAKE_POINTER(disk);
	}
	return r;
}

/* One command, from AT to END. 1 when it was corrected in OUT, else it was copied; -ENOMEM. */
static int correct_command(struct commands *commands, const char *at, const char *end, struct buffer *out)
{
	const char *behind = at;
	struct word word = next_word(&behind, end);
	int r = 0;

	if (word.length >= 6 && !strncmp(word.start, "search", 6) && (word.length == 6 || word.start[6] == '.')) {
		free(commands->disk);
		commands->disk = NULL;
		return correct_search(commands, at, end, out);
	}
	if (word.length && *word.start == '#')
		return buffer_append(out, at, (size_t)(end - at));
	r = word.length && *word.start == '}' ? end_entry(commands) : look_for_disks(commands, at, end);
	return r < 0 ? r : buffer_append(out, at, (size_t)(end - at));
}

int grub_commands_correct(const struct plan *plan, const char *file, const char *text, struct buffer *out, char ***notes)
{
	struct commands commands = { .plan = plan, .file = file, .notes = notes };
	int changed = 0, r = 0;

	while (r >= 0 && *text) {
		bool comment = text[strspn(text, BLANKS)] == '#';
		const char *end = text + strcspn(text, comment ? "\n" : "\n;{");

		r = correct_command(&commands, text, end, out);
		changed += r > 0;
		text = end;
		if (r >= 0 && *text && buffer_append(out, text++, 1) < 0)
			r = -ENOMEM;
	}
	if (r >= 0)
		r = end_entry(&commands);
	free(commands.disk);
	return r < 0 ? r : changed;
}
