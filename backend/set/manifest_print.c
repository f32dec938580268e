/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manifest.h"

#include <string.h>

#include "../core/sentence.h"
#include "../layout/image.h"
#include "manifest_format.h"

#define MESSAGES_LIMIT (64u << 10) /* bytes; the first lines, which tell what is lost */

/* A JSON string; what is no plain UTF-8 text is escaped. NULL gives NULL, which leaves an optional member out. */
static json_t *text(const char *value)
{
	AUTO_FREE char *printable = value ? text_printable(value) : NULL;

	return printable ? json_string(printable) : NULL;
}

static json_t *machine_object(const struct machine_info *machine)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o*, s:o*, s:o*}", "host", text(machine->host ? machine->host : ""), "os",
			 text(machine->os ? machine->os : ""), "kernel", text(machine->kernel ? machine->kernel : ""),
			 "architecture", text(machine->architecture ? machine->architecture : ""), "firmware",
			 text(machine->firmware), "loader", text(machine->loader), "loader_id", text(machine->loader_id), "grub",
			 text(machine->grub), "installs", text(machine->installs));
}

/* What will not come back, then what was left out by rule: "lost" tells how many lines are the former. */
static json_t *excluded_array(const struct manifest *manifest)
{
	char *const *parts[] = { manifest->lost, manifest->excluded };
	json_t *array = json_array();

	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
		for (char *const *line = parts[i]; line && *line && array; line++) {
			if (json_array_append_new(array, text(*line)) < 0) {
				json_decref(array);
				return NULL;
			}
		}
	}
	return array;
}

/* The optional features that are used; NULL when there are none. */
static json_t *optional_array(const struct manifest *manifest, bool messages)
{
	char *const *words = manifest->optional;
	json_t *array = words || messages || manifest->attachment_count ? json_array() : NULL;

	if (array && messages)
		json_array_append_new(array, json_string(MESSAGES_NAME));

	if (array && manifest->attachment_count)
		json_array_append_new(array, json_string(ATTACHMENTS_NAME));
	for (; array && words && *words; words++) {
		if (json_array_append_new(array, json_string(*words)) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

void manifest_tell_lost(const struct manifest *manifest, json_t *object)
{
	json_t *lines = manifest->lost ? json_array() : NULL;

	for (size_t i = 0; manifest->lost && manifest->lost[i] && i < MANIFEST_LOST_SHOWN; i++)
		json_array_append_new(lines, text(manifest->lost[i]));
	if (lines && json_object_set_new(object, "lost", lines) == 0)
		json_object_set_new(object, "lost_total", json_integer((json_int_t)manifest->lost_count));
}

char *manifest_print(const struct manifest *manifest, size_t *ret_length)
{
	AUTO_BUFFER struct buffer out = { 0 };
	AUTO_FREE char *json = NULL;
	char sha256[DIGEST_HEX];
	json_t *root, *excluded = excluded_array(manifest), *messages = excluded ? sentence_forms(excluded, MESSAGES_LIMIT) : NULL;
	int r;

	root = json_pack("{s:s, s:i, s:o*, s:o*, s:o, s:o*, s:o, s:o, s:o, s:{s:I, s:I, s:I}, s:{s:s, s:I, s:I, s:s}, s:{s:s, s:I, s:s}, s:o, s:o, s:I, s:o*, s:o*}",
			 "format", manifest->is_beginning ? BEGINNING_FORMAT : MANIFEST_FORMAT, "version", MANIFEST_VERSION, "required",
			 layout_has_images(manifest->layout) ? json_pack("[s]", IMAGES_NAME) : NULL, "optional", optional_array(manifest, messages != NULL), "id",
			 text(manifest->set_id), "label", text(manifest->label), "created", text(manifest->created), "tool", text(manifest->tool),
			 "machine", machine_object(&manifest->machine), "totals", "files", (json_int_t)manifest->total_files, "bytes",
			 (json_int_t)manifest->total_bytes, "changed", (json_int_t)manifest->changed_files, "segments", "name", SEGMENT_TABLE_NAME,
			 "count", (json_int_t)manifest->segment_count, "stored", (json_int_t)manifest->table_stored, "sha256", manifest->table_sha256,
			 "index", "name", INDEX_NAME, "stored", (json_int_t)manifest->index_stored, "sha256", manifest->index_sha256, "layout",
			 manifest->layout ? layout_to_json(manifest->layout) : json_array(), "excluded", excluded, "lost",
			 (json_int_t)manifest->lost_count, ATTACHMENTS_NAME, manifest_attachments_json(manifest), MESSAGES_NAME, messages);
	if (!root)
		return NULL;
	json = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	/* The text without its closing "\n}" continues with the digest of itself. */
	if (!json || strlen(json) < 2 || buffer_append(&out, json, strlen(json) - 2) < 0 || buffer_append(&out, ",\n", 2) < 0)
		return NULL;
	if (digest_buffer(out.data, out.length, sha256) < 0)
		return NULL;
	r = buffer_append(&out, MANIFEST_CLOSING_HEAD, strlen(MANIFEST_CLOSING_HEAD));
	if (r == 0)
		r = buffer_append(&out, sha256, DIGEST_HEX - 1);
	if (r == 0)
		r = buffer_append(&out, MANIFEST_CLOSING_TAIL, strlen(MANIFEST_CLOSING_TAIL));
	if (r < 0)
		return NULL;
	if (ret_length)
		*ret_length = out.length;
	return TAKE_POINTER(out.data);
}
