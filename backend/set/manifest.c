#include "manifest.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "manifest_format.h"

/* The last lines: SHA-256 of all before them. */
#define CLOSING_LENGTH (sizeof(MANIFEST_CLOSING_HEAD) - 1 + DIGEST_HEX - 1 + sizeof(MANIFEST_CLOSING_TAIL) - 1)

static const char *const kind_names[] = {
	[SEGMENT_DIRECTORIES] = "directories",
	[SEGMENT_FILES] = "files",
	[SEGMENT_LINKS] = "links",
};

const char *segment_kind_name(enum segment_kind kind)
{
	return (unsigned)kind < ARRAY_LENGTH(kind_names) ? kind_names[kind] : "unknown";
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

static int bad(struct context *ctx, const char *what)
{
	return context_fail(ctx, EBADMSG, "the manifest " MANIFEST_NAME " is not valid: %s", what);
}

/* The closing digest, and then nothing. */
static int check_closing(struct context *ctx, const char *text, size_t length)
{
	const size_t head = sizeof(MANIFEST_CLOSING_HEAD) - 1, tail = sizeof(MANIFEST_CLOSING_TAIL) - 1;
	const char *closing;
	char sha256[DIGEST_HEX];

	if (length < CLOSING_LENGTH)
		return bad(ctx, "it is too short");
	closing = text + length - CLOSING_LENGTH;
	if (memcmp(closing, MANIFEST_CLOSING_HEAD, head) ||
	    memcmp(closing + CLOSING_LENGTH - tail, MANIFEST_CLOSING_TAIL, tail))
		return bad(ctx, "its closing checksum is missing, so it was cut short or changed");
	if (digest_buffer(text, length - CLOSING_LENGTH, sha256) < 0)
		return context_fail(ctx, ENOMEM, "out of memory");
	if (memcmp(closing + head, sha256, DIGEST_HEX - 1))
		return bad(ctx, "it does not match its closing checksum, so it is damaged or was changed");
	return 0;
}

static bool is_digest(const char *text)
{
	return strlen(text) == DIGEST_HEX - 1 && strspn(text, "0123456789abcdef") == DIGEST_HEX - 1;
}

/* PATTERN: 'x' a lower-case hex digit, '9' a decimal one, all else itself. */
static bool matches(const char *text, const char *pattern)
{
	for (; *pattern; pattern++, text++) {
		bool ok = *pattern == 'x' ? (isdigit((unsigned char)*text) || (*text >= 'a' && *text <= 'f'))
			: *pattern == '9' ? isdigit((unsigned char)*text) != 0 : *text == *pattern;

		if (!ok)
			return false;
	}
	return !*text;
}

/* Copies TEXT (NULL stays NULL) to *RET. */
static int copy_text(struct context *ctx, char **ret, const char *text)
{
	if (!text)
		return 0;
	if (!text_is_plain(text))
		return bad(ctx, "a text in it holds control characters");
	*ret = strdup(text);
	return *ret ? 0 : context_fail(ctx, ENOMEM, "out of memory");
}

static bool is_loader_list(const char *text)
{
	return !strcmp(text, "none") || !strcmp(text, "grub-bios") || !strcmp(text, "grub-uefi") ||
	       !strcmp(text, "grub-bios,grub-uefi");
}

static int parse_machine(struct context *ctx, json_t *object, struct machine_info *machine)
{
	const char *host, *os, *kernel, *architecture, *firmware, *loader, *loader_id = NULL;
	int r;

	if (json_unpack(object, "{s:s, s:s, s:s, s:s, s:s, s:s, s?s !}", "host", &host, "os", &os, "kernel", &kernel,
			"architecture", &architecture, "firmware", &firmware, "loader", &loader, "loader_id",
			&loader_id) < 0)
		return bad(ctx, "\"machine\" lacks something, or holds something unknown");
	if (strcmp(firmware, "bios") && strcmp(firmware, "uefi"))
		return bad(ctx, "the firmware is neither \"bios\" nor \"uefi\"");
	if (!is_loader_list(loader))
		return bad(ctx, "the boot loader is not a known one");
	if (loader_id && (!*loader_id || strchr(loader_id, '/') || !strcmp(loader_id, ".") || !strcmp(loader_id, "..")))
		return bad(ctx, "the boot loader's directory is not a name");
	r = copy_text(ctx, &machine->host, host);
	if (r == 0)
		r = copy_text(ctx, &machine->os, os);
	if (r == 0)
		r = copy_text(ctx, &machine->kernel, kernel);
	if (r == 0)
		r = copy_text(ctx, &machine->architecture, architecture);
	if (r == 0)
		r = copy_text(ctx, &machine->firmware, firmware);
	if (r == 0)
		r = copy_text(ctx, &machine->loader, loader);
	if (r == 0)
		r = copy_text(ctx, &machine->loader_id, loader_id);
	return r;
}

static int parse_segment(struct context *ctx, json_t *object, size_t number, struct segment *segment)
{
	const char *name, *kind, *sha256;
	json_int_t entries, bytes, stored;
	AUTO_FREE char *expected = text_format(SEGMENT_NAME_FORMAT, number);

	if (!expected)
		return context_fail(ctx, ENOMEM, "out of memory");
	if (json_unpack(object, "{s:s, s:s, s:I, s:I, s:I, s:s !}", "name", &name, "kind", &kind, "entries", &entries,
			"bytes", &bytes, "stored", &stored, "sha256", &sha256) < 0)
		return bad(ctx, "a row of \"segments\" lacks something, or holds something unknown");
	if (strcmp(name, expected))
		return context_fail(ctx, EBADMSG,
				    "the manifest " MANIFEST_NAME " is not valid: where segment %s should stand there is "
				    "another name",
				    expected);
	for (segment->kind = 0; segment->kind < ARRAY_LENGTH(kind_names); segment->kind++)
		if (!strcmp(kind, kind_names[segment->kind]))
			break;
	if (segment->kind == ARRAY_LENGTH(kind_names) || !is_digest(sha256))
		return bad(ctx, "a segment's kind or digest is malformed");
	if (entries < 0 || bytes < 1024 || bytes % 512 || (uint64_t)bytes > SEGMENT_TAR_LIMIT || entries > bytes / 512 ||
	    stored < 1 || stored > SEGMENT_LIMIT)
		return bad(ctx, "a segment's sizes are impossible");
	segment->entries = (uint64_t)entries;
	segment->bytes = (uint64_t)bytes;
	segment->stored = (uint64_t)stored;
	memcpy(segment->sha256, sha256, DIGEST_HEX);
	segment->name = TAKE_POINTER(expected);
	return 0;
}

static int parse_segments(struct context *ctx, json_t *array, struct manifest *manifest)
{
	size_t count = json_array_size(array);

	if (count == 0 || count > SEGMENTS_LIMIT)
		return bad(ctx, "the number of segments is impossible");
	manifest->segments = calloc(count, sizeof(*manifest->segments));
	if (!manifest->segments)
		return context_fail(ctx, ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct segment *segment = &manifest->segments[i];
		int r = parse_segment(ctx, json_array_get(array, i), i, segment);

		if (r < 0)
			return r;
		manifest->segment_count++;
		if (i == 0 ? segment->kind != SEGMENT_DIRECTORIES : segment->kind < segment[-1].kind)
			return bad(ctx, "the segments are out of order");
	}
	return 0;
}

/* Totals must fit what the segments can hold. */
static int check_totals(struct context *ctx, const struct manifest *manifest)
{
	uint64_t entries = 0, bytes = 0;

	for (size_t i = 0; i < manifest->segment_count; i++) {
		entries += manifest->segments[i].entries;
		bytes += manifest->segments[i].bytes;
	}
	if (manifest->total_files == 0 || manifest->total_files > entries || manifest->total_bytes > bytes ||
	    manifest->changed_files > manifest->total_files)
		return bad(ctx, "its totals do not fit its segments");
	return 0;
}

/* The first LOST lines are what will not come back. */
static int parse_excluded(struct context *ctx, json_t *array, json_int_t lost, struct manifest *manifest)
{
	size_t i;
	json_t *line;
	int r;

	if (lost < 0 || (size_t)lost > json_array_size(array))
		return bad(ctx, "\"lost\" is not a number of lines of \"excluded\"");
	json_array_foreach(array, i, line) {
		const char *text = json_string_value(line);

		if (!text || !text_is_plain(text))
			return bad(ctx, "a line of \"excluded\" is no plain text");
		r = i < (size_t)lost ? strv_append_counted(&manifest->lost, &manifest->lost_count, text)
				     : strv_append_counted(&manifest->excluded, &manifest->excluded_count, text);
		if (r < 0)
			return context_fail(ctx, ENOMEM, "out of memory");
	}
	return 0;
}

/* A set whose layout was refused is said to be damaged: who restores it knows of no layout. */
static int parse_layout(struct context *ctx, json_t *json, struct layout **ret)
{
	int r = layout_from_json(ctx, json, ret);
	AUTO_FREE char *why = r == -EINVAL ? strdup(context_detail(ctx)) : NULL;

	if (!why)
		return r;
	context_clear(ctx);
	return context_fail(ctx, EINVAL, "the set is damaged in what it says of its disks: %s", why);
}

static int parse_root(struct context *ctx, json_t *root, struct manifest *manifest)
{
	const char *format, *id = "", *label = NULL, *created = "", *tool, *index_sha256, *index_name, *sha256;
	json_t *machine, *layout, *segments, *excluded;
	json_int_t files, bytes, changed, index_stored, lost = 0;
	json_error_t error;
	int r;

	if (json_unpack_ex(root, &error, 0,
			   "{s:s, s:i, s:s, s?s, s:s, s:s, s:o, s:{s:I, s:I, s:I !}, s:{s:s, s:I, s:s !}, s:o, s:o, "
			   "s?I, s:o, s:s !}",
			   "format", &format, "version", &(int){ 0 }, "id", &id, "label", &label, "created", &created,
			   "tool", &tool, "machine", &machine, "totals", "files", &files, "bytes", &bytes, "changed",
			   &changed, "index", "name", &index_name, "stored", &index_stored, "sha256", &index_sha256,
			   "layout", &layout, "excluded", &excluded, "lost", &lost, "segments", &segments, "sha256", &sha256) < 0)
		return context_fail(ctx, EBADMSG, "the manifest " MANIFEST_NAME " is not valid: %s", error.text);
	if (!matches(id, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") || !matches(created, "9999-99-99T99:99:99Z"))
		return bad(ctx, "the set's id or time is malformed");
	if (!json_is_array(layout) || !json_is_array(segments) || !json_is_array(excluded))
		return bad(ctx, "\"layout\", \"segments\" and \"excluded\" must be arrays");
	if (files < 0 || bytes < 0 || changed < 0 || index_stored < 1 || index_stored > INDEX_LIMIT ||
	    !is_digest(index_sha256) || strcmp(index_name, INDEX_NAME))
		return bad(ctx, "its totals or the index are malformed");
	manifest->total_files = (uint64_t)files;
	manifest->total_bytes = (uint64_t)bytes;
	manifest->changed_files = (uint64_t)changed;
	manifest->index_stored = (uint64_t)index_stored;
	memcpy(manifest->index_sha256, index_sha256, DIGEST_HEX);
	r = copy_text(ctx, &manifest->set_id, id);
	if (r == 0)
		r = copy_text(ctx, &manifest->label, label);
	if (r == 0)
		r = copy_text(ctx, &manifest->created, created);
	if (r == 0)
		r = copy_text(ctx, &manifest->tool, tool);
	if (r == 0)
		r = parse_machine(ctx, machine, &manifest->machine);
	if (r == 0)
		r = parse_segments(ctx, segments, manifest);
	if (r == 0)
		r = parse_excluded(ctx, excluded, lost, manifest);
	if (r == 0)
		r = check_totals(ctx, manifest);
	return r == 0 ? parse_layout(ctx, layout, &manifest->layout) : r;
}

/* The version is looked at first: a newer manifest is not damaged. */
static int check_version(struct context *ctx, json_t *root)
{
	const char *format = json_string_value(json_object_get(root, "format"));
	json_t *version = json_object_get(root, "version");

	if (!format || strcmp(format, MANIFEST_FORMAT) || !json_is_integer(version))
		return bad(ctx, "it is not the manifest of a recovery set");
	if (json_integer_value(version) != MANIFEST_VERSION)
		return context_fail(
			ctx, EINVAL,
			"the set has format version %lld; this Lifeboat reads version %d: use the Lifeboat that "
			"wrote it or a newer one",
			(long long)json_integer_value(version), MANIFEST_VERSION);
	return 0;
}

int manifest_parse(struct context *ctx, const char *text, size_t length, struct manifest **ret)
{
	AUTO_MANIFEST struct manifest *manifest = NULL;
	json_error_t error;
	json_t *root;
	int r;

	if (length > MANIFEST_LIMIT)
		return bad(ctx, "it is too long");
	r = check_closing(ctx, text, length);
	if (r < 0)
		return r;
	root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return context_fail(ctx, EBADMSG, "the manifest " MANIFEST_NAME " is not valid: line %d: %s", error.line,
				    error.text);
	manifest = calloc(1, sizeof(*manifest));
	r = manifest ? check_version(ctx, root) : context_fail(ctx, ENOMEM, "out of memory");
	if (r == 0)
		r = parse_root(ctx, root, manifest);
	json_decref(root);
	if (r == 0)
		*ret = TAKE_POINTER(manifest);
	return r;
}
