/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proof.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	const char *directory;   /* of links or nodes of this kind */
} kinds[] = {
	[PROOF_SERIAL] = { "serial", "" },
	[PROOF_WWN] = { "wwn", "" },
	[PROOF_PATH] = { "path", "/dev/disk/by-path/" },
	[PROOF_NAME] = { "name", "/dev/" },
};

struct proof proof_of(json_t *disk)
{
	json_t *told = json_object_get(disk, "proof");
	struct proof proof = { .kind = PROOF_NAME, .text = member_text(told, "text") };
	size_t length, tail = (size_t)member_number(told, "tail");

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(kinds[i].name, member_text(told, "kind")))
			proof.kind = (enum proof_kind)i;
	length = strlen(proof.text);
	proof.tail = tail && tail < length ? proof.text + length - tail : proof.text;
	return proof;
}

bool proof_is_place(const struct proof *proof)
{
	return proof->kind == PROOF_PATH || proof->kind == PROOF_NAME;
}

bool proof_is_given(const struct proof *proof, const char *typed, bool ends)
{
	const char *directory = kinds[proof->kind].directory;
	size_t length = strlen(proof->text), typed_length;

	if (!length)
		return false;
	if (!strncmp(typed, directory, strlen(directory)))
		typed += strlen(directory);
	if (proof_is_place(proof))
		return !strcmp(typed, proof->text);
	typed_length = strlen(typed);
	if (!ends)
		return !strcasecmp(typed, proof->text);
	return typed_length >= strlen(proof->tail) && typed_length <= length &&
	       !strcasecmp(typed, proof->text + length - typed_length);
}
