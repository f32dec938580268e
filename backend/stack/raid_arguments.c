/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raid_arguments.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define KIB 1024ULL

/* Names of parity arrangements, by the kernel's numbers (linux/raid/md_u.h ALGORITHM_*, mdadm(8) --layout). */
static const char *const parity_names[] = { "left-asymmetric", "right-asymmetric", "left-symmetric", "right-symmetric", "parity-first", "parity-last" };
static const struct {
	uint64_t number;
	const char *name;
} raid6_names[] = { { 8, "ddf-zero-restart" }, { 9, "ddf-N-restart" }, { 10, "ddf-N-continue" }, { 16, "left-asymmetric-6" },
		    { 17, "right-asymmetric-6" }, { 18, "left-symmetric-6" }, { 19, "right-symmetric-6" }, { 20, "parity-first-6" } };

/* MISSING: places that may be empty, with 0 all but one. */
static const struct level {
	const char *name;
	size_t least;            /* places */
	size_t missing;
	bool redundant;          /* it has a bitmap or none, and a size of its own */
} levels[] = {
	{ "linear", 1, 0, false }, { "raid0", 1, 0, false }, { "raid1", 1, SIZE_MAX, true }, { "raid4", 2, 1, true },
	{ "raid5", 2, 1, true },   { "raid6", 4, 2, true },  { "raid10", 2, 1, true },
};

static const struct level *level_of(const struct node *node)
{
	const char *name = node_property(node, "level");

	for (size_t i = 0; name && i < ARRAY_LENGTH(levels); i++)
		if (!strcmp(levels[i].name, name))
			return levels + i;
	return NULL;
}

static bool has_metadata(const struct node *node)
{
	static const char *const known[] = { "0.90", "1.0", "1.1", "1.2" };
	const char *metadata = node_property(node, "metadata");

	for (size_t i = 0; metadata && i < ARRAY_LENGTH(known); i++)
		if (!strcmp(known[i], metadata))
			return true;
	return false;
}

/* How the chunks lie, as mdadm is told; "" where it is told nothing. New string; NULL: no name for it, errno EINVAL, or out of memory, errno ENOMEM.
 * */
static char *algorithm_name(const struct node *node)
{
	const char *level = node_property(node, "level");
	uint64_t number = node_number(node, "algorithm"), near = number & 0xff, far = number >> 8 & 0xff;

	errno = ENOMEM;
	if (!strcmp(level, "raid5") || (!strcmp(level, "raid6") && number < ARRAY_LENGTH(parity_names))) {
		if (number < ARRAY_LENGTH(parity_names))
			return strdup(parity_names[number]);
	} else if (!strcmp(level, "raid6")) {
		for (size_t i = 0; i < ARRAY_LENGTH(raid6_names); i++)
			if (raid6_names[i].number == number)
				return strdup(raid6_names[i].name);
	} else if (!strcmp(level, "raid10")) {
		/* md(4); the bits above say that far copies are offset ones, or where far copies lie. */
		if (number >> 16 <= 1 && (near == 1 || far == 1) && near * far > 1)
			return text_format("%c%" PRIu64, far == 1 ? 'n' : number >> 16 ? 'o' : 'f', near * far);
	} else if (!strcmp(level, "raid0") && number) {
		if (number <= 2)
			return strdup(number == 1 ? "original" : "alternate");
	} else {
		return strdup("");
	}
	errno = EINVAL;
	return NULL;
}

bool raid_can_make(const struct node *node, char **ret_why)
{
	const struct level *level = level_of(node);
	CLEANUP(raid_places_done) struct raid_places places = { 0 };
	AUTO_FREE char *algorithm = level ? algorithm_name(node) : NULL;
	int r = level ? raid_places(node, &places) : 0;
	const char *text = node_property(node, "level");

	*ret_why = NULL;
	if (!level || !has_metadata(node) || !node->uuid)
		*ret_why = sentence("Lifeboat cannot recreate arrays of level %s with metadata %s", text ? text : sentence_words(N_("unknown")),
				    node_property(node, "metadata") ? node_property(node, "metadata") : sentence_words(N_("unknown")));
	else if (node_property(node, "reshape") || node_property(node, "journal"))
		*ret_why = sentence("Lifeboat cannot recreate arrays with a journal, or in the middle of a reshape");
	else if (!strcmp(level->name, "raid0") && !strcmp(node_property(node, "metadata"), "0.90"))
		/* Its superblock does not hold the order of the chunks, which the kernel has wanted to know since 5.4: mdadm refuses. */
		*ret_why = sentence("Lifeboat cannot recreate arrays of level %s with metadata %s", text, "0.90");
	else if (!algorithm)
		*ret_why = sentence("Lifeboat cannot recreate how the chunks of this array lie (%llu)",
				    (unsigned long long)node_number(node, "algorithm"));
	else if (r < 0 || places.count < level->least)
		*ret_why = sentence("the places of its members are not known");
	else if (places.missing >= places.count || places.missing > level->missing)
		*ret_why = sentence("too many of its members were missing when it was captured: %zu of %zu", places.missing, places.count);
	return !*ret_why;
}

/* ---- members ---- */

static const char *role_of(const struct node *node, size_t member)
{
	AUTO_FREE char *key = text_format("member_%zu_role", member);

	return key ? node_property(node, key) : NULL;
}

static bool takes_part(const char *role)
{
	return role && strcmp(role, "journal") != 0;
}

