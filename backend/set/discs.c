/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "discs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "../core/bytes.h"
#include "manifest.h"
#include "set_source.h"

#define FORMAT "lifeboat recovery set, volume"
#define VERSION 1
#define LABEL_LIMIT 32           /* ISO 9660 has no longer ones */

void discs_free(struct discs *discs)
{
	if (!discs)
		return;
	for (uint32_t i = 0; discs->list && i < discs->count; i++)
		free(discs->list[i].label);
	free(discs->list);
	free(discs->set_id);
	free(discs);
}

/* Each begins where the one before it ends. */
static int parse_list(json_t *list, struct discs *discs)
{
	uint64_t next = 0;
	json_t *entry;
	size_t i;

	discs->list = calloc(discs->count, sizeof(*discs->list));
	if (!discs->list)
		return -ENOMEM;
	json_array_foreach(list, i, entry) {
		struct disc *volume = &discs->list[i];
		const char *label;
		json_int_t first, count;

		if (json_unpack(entry, "{s:s, s:I, s:I !}", "label", &label, "first", &first, "count", &count) < 0)
			return -EBADMSG;
		if (!*label || strlen(label) > LABEL_LIMIT || !text_is_plain(label))
			return -EBADMSG;
		if (first != (json_int_t)next || count < 0 || count > SEGMENTS_LIMIT)
			return -EBADMSG;
		volume->label = strdup(label);
		volume->first = (uint32_t)first;
		volume->count = (uint32_t)count;
		next += (uint64_t)count;
		if (!volume->label)
			return -ENOMEM;
		if (next > SEGMENTS_LIMIT)
			return -EBADMSG;
	}
	return 0;
}

static int parse(json_t *object, struct discs *discs)
{
	const char *format, *set, *sha256;
	unsigned char bytes[DIGEST_BYTES];
	json_int_t version, number;
	json_t *list;

	if (json_unpack(object, "{s:s, s:I, s:s, s:s, s:I, s:o !}", "format", &format, "version", &version, "set", &set, "sha256", &sha256, "number",
			&number, "volumes", &list) < 0)
		return -EBADMSG;
	if (strcmp(format, FORMAT) != 0 || version != VERSION || !json_is_array(list) || json_array_size(list) < 1 ||
	    json_array_size(list) > DISCS_LIMIT || number < 1 || (size_t)number > json_array_size(list) || !digest_parse(sha256, bytes) ||
	    !text_is_plain(set))
		return -EBADMSG;
	discs->set_id = strdup(set);
	if (!discs->set_id)
		return -ENOMEM;
	memcpy(discs->sha256, sha256, DIGEST_HEX);
	discs->number = (uint32_t)number;
	discs->count = (uint32_t)json_array_size(list);
	return parse_list(list, discs);
}

int discs_parse(const char *text, size_t length, struct discs **ret)
{
	AUTO_DISCS struct discs *discs = calloc(1, sizeof(*discs));
	json_auto_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	int r;

	if (!discs)
		return -ENOMEM;
	if (!object)
		return -EBADMSG;
	r = parse(object, discs);
	if (r == 0)
		*ret = TAKE_POINTER(discs);
	return r;
}

char *discs_print(const struct discs *discs)
{
	json_auto_t *list = json_array(), *object = NULL;

	for (uint32_t i = 0; i < discs->count; i++) {
		const struct disc *volume = &discs->list[i];

		if (json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "label", volume->label, "first", (json_int_t)volume->first, "count",
							  (json_int_t)volume->count)) < 0)
			return NULL;
	}
	object = json_pack("{s:s, s:i, s:s, s:s, s:I, s:O}", "format", FORMAT, "version", VERSION, "set", discs->set_id, "sha256",
			   discs->sha256, "number", (json_int_t)discs->number, "volumes", list);
	return object ? json_dumps(object, JSON_INDENT(2) | JSON_ENSURE_ASCII) : NULL;
}

uint32_t discs_find(const struct discs *discs, uint32_t segment)
{
	for (uint32_t i = 0; i < discs->count; i++)
		if (segment >= discs->list[i].first && segment - discs->list[i].first < discs->list[i].count)
			return i + 1;
	return 0;
}

uint32_t discs_segments(const struct discs *discs)
{
	const struct disc *last = &discs->list[discs->count - 1];

	return last->first + last->count;
}

bool discs_match(const struct discs *discs, const struct discs *other)
{
	if (strcmp(discs->sha256, other->sha256) != 0 || discs->count != other->count)
		return false;
	for (uint32_t i = 0; i < discs->count; i++)
		if (discs->list[i].first != other->list[i].first || discs->list[i].count != other->list[i].count)
			return false;
	return true;
}

char *discs_describe(const struct discs *discs, uint32_t number)
{
	return sentence("disc %u of %u (%s)", number, discs->count, discs->list[number - 1].label);
}

int discs_read(const char *place, struct discs **ret)
{
	struct set_source *source = source_new();
	AUTO_FREE void *text = NULL;
	struct context ctx;
	size_t length = 0;
	struct stat st;
	int r;

	if (!source)
		return -ENOMEM;
	context_init(&ctx);
	r = stat(place, &st) < 0 ? -errno : S_ISDIR(st.st_mode) ? source_open_directory(source, place) :
		S_ISREG(st.st_mode) ? source_open_image(source, place) : -ENOENT;
	if (r == 0)
		r = source_load(&ctx, source, VOLUME_NAME, VOLUME_FILE_LIMIT, &text, &length);
	if (r == 0)
		r = discs_parse(text, length, ret);
	context_done(&ctx);
	source_release(source);
	return r;
}
