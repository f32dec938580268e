/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "root_path.h"

#include <errno.h>
#include <string.h>

#include "drivers.h"
#include "identifiers.h"
#include "initramfs_list.h"

static const char *const starts[] = { "/", "/usr" };

/* Calls VISIT for NODE of the result and all that it lies on, from the top down; 0 or the first error. */
static int visit_down(const struct plan *plan, const struct node *node, int (*visit)(const struct node *node, void *data), void *data)
{
	int r = visit(node, data);

	for (char **id = node->on; r == 0 && id && *id; id++) {
		const struct node *on = layout_find(plan->target.result, *id);

		r = on ? visit_down(plan, on, visit, data) : 0;
	}
	return r;
}

static int visit_all(const struct plan *plan, int (*visit)(const struct node *node, void *data), void *data)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(starts); i++) {
		const struct node *filesystem = identifier_mounted_at(plan, starts[i]);

		r = filesystem ? visit_down(plan, filesystem, visit, data) : 0;
	}
	return r;
}

/* ---- drivers ---- */

/* Modules of the kernel: a filesystem's kind, an array's level, a volume's kind, a part of a container's cipher, and what each of them needs. */
static const struct {
	enum node_type type;
	const char *kind;        /* NULL: any */
	const char *module;
} modules[] = {
	{ NODE_FILESYSTEM, "ext4", "ext4" },
	{ NODE_FILESYSTEM, "xfs", "xfs" },
	{ NODE_FILESYSTEM, "btrfs", "btrfs" },
	{ NODE_FILESYSTEM, "f2fs", "f2fs" },
	{ NODE_RAID, NULL, "md_mod" },
	{ NODE_RAID, "linear", "linear" },
	{ NODE_RAID, "raid0", "raid0" },
	{ NODE_RAID, "raid1", "raid1" },
	{ NODE_RAID, "raid4", "raid456" },
	{ NODE_RAID, "raid5", "raid456" },
	{ NODE_RAID, "raid6", "raid456" },
	{ NODE_RAID, "raid10", "raid10" },
	{ NODE_LUKS, NULL, "dm_mod" },
	{ NODE_LUKS, NULL, "dm_crypt" },
	{ NODE_LUKS, "xts", "xts" },
	{ NODE_LUKS, "cbc", "cbc" },
	{ NODE_LUKS, "serpent", "serpent_generic" },
	{ NODE_LUKS, "twofish", "twofish_common" },
	{ NODE_LUKS, "camellia", "camellia_generic" },
	{ NODE_LV, NULL, "dm_mod" },
	{ NODE_LV, "thin", "dm_thin_pool" },
	{ NODE_LV, "mirror", "dm_mirror" },
	{ NODE_LV, "raid1", "dm_raid" },
	{ NODE_LV, "raid4", "dm_raid" },
	{ NODE_LV, "raid5", "dm_raid" },
	{ NODE_LV, "raid6", "dm_raid" },
	{ NODE_LV, "raid10", "dm_raid" },
};

static const char *kind_of(const struct node *node)
{
	const char *kind = node->type == NODE_FILESYSTEM ? node->filesystem.kind : node_property(node, node->type == NODE_RAID ? "level" : "kind");

	return kind ? kind : "";
}

/* Whether PART is a whole part of CIPHER ("aes-xts-plain64"). */
static bool is_of_cipher(const char *cipher, const char *part)
{
	size_t length = strlen(part);

	for (; cipher && *cipher; cipher += strcspn(cipher, "-:"), cipher += *cipher != '\0')
		if (strcspn(cipher, "-:") == length && !strncmp(cipher, part, length))
			return true;
	return false;
}

/* LVM's kinds of one level go on behind it ("raid5_ls"). */
static bool is_kind(const struct node *node, const char *kind)
{
	const char *own = kind_of(node);
	size_t length = kind ? strlen(kind) : 0;

	if (kind && node->type == NODE_LUKS)
		return is_of_cipher(node_property(node, "cipher"), kind);
	return !kind || (!strncmp(own, kind, length) && (!own[length] || own[length] == '_'));
}

struct driver_list {
	const struct context *ctx;
	const struct plan *plan;
	char **names;            /* owned */
};

static int add_once(char ***names, const char *name)
{
	return strv_contains(*names, name) ? 0 : strv_append(names, name);
}

