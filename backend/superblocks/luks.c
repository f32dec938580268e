/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headers of encrypted containers. Fields: "LUKS1 On-Disk Format Specification" 1.2.3 and "LUKS2 On-Disk Format Specification" 1.1. No salt,
 * digest or key material is kept. The header is read here, not by a tool: tools repair a damaged copy by writing it.
 */
#include <errno.h>
#include <string.h>

#include "../core/byte_order.h"
#include "device_text.h"
#include "superblocks.h"

#define BINARY_HEADER 4096
#define HEADER_LIMIT (4u << 20)      /* the largest LUKS2 header with its JSON */
#define SLOTS_1 8
#define SLOT_1_ACTIVE 0x00ac71f3

static int set_json(struct node *node, const char *key, json_t *value)
{
	const char *text = json_string_value(value);

	if (json_is_integer(value) && json_integer_value(value) >= 0)
		return node_number_set(node, key, (uint64_t)json_integer_value(value));
	return text ? device_text_property(node, key, text, json_string_length(value)) : 0;
}

/* Members of OBJECT that NAMES lists become properties "PREFIX_NAME". */
static int set_members(struct node *node, const char *prefix, json_t *object, const char *const *names)
{
	int r = 0;

	for (; !r && *names; names++) {
		AUTO_FREE char *key = text_format("%s_%s", prefix, *names);

		r = key ? set_json(node, key, json_object_get(object, *names)) : -ENOMEM;
	}
	return r;
}

/* "keyslot_0_type", "keyslot_0_hash", ...: the function that makes a key of a passphrase, and its costs. */
static int set_keyslot(struct node *node, const char *number, json_t *slot)
{
	static const char *const costs[] = { "type", "hash", "iterations", "time", "memory", "cpus", NULL };
	static const char *const slots[] = { "key_size", "priority", NULL };
	static const char *const areas[] = { "encryption", NULL };
	AUTO_FREE char *prefix = text_format("keyslot_%s", number);
	int r = prefix ? set_members(node, prefix, json_object_get(slot, "kdf"), costs) : -ENOMEM;

	if (!r)
		r = set_members(node, prefix, slot, slots);
	if (!r) {
		AUTO_FREE char *key = text_format("%s_af_hash", prefix);

		r = key ? set_json(node, key, json_object_get(json_object_get(slot, "af"), "hash")) : -ENOMEM;
	}
	return r ? r : set_members(node, prefix, json_object_get(slot, "area"), areas);
}

/* The words of LIST, with commas. */
static int set_list(struct node *node, const char *key, json_t *list)
{
	AUTO_BUFFER struct buffer text = { 0 };
	json_t *value;
	size_t i;

	json_array_foreach(list, i, value) {
		const char *word = json_string_value(value);

		if (word && ((text.length && buffer_append(&text, ",", 1) < 0) || buffer_append(&text, word, strlen(word)) < 0))
			return -ENOMEM;
	}
	return text.length ? device_text_property(node, key, text.data, text.length) : 0;
}

/* Of the volume key's digest the function that makes it. */
static int set_hash(struct node *node, json_t *digests)
{
	const char *number;
	json_t *digest;

	json_object_foreach(digests, number, digest) {
		json_t *segments = json_object_get(digest, "segments");

		if (json_string_value(json_array_get(segments, 0)) && !strcmp(json_string_value(json_array_get(segments, 0)), "0"))
			return set_json(node, "hash", json_object_get(digest, "hash"));
	}
	return 0;
}

/* How it is opened, and what cannot be opened by every version of cryptsetup. */
static int set_config(struct node *node, json_t *config)
{
	int r = set_list(node, "flags", json_object_get(config, "flags"));

	return r ? r : set_list(node, "requirements", json_object_get(json_object_get(config, "requirements"), "mandatory"));
}

static bool is_slot_number(const char *text)
{
	return *text && strlen(text) <= 2 && strspn(text, "0123456789") == strlen(text);
}

