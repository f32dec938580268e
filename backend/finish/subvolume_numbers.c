/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "subvolume_numbers.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "identifiers.h"

static const char option[] = "subvolid=";

/* True when FILESYSTEM, or any for NULL, has subvolumes that were saved. */
static bool has_subvolumes(const struct layout *layout, const struct node *filesystem)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->nodes[i]->type == NODE_SUBVOLUME && (!filesystem || !strcmp(layout->nodes[i]->on[0], filesystem->id)))
			return true;
	return false;
}

/* The restored subvolume that had this number on the saved machine. */
static const struct node *find_number(const struct plan *plan, const struct node *filesystem, uint64_t number)
{
	for (size_t i = 0; i < plan->target.captured->count; i++) {
		const struct node *node = plan->target.captured->nodes[i];

		if (node->type == NODE_SUBVOLUME && node->subvolume.number == number &&
		    (!filesystem || !strcmp(node->on[0], filesystem->id)))
			return layout_find(plan->target.result, node->id);
	}
	return NULL;
}

static size_t word_length(const char *at, const char *end)
{
	const char *from = at;

	while (at < end && isalnum((unsigned char)*at))
		at++;
	return (size_t)(at - from);
}

/* 0 and 5 are the top of every btrfs. */
static bool is_top(uint64_t number)
{
	return number == 0 || number == 5;
}

int subvolume_numbers_correct(const struct plan *plan, const struct node *filesystem, const char *text, size_t length, struct buffer *out,
			      uint64_t *ret_unknown)
{
	const char *end = text + length, *at = text, *found;
	int changed = 0;

	*ret_unknown = 0;
	if (!filesystem) {
		filesystem = identifier_mounted_at(plan, "/");
		if (filesystem && !has_subvolumes(plan->target.captured, filesystem))
			filesystem = NULL;
	}
	if (!has_subvolumes(plan->target.captured, filesystem))
		return buffer_append(out, text, length);
	while ((found = memmem(at, (size_t)(end - at), option, strlen(option)))) {
		const char *digits = found + strlen(option);
		/* As the kernel reads it: decimal, octal or hexadecimal. */
		AUTO_FREE char *word = strndup(digits, word_length(digits, end)), *number = NULL;
		const struct node *subvolume;
		char *rest = NULL;
		uint64_t old;

		if (!word || buffer_append(out, at, (size_t)(digits - at)) < 0)
			return -ENOMEM;
		at = digits;
		old = strtoull(word, &rest, 0);
		if ((found > text && isalnum((unsigned char)found[-1])) || rest == word || *rest || is_top(old))
			continue;
		subvolume = find_number(plan, filesystem, old);
		if (!subvolume && !*ret_unknown)
			*ret_unknown = old;
		if (!subvolume || subvolume->subvolume.number == old)
			continue;
		number = text_format("%" PRIu64, subvolume->subvolume.number);
		if (!number || append_text(out, number) < 0)
			return -ENOMEM;
		at = digits + strlen(word);
		changed++;
	}
	return buffer_append(out, at, (size_t)(end - at)) < 0 ? -ENOMEM : changed;
}

bool subvolume_is_restored(const struct plan *plan, const struct node *filesystem, const char *path, size_t length)
{
	const struct node *subvolume;

	if (!has_subvolumes(plan->target.captured, filesystem))
		return true;
	while (length && *path == '/')
		path++, length--;
	while (length && path[length - 1] == '/')
		length--;
	for (size_t at = 0; (subvolume = layout_next_child(plan->target.result, filesystem->id, NODE_SUBVOLUME, &at));)
		if (strlen(subvolume->subvolume.path) == length && !memcmp(subvolume->subvolume.path, path, length))
			return true;
	return !length;
}