int raid_places(const struct node *node, struct raid_places *ret)
{
	size_t members = strv_length(node->on), next = 0;
	uint64_t place;

	*ret = (struct raid_places){ .count = (size_t)node_number(node, "raid_disks") };
	if (ret->count > LAYOUT_ON_LIMIT)
		return -EINVAL;
	ret->members = malloc((ret->count + members + 1) * sizeof(*ret->members));
	if (!ret->members)
		return -ENOMEM;
	for (size_t i = 0; i < ret->count; i++)
		ret->members[i] = SIZE_MAX;
	for (size_t i = 0; i < members; i++) {
		const char *role = role_of(node, i);

		/* Every member gets its superblock, or the array is none of this. */
		if (!takes_part(role))
			return -EINVAL;
		if (!parse_u64(role, &place))
			continue;
		if (place >= ret->count || ret->members[place] != SIZE_MAX)
			return -EINVAL;
		ret->members[place] = i;
	}
	/* Who has no place takes an empty one, or is a spare. */
	for (size_t i = 0; i < members; i++) {
		const char *role = role_of(node, i);

		if (parse_u64(role, &place))
			continue;
		while (next < ret->count && ret->members[next] != SIZE_MAX)
			next++;
		if (next < ret->count)
			ret->members[next] = i;
		else
			ret->members[ret->count + ret->spares++] = i;
	}
	for (size_t i = 0; i < ret->count; i++)
		ret->missing += ret->members[i] == SIZE_MAX;
	return 0;
}

void raid_places_done(struct raid_places *places)
{
	free(TAKE_POINTER(places->members));
}

/* ---- the command line ---- */

/* NAME and VALUE, stolen, as one word "NAME=VALUE"; a VALUE of NULL is no memory. 0 or -ENOMEM. */
static int add(char ***argv, const char *name, char *value)
{
	AUTO_FREE char *word = value ? text_format("%s=%s", name, value) : NULL;

	free(value);
	return word ? strv_append(argv, word) : -ENOMEM;
}

static int add_number(char ***argv, const char *name, uint64_t value)
{
	return add(argv, name, text_format("%" PRIu64, value));
}

/* 32 hex digits in groups of eight, whatever stands between them in TEXT. */
static char *uuid_words(const char *text)
{
	char digits[33];
	size_t count = 0;

	for (; *text && count < 32; text++)
		if (isxdigit((unsigned char)*text))
			digits[count++] = *text;
	digits[count] = '\0';
	return text_format("%.8s:%.8s:%.8s:%.8s", digits, count > 8 ? digits + 8 : "", count > 16 ? digits + 16 : "", count > 24 ? digits + 24 : "");
}

/* "HOST:NAME" is told in two words; a name alone gets no host. */
static int add_name(const struct node *node, char ***argv)
{
	const char *name = node_property(node, "name"), *colon = name ? strchr(name, ':') : NULL;
	int r;

	if (!name)
		return 0;
	r = add(argv, "--homehost", colon ? strndup(name, (size_t)(colon - name)) : strdup("any"));
	return r < 0 ? r : add(argv, "--name", strdup(colon ? colon + 1 : name));
}

/* Where the data of all members begin alike; 0: mdadm chooses. */
static uint64_t data_offset(const struct node *node)
{
	uint64_t largest = 0;

	for (size_t i = 0; node->on[i]; i++) {
		AUTO_FREE char *key = text_format("member_%zu_data_offset", i);
		uint64_t offset = key ? node_number(node, key) : 0;

		if (offset > largest)
			largest = offset;
	}
	return largest;
}

static int add_geometry(const struct node *node, const struct level *level, char ***argv)
{
	AUTO_FREE char *algorithm = algorithm_name(node);
	uint64_t chunk = node_number(node, "chunk_size"), size = node_number(node, "component_size"), offset = data_offset(node);
	bool version_1 = strcmp(node_property(node, "metadata"), "0.90") != 0;
	int r = algorithm ? 0 : -errno;

	if (r == 0 && *algorithm)
		r = add(argv, "--layout", strdup(algorithm));
	if (r == 0 && chunk && strcmp(level->name, "raid1"))
		r = add_number(argv, "--chunk", chunk / KIB);
	if (r == 0 && level->redundant && size)
		r = add_number(argv, "--size", size / KIB);
	if (r == 0 && version_1 && offset)
		r = add_number(argv, "--data-offset", offset / KIB);
	if (r == 0 && level->redundant)
		r = add(argv, "--bitmap", strdup(node_property(node, "bitmap") ? "internal" : "none"));
	return r;
}

int raid_arguments(const struct node *node, const struct raid_places *places, const char *device, bool trial, char ***ret)
{
	static const char *const begin[] = { "mdadm", "--create" };
	const struct level *level = level_of(node);
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(begin); i++)
		r = strv_append(ret, begin[i]);
	if (r == 0)
		r = strv_append(ret, device);
	if (r == 0)
		r = strv_append(ret, "--run");
	if (r == 0)
		r = add(ret, "--level", strdup(level->name));
	if (r == 0)
		r = add(ret, "--metadata", strdup(node_property(node, "metadata")));
	if (r == 0)
		r = add_number(ret, "--raid-devices", places->count);
	if (r == 0 && places->spares)
		r = add_number(ret, "--spare-devices", places->spares);
	if (r == 0 && !trial)
		r = add(ret, "--uuid", uuid_words(node->uuid));
	if (r == 0)
		r = add_name(node, ret);
	if (r == 0)
		r = add_geometry(node, level, ret);
	if (r == 0 && trial && level->redundant && !places->missing)
		r = strv_append(ret, "--assume-clean");
	/* Of arrays whose members are few, too. */
	return r == 0 && places->count == 1 ? strv_append(ret, "--force") : r;
}