static int read_json(struct node *node, json_t *root)
{
	json_t *segment = json_object_get(json_object_get(root, "segments"), "0"), *config = json_object_get(root, "config"), *value;
	const char *number, *offset = json_string_value(json_object_get(segment, "offset"));
	const char *keyslots = json_string_value(json_object_get(config, "keyslots_size"));
	uint64_t bytes;
	int r;

	if (!json_is_object(segment) || !offset || !parse_u64(offset, &bytes) || bytes > INT64_MAX)
		return -EINVAL;
	r = node_number_set(node, "payload_offset", bytes);
	if (!r)
		r = set_json(node, "cipher", json_object_get(segment, "encryption"));
	if (!r)
		r = set_json(node, "sector_size", json_object_get(segment, "sector_size"));
	if (!r)
		r = set_json(node, "iv_tweak", json_object_get(segment, "iv_tweak"));
	if (!r)
		r = set_json(node, "payload_size", json_object_get(segment, "size"));
	if (!r)
		r = set_hash(node, json_object_get(root, "digests"));
	if (!r)
		r = set_config(node, config);
	if (!r)
		r = set_json(node, "integrity", json_object_get(json_object_get(segment, "integrity"), "type"));
	if (!r && keyslots)
		r = device_text_property(node, "keyslots_size", keyslots, strlen(keyslots));
	json_object_foreach(json_object_get(root, "keyslots"), number, value)
		if (!r && is_slot_number(number))
			r = set_keyslot(node, number, value);
	json_object_foreach(json_object_get(root, "tokens"), number, value) {
		AUTO_FREE char *key = r || !is_slot_number(number) ? NULL : text_format("token_%s", number);

		if (key)
			r = set_json(node, key, json_object_get(value, "type"));
	}
	return r;
}

static int read_version_2(const struct extent *extent, const unsigned char *header, struct node *node)
{
	uint64_t size = be64(header + 8);
	AUTO_FREE char *text = NULL;
	json_t *root;
	int r;

	if (size <= BINARY_HEADER || size > HEADER_LIMIT)
		return -EINVAL;
	text = calloc(1, (size_t)size - BINARY_HEADER + 1);
	if (!text)
		return -ENOMEM;
	r = extent_read(extent, BINARY_HEADER, text, (size_t)size - BINARY_HEADER);
	if (!r)
		r = device_text_property(node, "subsystem", header + 208, 48);
	if (!r)
		r = node_number_set(node, "metadata_size", size);
	if (r)
		return r;
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	r = root ? read_json(node, root) : -EINVAL;
	json_decref(root);
	return r;
}

static int read_version_1(const unsigned char *header, struct node *node)
{
	AUTO_FREE char *cipher = text_format("%.32s-%.32s", (const char *)header + 8, (const char *)header + 40);
	int r = cipher ? device_text_property(node, "cipher", cipher, strlen(cipher)) : -ENOMEM;

	if (!r)
		r = device_text_property(node, "hash", header + 72, 32);
	if (!r)
		r = node_number_set(node, "payload_offset", be32(header + 104) * 512ull);
	if (!r)
		r = node_number_set(node, "key_size", be32(header + 108));
	for (unsigned i = 0; !r && i < SLOTS_1; i++) {
		const unsigned char *slot = header + 208 + 48 * i;
		AUTO_FREE char *type = text_format("keyslot_%u_type", i), *iterations = text_format("keyslot_%u_iterations", i);

		if (be32(slot) != SLOT_1_ACTIVE)
			continue;
		r = type && iterations ? node_property_set(node, type, "pbkdf2") : -ENOMEM;
		if (!r)
			r = node_number_set(node, iterations, be32(slot + 4));
	}
	return r;
}

int superblock_luks(const struct extent *extent, struct node *node)
{
	AUTO_FREE unsigned char *header = malloc(BINARY_HEADER);
	unsigned version;
	int r = header ? extent_read(extent, 0, header, BINARY_HEADER) : -ENOMEM;

	if (r)
		return r;
	version = be16(header + 6);
	if (memcmp(header, "LUKS\xba\xbe", 6) || version < 1 || version > 2)
		return -EINVAL;
	r = node_number_set(node, "version", version);
	if (r)
		return r;
	return version == 1 ? read_version_1(header, node) : read_version_2(extent, header, node);
}