static int add_of_disk(struct driver_list *list, const struct node *disk)
{
	const char *device = disk->device ? disk->device : identifier_disk_device(list->plan, disk);
	AUTO_STRV char **drivers = NULL;
	int r = device ? drivers_of_device(list->ctx, device, &drivers) : 0;

	for (char **driver = drivers; r == 0 && driver && *driver; driver++)
		r = add_once(&list->names, *driver);
	return r;
}

static int add_drivers(const struct node *node, void *data)
{
	struct driver_list *list = data;
	int r = node->type == NODE_DISK ? add_of_disk(list, node) : 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(modules); i++)
		if (modules[i].type == node->type && is_kind(node, modules[i].kind))
			r = add_once(&list->names, modules[i].module);
	return r;
}

int root_path_drivers(const struct context *ctx, const struct plan *plan, char ***ret)
{
	struct driver_list list = { ctx, plan, NULL };
	int r = visit_all(plan, add_drivers, &list);

	if (r < 0)
		strv_free(list.names);
	else
		*ret = list.names;
	return r;
}

/* ---- programs ---- */

/* Ends of their paths in an initramfs: any of them will do. */
static const struct {
	enum node_type type;
	const char *name;
	const char *paths[4];    /* NULL-ended */
} programs[] = {
	{ NODE_RAID, "mdadm", { "/sbin/mdadm", "/bin/mdadm" } },
	{ NODE_LV, "lvm", { "/sbin/lvm", "/bin/lvm" } },
	{ NODE_LUKS, "cryptsetup", { "/sbin/cryptsetup", "/bin/cryptsetup", "/systemd-cryptsetup" } },
};

struct program_search {
	const char *names;
	const char *lacking;
};

static int look_for_program(const struct node *node, void *data)
{
	struct program_search *search = data;

	for (size_t i = 0; !search->lacking && i < ARRAY_LENGTH(programs); i++) {
		bool found = programs[i].type != node->type;

		for (const char *const *path = programs[i].paths; !found && *path; path++)
			found = initramfs_has_member(search->names, *path);
		if (!found)
			search->lacking = programs[i].name;
	}
	return 0;
}

const char *root_path_lacking_program(const struct plan *plan, const char *names)
{
	struct program_search search = { .names = names };

	(void)visit_all(plan, look_for_program, &search);
	return search.lacking;
}

/* ---- words ---- */

/* As mdadm writes it: "01234567:89abcdef:...". New string; NULL when out of memory. */
static char *array_uuid(const char *uuid)
{
	char digits[33];
	size_t count = 0;

	for (; *uuid && count < 32; uuid++)
		if (*uuid != '-' && *uuid != ':')
			digits[count++] = *uuid;
	digits[count] = '\0';
	return count < 32 ? strdup(digits) : text_format("%.8s:%.8s:%.8s:%.8s", digits, digits + 8, digits + 16, digits + 24);
}

/* The word about NODE: new string in *RET; NULL: none is needed. 0 or -ENOMEM. */
static int word_of(const struct node *node, char **ret)
{
	const char *group = node->type == NODE_LV ? node_property(node, "vg_name") : NULL;
	AUTO_FREE char *array = node->type == NODE_RAID && node->uuid ? array_uuid(node->uuid) : NULL;

	*ret = NULL;
	if (group && node->label && !volume_is_hidden(node))
		*ret = text_format("rd.lvm.lv=%s/%s", group, node->label);
	else if (node->type == NODE_LUKS && node->uuid)
		*ret = text_format("rd.luks.uuid=%s", node->uuid);
	else if (array)
		*ret = text_format("rd.md.uuid=%s", array);
	else
		return node->type == NODE_RAID && node->uuid ? -ENOMEM : 0;
	return *ret ? 0 : -ENOMEM;
}

static int add_word(const struct node *node, void *data)
{
	AUTO_FREE char *word = NULL;
	int r = word_of(node, &word);

	return r || !word ? r : add_once(data, word);
}

char *root_path_words(const struct plan *plan)
{
	AUTO_BUFFER struct buffer text = { 0 };
	AUTO_STRV char **words = NULL;
	int r = visit_all(plan, add_word, &words);

	for (char **word = words; r == 0 && word && *word; word++)
		r = (word != words && buffer_append(&text, " ", 1) < 0) || buffer_append(&text, *word, strlen(*word)) < 0 ? -ENOMEM : 0;
	return r < 0 ? NULL : text.data ? TAKE_POINTER(text.data) : strdup("");
}
