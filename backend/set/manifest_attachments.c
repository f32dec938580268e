/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attachments in the manifest: docs/set-format.md, "Attachments". */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "manifest_format.h"

#define NAME_LIMIT 160
#define KIND_LIMIT 64

bool attachment_is_name(const char *name)
{
	size_t length = strlen(name);

	return length <= NAME_LIMIT && isalnum((unsigned char)name[0]) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_.-") == length;
}

static bool is_kind(const char *kind)
{
	size_t length = strlen(kind);

	return length > 0 && length <= KIND_LIMIT && strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

const struct attachment *manifest_find_attachment(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->attachment_count; i++)
		if (!strcmp(manifest->attachments[i].name, name))
			return &manifest->attachments[i];
	return NULL;
}

int manifest_add_attachment(struct manifest *manifest, struct attachment *attachment)
{
	struct attachment *grown;
	size_t at = 0;

	if (manifest->attachment_count == ATTACHMENTS_LIMIT)
		return -E2BIG;
	for (size_t i = 0; i < manifest->attachment_count; i++) {
		/* Where the set may be copied to, names may be the same in either case. */
		if (!strcasecmp(manifest->attachments[i].name, attachment->name))
			return -EEXIST;
		at += strcmp(manifest->attachments[i].name, attachment->name) < 0;
	}
	grown = reallocarray(manifest->attachments, manifest->attachment_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	manifest->attachments = grown;
	memmove(&grown[at + 1], &grown[at], (manifest->attachment_count - at) * sizeof(*grown));
	grown[at] = *attachment;
	*attachment = (struct attachment){ 0 };
	manifest->attachment_count++;
	return 0;
}

json_t *manifest_attachments_json(const struct manifest *manifest)
{
	json_t *array = manifest->attachment_count ? json_array() : NULL;

	for (size_t i = 0; i < manifest->attachment_count; i++) {
		const struct attachment *attachment = &manifest->attachments[i];
		json_t *object = json_pack("{s:s, s:s, s:s*, s:o*, s:I, s:s}", "name", attachment->name, "kind", attachment->kind, "node",
					   attachment->node, "secret", attachment->secret ? json_true() : NULL, "stored",
					   (json_int_t)attachment->stored, "sha256", attachment->sha256);

		if (json_array_append_new(array, object) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static int take_one(struct context *ctx, json_t *object, struct manifest *manifest)
{
	const char *name, *kind, *node = NULL, *sha256;
	CLEANUP(attachment_done) struct attachment attachment = { 0 };
	const struct attachment *last = manifest->attachment_count ? &manifest->attachments[manifest->attachment_count - 1] : NULL;
	int secret = 0, r;
	json_int_t stored;

	if (json_unpack(object, "{s:s, s:s, s?s, s?b, s:I, s:s !}", "name", &name, "kind", &kind, "node", &node, "secret", &secret, "stored",
			&stored, "sha256", &sha256) < 0)
		return manifest_bad(ctx, N_("an attachment lacks something, or holds something unknown"));
	if (!attachment_is_name(name) || !is_kind(kind) || stored < 1 || stored > ATTACHMENT_LIMIT || !manifest_is_digest(sha256) ||
	    (json_object_get(object, "secret") && !secret) || (last && strcmp(last->name, name) >= 0))
		return manifest_bad(ctx, N_("an attachment is malformed, or not in the order of names"));
	if (node && !layout_find(manifest->layout, node))
		return manifest_bad(ctx, N_("an attachment belongs to a node that is not there"));
	attachment.name = strdup(name);
	attachment.kind = strdup(kind);
	attachment.node = node ? strdup(node) : NULL;
	attachment.secret = secret;
	attachment.stored = (uint64_t)stored;
	memcpy(attachment.sha256, sha256, DIGEST_HEX);
	if (!attachment.name || !attachment.kind || (node && !attachment.node))
		return context_oom(ctx);
	r = manifest_add_attachment(manifest, &attachment);
	return r == -ENOMEM ? context_oom(ctx) : r < 0 ? manifest_bad(ctx, N_("two attachments have one name, or there are too many")) : 0;
}

int manifest_take_attachments(struct context *ctx, json_t *array, struct manifest *manifest)
{
	json_t *object;
	size_t i;
	int r = 0;

	if (!json_is_array(array) || json_array_size(array) == 0)
		return manifest_bad(ctx, N_("\"attachments\" is no list, or empty"));
	json_array_foreach(array, i, object) {
		r = take_one(ctx, object, manifest);
		if (r < 0)
			return r;
	}
	return 0;
}
