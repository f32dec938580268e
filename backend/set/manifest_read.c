/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a manifest. Its members are found first and then each is read on its own: the long ones value by value, so that the memory
 * needed depends on what is kept of them.
 */
#include "manifest.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../core/json_pull.h"
#include "../layout/image.h"
#include "manifest_format.h"

/* The last lines: SHA-256 of all before them. */
#define CLOSING_LENGTH (sizeof(MANIFEST_CLOSING_HEAD) - 1 + DIGEST_HEX - 1 + sizeof(MANIFEST_CLOSING_TAIL) - 1)

/* Bytes of everything but segments, excluded lines and layout; of the layout; of one of its nodes. */
#define SMALL_LIMIT (1u << 20)
#define LAYOUT_LIMIT (16u << 20)
#define NODE_LIMIT (1u << 20)

/* The closing digest, and then nothing. */
static int check_closing(struct context *ctx, const char *text, size_t length, char sha256[DIGEST_HEX])
{
	const size_t head = sizeof(MANIFEST_CLOSING_HEAD) - 1, tail = sizeof(MANIFEST_CLOSING_TAIL) - 1;
	const char *closing;

	if (length < CLOSING_LENGTH)
		return manifest_bad(ctx, N_("it is too short"));
	closing = text + length - CLOSING_LENGTH;
	if (memcmp(closing, MANIFEST_CLOSING_HEAD, head) ||
	    memcmp(closing + CLOSING_LENGTH - tail, MANIFEST_CLOSING_TAIL, tail))
		return manifest_bad(ctx, N_("its closing checksum is missing, so it was cut short or changed"));
	if (digest_buffer(text, length - CLOSING_LENGTH, sha256) < 0)
		return context_oom(ctx);
	if (memcmp(closing + head, sha256, DIGEST_HEX - 1))
		return manifest_bad(ctx, N_("it does not match its closing checksum, so it is damaged or was changed"));
	return 0;
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
		return manifest_bad(ctx, N_("a text in it holds control characters"));
	*ret = strdup(text);
	return *ret ? 0 : context_oom(ctx);
}

static bool is_loader_list(const char *text)
{
	return !strcmp(text, "none") || !strcmp(text, "grub-bios") || !strcmp(text, "grub-uefi") ||
	       !strcmp(text, "grub-bios,grub-uefi");
}

static bool is_platform_list(const char *text)
{
	return !strcmp(text, "i386-pc") || !strcmp(text, "x86_64-efi") || !strcmp(text, "i386-pc,x86_64-efi");
}

static int parse_machine(struct context *ctx, json_t *object, struct machine_info *machine)
{
	const char *host, *os, *kernel, *architecture, *firmware, *loader, *loader_id = NULL, *grub = NULL, *installs = NULL;
	int r;

	if (json_unpack(object, "{s:s, s:s, s:s, s:s, s:s, s:s, s?s, s?s, s?s !}", "host", &host, "os", &os, "kernel", &kernel,
			"architecture", &architecture, "firmware", &firmware, "loader", &loader, "loader_id",
			&loader_id, "grub", &grub, "installs", &installs) < 0)
		return manifest_bad(ctx, N_("\"machine\" lacks something, or holds something unknown"));
	if (strcmp(firmware, "bios") && strcmp(firmware, "uefi"))
		return manifest_bad(ctx, N_("the firmware is neither \"bios\" nor \"uefi\""));
	if (!is_loader_list(loader))
		return manifest_bad(ctx, N_("the boot loader is not a known one"));
	if (loader_id && (!*loader_id || strchr(loader_id, '/') || !strcmp(loader_id, ".") || !strcmp(loader_id, "..")))
		return manifest_bad(ctx, N_("the boot loader's directory is not a name"));
	if ((grub && strcmp(grub, "grub") && strcmp(grub, "grub2")) || (installs && !is_platform_list(installs)))
		return manifest_bad(ctx, N_("GRUB's directory, or a platform that it can be installed for, is not a known one"));
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
	if (r == 0)
		r = copy_text(ctx, &machine->grub, grub);
	if (r == 0)
		r = copy_text(ctx, &machine->installs, installs);
	return r;
}

