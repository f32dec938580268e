/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "luks_arguments.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define SECTOR 512
#define SLOTS 32

/* Bounds of cryptsetup (lib/luks2/luks2.h, lib/utils_pbkdf.c): what lies beyond is left to its own measure. */
#define PBKDF2_LEAST 1000
#define ARGON2_LEAST 4
#define ARGON2_MEMORY_LEAST 32 /* KiB */
#define ARGON2_MEMORY_MOST (4u << 20)

static uint64_t slot_number(const struct node *node, unsigned slot, const char *what)
{
	AUTO_FREE char *key = text_format("keyslot_%u_%s", slot, what);

	return key ? node_number(node, key) : 0;
}

static const char *slot_property(const struct node *node, unsigned slot, const char *what)
{
	AUTO_FREE char *key = text_format("keyslot_%u_%s", slot, what);

	return key ? node_property(node, key) : NULL;
}

bool luks_has_header(const struct node *node)
{
	return node_number(node, "header_kept");
}

const char *luks_name(const struct node *node)
{
	return strrchr(node->device, '/') + 1;
}

bool luks_can_make(const struct layout *layout, const struct node *node, char **ret_why)
{
	const char *requirements = node_property(node, "requirements"), *integrity = node_property(node, "integrity");
	const char *size = node_property(node, "payload_size");
	uint64_t version = node_number(node, "version"), offset = node_number(node, "payload_offset");

	*ret_why = NULL;
	if (!node_property(node, "opened_as") && !layout_child(layout, node->id, NODE_TYPE_COUNT, 0))
		*ret_why = sentence("it was closed when the set was made, so nothing is known of what is in it");
	else if ((version != 1 && version != 2) || !node->uuid || !node_property(node, "cipher"))
		*ret_why = sentence("its header does not tell how it is encrypted");
	else if (integrity)
		*ret_why = sentence("its data are protected by checksums (%s), which this version of Lifeboat cannot make", integrity);
	else if (requirements)
		*ret_why = sentence("it was being changed, or needs what this version of Lifeboat does not know (%s)", requirements);
	else if (!offset)
		*ret_why = sentence("its header lies on another device than its data");
	else if ((size && strcmp(size, "dynamic")) || node_number(node, "iv_tweak"))
		*ret_why = sentence("its encrypted data do not reach to the end of its device");
	return !*ret_why;
}

/* Appends NAME and the number VALUE where it is one. 0 or -ENOMEM. */
static int add_number(char ***argv, const char *name, uint64_t value)
{
	AUTO_FREE char *text = text_format("%" PRIu64, value);

	if (!value)
		return 0;
	return !text || strv_append(argv, name) < 0 || strv_append(argv, text) < 0 ? -ENOMEM : 0;
}

/* "--label=TEXT": a text may begin with '-'. */
static int add_text(char ***argv, const char *name, const char *text)
{
	AUTO_FREE char *word = text && *text ? text_format("%s=%s", name, text) : NULL;

	if (!text || !*text)
		return 0;
	return word ? strv_append(argv, word) : -ENOMEM;
}

/* What it costs to try a passphrase; 0: left to cryptsetup's own measure. */
struct costs {
	const char *type;        /* NULL: nothing is known */
	uint64_t iterations, memory, threads; /* memory in KiB */
};

static bool is_argon2(const char *type)
{
	return !strncmp(type, "argon2", strlen("argon2"));
}

static uint64_t between(uint64_t value, uint64_t least, uint64_t most)
{
	return !value ? 0 : value < least ? least : value > most ? most : value;
}

/* Those of SLOT of NODE, SLOTS: of none; TRIAL: the least ones of its kind. */
static struct costs costs_of(const struct node *node, unsigned slot, bool trial)
{
	const char *type = slot < SLOTS ? slot_property(node, slot, "type") : NULL;

	if (!type)
		return (struct costs){ 0 };
	if (!is_argon2(type))
		return (struct costs){ type, trial ? PBKDF2_LEAST : between(slot_number(node, slot, "iterations"), PBKDF2_LEAST, UINT32_MAX), 0, 0 };
	if (trial)
		return (struct costs){ type, ARGON2_LEAST, ARGON2_MEMORY_LEAST, 1 };
	return (struct costs){ type, between(slot_number(node, slot, "time"), ARGON2_LEAST, UINT32_MAX),
			       between(slot_number(node, slot, "memory"), ARGON2_MEMORY_LEAST, ARGON2_MEMORY_MOST), slot_number(node, slot, "cpus") };
}

bool luks_holds_boot(const struct layout *layout, const struct node *node)
{
	const struct node *home = layout_boot(layout);

	return home && layout_lies_on(layout, home, node);
}

/* Whether SLOT of NODE costs more than the slot BEST: a function of another kind cannot be compared, but argon2 is always the dearer one, and
 * counts as the cheaper one FOR_BOOT. */
static bool costs_more(const struct node *node, unsigned slot, unsigned best, bool for_boot)
{
	struct costs costs = costs_of(node, slot, false), before = costs_of(node, best, false);

	if (!costs.type || !before.type)
		return costs.type && !before.type;
	if (is_argon2(costs.type) != is_argon2(before.type))
		return is_argon2(costs.type) != for_boot;
	return !is_argon2(costs.type) && costs.iterations > before.iterations;
}

