/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manifest.h"

#include <inttypes.h>
#include <string.h>

static const char *const kind_names[] = {
	[SEGMENT_DIRECTORIES] = "directories",
	[SEGMENT_FILES] = "files",
	[SEGMENT_LINKS] = "links",
};

const char *segment_kind_name(enum segment_kind kind)
{
	return (unsigned)kind < ARRAY_LENGTH(kind_names) ? kind_names[kind] : "unknown";
}

bool segment_kind_parse(const char *name, enum segment_kind *ret)
{
	for (size_t i = 0; i < ARRAY_LENGTH(kind_names); i++)
		if (!strcmp(kind_names[i], name)) {
			*ret = (enum segment_kind)i;
			return true;
		}
	return false;
}

struct segment_name segment_name(const struct segment *segment)
{
	struct segment_name name;

	snprintf(name.text, sizeof(name.text), "segments/%06" PRIu32 ".tar.zst", segment->number);
	return name;
}

/* Names hold their place. */
ssize_t manifest_find_segment(const struct manifest *manifest, const char *name)
{
	const char *digits = name ? strpbrk(name, "0123456789") : NULL;
	size_t number = digits ? strtoul(digits, NULL, 10) : SIZE_MAX;

	return number < manifest->segment_count && !strcmp(segment_name(manifest->segments + number).text, name) ? (ssize_t)number : -1;
}

void attachment_done(struct attachment *attachment)
{
	free(attachment->name);
	free(attachment->kind);
	free(attachment->node);
	*attachment = (struct attachment){ 0 };
}

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	free(manifest->set_id);
	free(manifest->label);
	free(manifest->created);
	free(manifest->tool);
	for (size_t i = 0; i < manifest->attachment_count; i++)
		attachment_done(&manifest->attachments[i]);
	free(manifest->attachments);
	strv_free(manifest->optional);
	free(manifest->machine.host);
	free(manifest->machine.os);
	free(manifest->machine.kernel);
	free(manifest->machine.architecture);
	free(manifest->machine.firmware);
	free(manifest->machine.loader);
	free(manifest->machine.loader_id);
	free(manifest->machine.grub);
	free(manifest->machine.installs);
	layout_free(manifest->layout);
	free(manifest->segments);
	strv_free(manifest->lost);
	strv_free(manifest->excluded);
	free(manifest);
}