/* The first LOST lines are what will not come back. */
static int parse_excluded(struct context *ctx, struct json_pull *json, json_int_t lost, struct manifest *manifest)
{
	bool begun = false;
	size_t count = 0;

	if (json->end - json->at > (ptrdiff_t)EXCLUDED_TEXT_LIMIT)
		return manifest_bad(ctx, N_("\"excluded\" is too long"));
	if (!json_pull_open(json, '['))
		return manifest_bad(ctx, N_("\"excluded\" is no array"));
	for (; json_pull_more(json, ']', &begun); count++) {
		bool is_lost = lost > 0 && count < (size_t)lost;
		const char *text;

		if (count == EXCLUDED_LIMIT || !json_pull_string(json, &text, NULL) || !text_is_plain(text))
			return json_pull_error(json) == -ENOMEM ?
				       context_oom(ctx) :
				       manifest_bad(ctx, N_("a line of \"excluded\" is no plain text, or there are too many"));
		if ((is_lost ? strv_append_counted(&manifest->lost, &manifest->lost_count, text)
			     : strv_append_counted(&manifest->excluded, &manifest->excluded_count, text)) < 0)
			return context_oom(ctx);
	}
	if (!json_pull_ended(json))
		return manifest_bad(ctx, N_("\"excluded\" is malformed"));
	return lost < 0 || (size_t)lost > count ? manifest_bad(ctx, N_("\"lost\" is not a number of lines of \"excluded\"")) : 0;
}

/* Node by node: what a tree of all of them costs is many times their text. */
static int read_layout(struct context *ctx, struct json_pull *json, struct layout *layout)
{
	bool begun = false;

	if (json->end - json->at > (ptrdiff_t)LAYOUT_LIMIT)
		return context_fail(ctx, EINVAL, "layout: it is too long");
	if (!json_pull_open(json, '['))
		return context_fail(ctx, EBADMSG, "layout: it is no list of nodes");
	while (json_pull_more(json, ']', &begun)) {
		const char *text;
		size_t length;
		json_t *node;
		int r;

		if (!json_pull_skip(json, &text, &length) || length > NODE_LIMIT)
			return context_fail(ctx, EBADMSG, "layout: a node is malformed or too long");
		node = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
		r = node ? layout_add_json(ctx, layout, node) : context_fail(ctx, EBADMSG, "layout: a node is malformed");
		json_decref(node);
		if (r < 0)
			return r;
	}
	return json_pull_ended(json) ? layout_check(ctx, layout) : context_fail(ctx, EBADMSG, "layout: it is malformed");
}

/* A set whose layout was refused is said to be damaged: who restores it knows of no layout. */
static int parse_layout(struct context *ctx, struct json_pull *json, struct layout **ret)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	int r = layout ? read_layout(ctx, json, layout) : context_oom(ctx);

	if (r == 0)
		*ret = TAKE_POINTER(layout);
	return r == -EINVAL ? context_reword(ctx, EINVAL, "the set is damaged in what it says of its disks: %s", context_detail(ctx)) : r;
}

/* The members that may be long, each with its own text. */
enum { LONG_LAYOUT, LONG_EXCLUDED, LONG_COUNT };
static const char *const long_members[LONG_COUNT] = { "layout", "excluded" };

struct parts {
	json_t *small;           /* an object of all others */
	json_t *attachments;     /* NULL: none */
	struct json_pull longs[LONG_COUNT];
};

static void parts_done(struct parts *parts)
{
	json_decref(parts->small);
	json_decref(parts->attachments);
	for (size_t i = 0; i < LONG_COUNT; i++)
		json_pull_done(&parts->longs[i]);
}