/* The key slot that is most likely a passphrase's: those of chips and key files have cheap functions, for their keys cannot be guessed. Where GRUB
 * opens the container, one that it can open. SLOTS: none. */
static unsigned model_slot(const struct layout *layout, const struct node *node)
{
	bool for_boot = luks_holds_boot(layout, node);
	unsigned model = SLOTS;

	for (unsigned slot = 0; slot < SLOTS; slot++)
		if (costs_more(node, slot, model, for_boot))
			model = slot;
	return model;
}

static int add_costs(char ***argv, const struct node *node, unsigned slot, bool trial)
{
	struct costs costs = costs_of(node, slot, trial);
	int r = node_number(node, "version") == 2 ? add_text(argv, "--pbkdf", costs.type) : 0;

	if (!r)
		r = add_number(argv, "--pbkdf-force-iterations", costs.iterations);
	if (!r)
		r = add_number(argv, "--pbkdf-memory", costs.memory);
	return r ? r : add_number(argv, "--pbkdf-parallel", costs.threads);
}

int luks_format_arguments(const struct layout *layout, const struct node *node, bool trial, char ***ret)
{
	static const char *const begin[] = { "cryptsetup", "luksFormat", "--batch-mode", "--key-file=-" };
	bool is_second = node_number(node, "version") == 2;
	unsigned slot = model_slot(layout, node);
	AUTO_STRV char **argv = NULL;
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_LENGTH(begin); i++)
		r = strv_append(&argv, begin[i]);
	if (!r)
		r = strv_append(&argv, is_second ? "--type=luks2" : "--type=luks1");
	if (!r)
		r = add_text(&argv, "--uuid", node->uuid);
	if (!r)
		r = add_text(&argv, "--cipher", node_property(node, "cipher"));
	if (!r)
		r = add_number(&argv, "--key-size",
			       8 * (is_second ? slot < SLOTS ? slot_number(node, slot, "key_size") : 0 : node_number(node, "key_size")));
	if (!r)
		r = add_text(&argv, "--hash", node_property(node, "hash"));
	if (!r)
		r = add_number(&argv, "--offset", node_number(node, "payload_offset") / SECTOR);
	if (!r && is_second)
		r = add_text(&argv, "--label", node->label);
	if (!r && is_second)
		r = add_text(&argv, "--subsystem", node_property(node, "subsystem"));
	if (!r && is_second)
		r = add_number(&argv, "--sector-size", node_number(node, "sector_size"));
	if (!r && is_second)
		r = add_number(&argv, "--luks2-metadata-size", node_number(node, "metadata_size"));
	if (!r && is_second)
		r = add_number(&argv, "--luks2-keyslots-size", node_number(node, "keyslots_size"));
	if (!r)
		r = add_costs(&argv, node, slot, trial);
	if (!r)
		*ret = TAKE_POINTER(argv);
	return r;
}

int luks_add_key_arguments(const struct layout *layout, const struct node *node, char ***ret)
{
	static const char *const begin[] = { "cryptsetup", "luksAddKey", "--batch-mode", "--key-file=-" };
	unsigned model = model_slot(layout, node), slot = 0;
	AUTO_STRV char **argv = NULL;
	int r = 0;

	while (slot < SLOTS && (slot == model || !slot_property(node, slot, "type")))
		slot++;
	for (size_t i = 0; !r && i < ARRAY_LENGTH(begin); i++)
		r = strv_append(&argv, begin[i]);
	if (!r)
		r = add_costs(&argv, node, slot < SLOTS ? slot : model, false);
	if (!r)
		*ret = TAKE_POINTER(argv);
	return r;
}

int luks_open_arguments(const struct node *node, char ***ret)
{
	/* How it is opened each time (cryptsetup lib/luks2/luks2_json_metadata.c, persistent_flags). */
	static const struct {
		const char *flag, *option;
	} flags[] = { { "allow-discards", "--allow-discards" }, { "same-cpu-crypt", "--perf-same_cpu_crypt" },
		      { "submit-from-crypt-cpus", "--perf-submit_from_crypt_cpus" }, { "no-read-workqueue", "--perf-no_read_workqueue" },
		      { "no-write-workqueue", "--perf-no_write_workqueue" } };
	static const char *const begin[] = { "cryptsetup", "open", "--type=luks", "--key-file=-" };
	AUTO_FREE char *list = node_property(node, "flags") ? text_format(",%s,", node_property(node, "flags")) : NULL;
	AUTO_STRV char **argv = NULL;
	bool is_persistent = false;
	int r = !list && node_property(node, "flags") ? -ENOMEM : 0;

	for (size_t i = 0; !r && i < ARRAY_LENGTH(begin); i++)
		r = strv_append(&argv, begin[i]);
	for (size_t i = 0; !r && list && i < ARRAY_LENGTH(flags); i++) {
		AUTO_FREE char *word = text_format(",%s,", flags[i].flag);

		if (!word)
			return -ENOMEM;
		if (!strstr(list, word))
			continue;
		is_persistent = true;
		r = strv_append(&argv, flags[i].option);
	}
	if (!r && is_persistent)
		r = strv_append(&argv, "--persistent");
	if (!r)
		*ret = TAKE_POINTER(argv);
	return r;
}
