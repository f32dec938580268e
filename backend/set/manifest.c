#include "manifest.h"

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

/* Names hold their place: see parse_segment(). */
ssize_t manifest_find_segment(const struct manifest *manifest, const char *name)
{
	const char *digits = name ? strpbrk(name, "0123456789") : NULL;
	size_t number = digits ? strtoul(digits, NULL, 10) : SIZE_MAX;

	return number < manifest->segment_count && !strcmp(manifest->segments[number].name, name) ? (ssize_t)number : -1;
}

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	free(manifest->set_id);
	free(manifest->label);
	free(manifest->created);
	free(manifest->tool);
	strv_free(manifest->optional);
	free(manifest->machine.host);
	free(manifest->machine.os);
	free(manifest->machine.kernel);
	free(manifest->machine.architecture);
	free(manifest->machine.firmware);
	free(manifest->machine.loader);
	free(manifest->machine.loader_id);
	layout_free(manifest->layout);
	for (size_t i = 0; i < manifest->segment_count; i++)
		free(manifest->segments[i].name);
	free(manifest->segments);
	strv_free(manifest->lost);
	strv_free(manifest->excluded);
	free(manifest);
}
