/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that read and write a manifest's text share; docs/set-format.md. Only for manifest*.c. */
#ifndef LIFEBOAT_SET_MANIFEST_FORMAT_H
#define LIFEBOAT_SET_MANIFEST_FORMAT_H

#include "../core/json_pull.h"
#include "manifest.h"

#define MANIFEST_FORMAT "lifeboat recovery set"
#define BEGINNING_FORMAT "lifeboat recovery set, beginning"
/* The last two lines of the file: the digest covers every byte before the first of them. */
#define MANIFEST_CLOSING_HEAD "  \"sha256\": \""
#define MANIFEST_CLOSING_TAIL "\"\n}\n"

/* -EBADMSG with the sentence that the manifest is not valid, and WHAT. */
int manifest_bad(struct context *ctx, const char *what);
/* True for a SHA-256 in lower-case hex digits. */
bool manifest_is_digest(const char *text);

/* The feature words of ROOT, an object of all short members: refuses the set when one of "required" is not known here, keeps those of
 * "optional" that are not known here in *RET_OPTIONAL, and takes both, with the members that unknown optional features own, out of ROOT. 0 or -errno
 * with a sentence. *RET_ATTACHMENTS: what the feature "attachments" added, a new reference; NULL: it is not used. *RET_IMAGES: whether
 * "images" is required. */
int manifest_take_features(struct context *ctx, json_t *root, char ***ret_optional, json_t **ret_attachments, bool *ret_images);
/* The member "attachments": to JSON, NULL when there are none; and from it, strictly. 0 or -EBADMSG with a sentence. Nodes are held against the
 * layout, which is there. */
json_t *manifest_attachments_json(const struct manifest *manifest);
int manifest_take_attachments(struct context *ctx, json_t *array, struct manifest *manifest);

#endif