/* All but what parts->longs holds. */
static int parse_small(struct context *ctx, json_t *root, struct manifest *manifest, json_int_t *ret_lost)
{
	const char *format, *id = "", *label = NULL, *created = "", *tool, *index_sha256, *index_name, *table_sha256, *table_name, *sha256;
	json_int_t files, bytes, changed, index_stored, table_stored, segments;
	json_error_t error;
	json_t *machine;
	int r;

	if (json_unpack_ex(root, &error, 0,
			   "{s:s, s:i, s:s, s?s, s:s, s:s, s:o, s:{s:I, s:I, s:I !}, s:{s:s, s:I, s:I, s:s !}, s:{s:s, s:I, s:s !}, s?I, s:s !}",
			   "format", &format, "version", &(int){ 0 }, "id", &id, "label", &label, "created", &created, "tool", &tool, "machine",
			   &machine, "totals", "files", &files, "bytes", &bytes, "changed", &changed, "segments", "name", &table_name, "count",
			   &segments, "stored", &table_stored, "sha256", &table_sha256, "index", "name", &index_name, "stored", &index_stored,
			   "sha256", &index_sha256, "lost", ret_lost, "sha256", &sha256) < 0)
		return context_fail(ctx, EBADMSG, "the manifest %s is not valid: %s", MANIFEST_NAME, error.text);
	if (!matches(id, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") || !matches(created, "9999-99-99T99:99:99Z"))
		return manifest_bad(ctx, N_("the set's id or time is malformed"));
	if (files < 1 || bytes < 0 || changed < 0 || changed > files || index_stored < 1 || index_stored > INDEX_LIMIT ||
	    !manifest_is_digest(index_sha256) || strcmp(index_name, INDEX_NAME))
		return manifest_bad(ctx, N_("its totals or the index are malformed"));
	if (segments < 1 || segments > SEGMENTS_LIMIT || table_stored < 1 || table_stored > SEGMENT_TABLE_LIMIT ||
	    !manifest_is_digest(table_sha256) || strcmp(table_name, SEGMENT_TABLE_NAME))
		return manifest_bad(ctx, N_("\"segments\" is malformed"));
	manifest->segment_count = (size_t)segments;
	manifest->table_stored = (uint64_t)table_stored;
	memcpy(manifest->table_sha256, table_sha256, DIGEST_HEX);
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
	return r == 0 ? parse_machine(ctx, machine, &manifest->machine) : r;
}

/* The version is looked at first: a newer manifest is not damaged. */
static int check_version(struct context *ctx, json_t *root, bool beginning)
{
	const char *format = json_string_value(json_object_get(root, "format"));
	json_t *version = json_object_get(root, "version");

	if (!format || strcmp(format, beginning ? BEGINNING_FORMAT : MANIFEST_FORMAT) || !json_is_integer(version))
		return manifest_bad(ctx, N_("it is not the manifest of a recovery set"));
	if (json_integer_value(version) != MANIFEST_VERSION)
		return context_fail(
			ctx, EINVAL,
			"the set has format version %lld; this Lifeboat reads version %d: use the Lifeboat that "
			"wrote it or a newer one",
			(long long)json_integer_value(version), MANIFEST_VERSION);
	return 0;
}

/* The place of NAME among the long members, or LONG_COUNT. */
static size_t find_long(const char *name)
{
	size_t i = 0;

	while (i < LONG_COUNT && strcmp(long_members[i], name))
		i++;
	return i;
}

/* One member of the manifest goes into its part. *SMALL counts bytes. */
static int split_member(struct context *ctx, struct json_pull *json, struct parts *parts, size_t *small)
{
	const char *text, *read;
	AUTO_FREE char *name = NULL;
	size_t length, which;
	json_t *value;

	if (!json_pull_name(json, &read) || !json_pull_skip(json, &text, &length))
		return manifest_bad(ctx, N_("it is no JSON object"));
	name = strdup(read);
	if (!name)
		return context_oom(ctx);
	which = find_long(name);
	if (json_object_get(parts->small, name) || (which < LONG_COUNT && parts->longs[which].at))
		return manifest_bad(ctx, N_("a member of it is there twice"));
	if (which < LONG_COUNT) {
		json_pull_begin(&parts->longs[which], text, length);
		return 0;
	}
	*small += strlen(name) + length;
	if (*small > SMALL_LIMIT)
		return manifest_bad(ctx, N_("a member of it is too long"));
	value = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	return !value ? manifest_bad(ctx, N_("it is no JSON")) :
	       json_object_set_new(parts->small, name, value) < 0 ? context_oom(ctx) : 0;
}

static int split(struct context *ctx, const char *text, size_t length, struct parts *parts)
{
	struct json_pull json = { 0 };
	bool begun = false;
	size_t small = 0;
	int r = 0;

	parts->small = json_object();
	json_pull_begin(&json, text, length);
	if (!parts->small)
		r = context_oom(ctx);
	else if (!json_pull_open(&json, '{'))
		r = manifest_bad(ctx, N_("it is no JSON object"));
	while (r == 0 && json_pull_more(&json, '}', &begun))
		r = split_member(ctx, &json, parts, &small);
	if (r == 0 && !json_pull_ended(&json))
		r = manifest_bad(ctx, N_("it is no JSON object"));
	json_pull_done(&json);
	return r;
}

static int parse_parts(struct context *ctx, struct parts *parts, struct manifest *manifest)
{
	json_int_t lost = 0;
	bool images = false;
	int r = check_version(ctx, parts->small, manifest->is_beginning);

	if (r == 0)
		r = manifest_take_features(ctx, parts->small, &manifest->optional, &parts->attachments, &images);
	for (size_t i = 0; r == 0 && i < LONG_COUNT; i++)
		if (!parts->longs[i].at)
			r = manifest_bad(ctx, N_("\"layout\" or \"excluded\" is missing"));
	if (r == 0)
		r = parse_small(ctx, parts->small, manifest, &lost);
	if (r == 0)
		r = parse_excluded(ctx, &parts->longs[LONG_EXCLUDED], lost, manifest);
	if (r == 0)
		r = parse_layout(ctx, &parts->longs[LONG_LAYOUT], &manifest->layout);
	if (r == 0 && images != layout_has_images(manifest->layout))
		r = manifest_bad(ctx, N_("it has images and does not require them, or the other way round"));
	return r == 0 && parts->attachments ? manifest_take_attachments(ctx, parts->attachments, manifest) : r;
}

static int parse(struct context *ctx, const char *text, size_t length, bool beginning, struct manifest **ret)
{
	AUTO_MANIFEST struct manifest *manifest = NULL;
	CLEANUP(parts_done) struct parts parts = { 0 };
	char sha256[DIGEST_HEX];
	int r;

	if (length > MANIFEST_LIMIT)
		return manifest_bad(ctx, N_("it is too long"));
	r = check_closing(ctx, text, length, sha256);
	if (r == 0)
		r = split(ctx, text, length, &parts);
	if (r < 0)
		return r;
	manifest = calloc(1, sizeof(*manifest));
	if (!manifest)
		return context_oom(ctx);
	manifest->is_beginning = beginning;
	r = parse_parts(ctx, &parts, manifest);
	if (r < 0)
		return r;
	memcpy(manifest->sha256, sha256, sizeof(sha256));
	*ret = TAKE_POINTER(manifest);
	return 0;
}

int manifest_parse(struct context *ctx, const char *text, size_t length, struct manifest **ret)
{
	return parse(ctx, text, length, false, ret);
}

int manifest_parse_beginning(struct context *ctx, const char *text, size_t length, struct manifest **ret)
{
	return parse(ctx, text, length, true, ret);
}
