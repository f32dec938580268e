/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "initramfs_keep.h"

#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <string.h>

#include "fstab.h"
#include "initramfs_list.h"
#include "root_path.h"
#include "rooted.h"

bool initramfs_is_of_known_tool(const char *names)
{
	/* initramfs-tools(7), dracut(8), mkinitcpio(8). */
	static const char *const members[] = { "/conf/initramfs.conf", "/lib/dracut/build-parameter.txt", "/buildconfig" };

	for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
		if (initramfs_has_member(names, members[i]))
			return true;
	return false;
}

/* What binds an archive to the machine that it was made on. */
static const struct bond {
	const char *text, *why;
	enum node_type about;    /* no bond where all that the saved machine had of this type is there again: of disks, those of several paths;
				  * NODE_TYPE_COUNT: always one */
} bonds[] = {
	{ "/hostonly-files\n", N_("it was made for the saved machine alone (dracut, hostonly)"), NODE_TYPE_COUNT },
	{ "/etc/cmdline.d/", N_("it holds kernel arguments of the saved machine (dracut, hostonly)"), NODE_TYPE_COUNT },
	{ "-persistent-net.rules\n", N_("it binds the names of network cards to their addresses"), NODE_TYPE_COUNT },
	{ "/etc/systemd/network/", N_("it holds settings of the saved machine's network cards"), NODE_TYPE_COUNT },
	{ "/cryptroot/crypttab\n", N_("it opens encrypted disks of the saved machine"), NODE_LUKS },
	{ "/etc/crypttab\n", N_("it opens encrypted disks of the saved machine"), NODE_LUKS },
	{ "/etc/mdadm/mdadm.conf\n", N_("it assembles arrays of the saved machine"), NODE_RAID },
	{ "/etc/mdadm.conf\n", N_("it assembles arrays of the saved machine"), NODE_RAID },
	{ "/etc/multipath.conf\n", N_("it knows the paths to disks of the saved machine"), NODE_DISK },
	{ "/etc/multipath/wwids\n", N_("it knows the paths to disks of the saved machine"), NODE_DISK },
	{ "/etc/iscsi/", N_("it connects to disks of the saved machine's network"), NODE_TYPE_COUNT },
};

/* Files of the boot loader are no part of an initramfs. */
static bool is_embedded(const char *path)
{
	static const char *const others[] = { "etc/default/", "etc/grub.d/", "etc/kernel/", "boot/" };

	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		if (!strncmp(path, others[i], strlen(others[i])))
			return false;
	return true;
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Whether the saved machine had something of TYPE, and the plan makes all of it: with the same identity, which changed_identity() looks at. */
static bool all_are_made(const struct plan *plan, enum node_type type)
{
	bool any = false;

	for (size_t i = 0; i < plan->target.captured->count; i++) {
		const struct node *node = plan->target.captured->nodes[i];

		if (node->type == type && !plan_makes(plan, layout_find(plan->target.result, node->id)))
			return false;
		any |= node->type == type;
	}
	return any;
}

/* Whether each disk that the saved machine reached by several paths is the same one, by its WWID. */
static bool has_same_paths(const struct plan *plan)
{
	bool any = false;

	for (size_t i = 0; i < plan->target.captured->count; i++) {
		const struct node *node = plan->target.captured->nodes[i], *now = layout_find(plan->target.result, node->id);
		const char *wwid = node->type == NODE_DISK ? node_property(node, MULTIPATH_WWID) : NULL;

		if (wwid && (!now || !is_same_text(wwid, node_property(now, MULTIPATH_WWID))))
			return false;
		any |= wwid != NULL;
	}
	return any;
}

static bool is_bond(const struct plan *plan, const struct bond *bond)
{
	return bond->about == NODE_DISK ? !has_same_paths(plan) : !all_are_made(plan, bond->about);
}

static bool has_identity(enum node_type type)
{
	return type == NODE_RAID || type == NODE_LUKS || type == NODE_VG || type == NODE_LV || type == NODE_FILESYSTEM || type == NODE_SWAP;
}

/* What has another identity than the captured one, of all that an initramfs may name; NULL: nothing. */
static const struct node *changed_identity(const struct plan *plan)
{
	for (size_t i = 0; i < plan->target.result->count; i++) {
		const struct node *node = plan->target.result->nodes[i], *before = layout_find(plan->target.captured, node->id);

		/* No archive knows of what was planned in, nor needs to. */
		if (has_identity(node->type) && !node_property(node, PLANNED_PROPERTY) &&
		    (!before || !is_same_text(node->uuid, before->uuid) || !is_same_text(node->label, before->label)))
			return node;
	}
	return NULL;
}

/* True when the archive has any of the firmware that MODULE may ask for, or it asks for none. What the kernel has built in has no file that
 * would tell; where a file cannot be read, nobody knows. */
static bool has_firmware(struct kmod_module *module, const char *names)
{
	struct kmod_list *information = NULL, *item;
	bool asks = false, found = false;

	if (!kmod_module_get_path(module))
		return true;
	if (kmod_module_get_info(module, &information) < 0)
		return false;
	kmod_list_foreach(item, information) {
		AUTO_FREE char *path = NULL;

		if (strcmp(kmod_module_info_get_key(item), "firmware"))
			continue;
		asks = true;
		path = text_format("/lib/firmware/%s", kmod_module_info_get_value(item));
		/* It may be compressed: then the name has a suffix. */
		found |= path && strstr(names, path);
	}
	kmod_module_info_free_list(information);
	return found || !asks;
}

/* The first of DRIVERS whose firmware is not among NAMES; NULL: none. */
static const char *lacking_firmware(const struct finish_job *job, const char *release, const char *names, char *const *drivers)
{
	AUTO_FREE char *directory = text_format("lib/modules/%s", release), *link = NULL;
	AUTO_CLOSE int fd = directory ? root_open(job->root_fd, directory, O_RDONLY | O_DIRECTORY, 0) : -1;
	struct kmod_ctx *kmod = NULL;
	const char *lacking = NULL;

	link = fd >= 0 ? text_format("/proc/self/fd/%d", fd) : NULL;
	if (link)
		kmod = kmod_new(link, NULL);
	for (size_t i = 0; kmod && !lacking && drivers && drivers[i]; i++) {
		struct kmod_list *found = NULL, *item;

		kmod_set_log_priority(kmod, 0);
		if (kmod_module_new_from_lookup(kmod, drivers[i], &found) < 0)
			continue;
		kmod_list_foreach(item, found) {
			struct kmod_module *module = kmod_module_get_module(item);

			if (!has_firmware(module, names))
				lacking = drivers[i];
			kmod_module_unref(module);
		}
		kmod_module_unref_list(found);
	}
	kmod_unref(kmod);
	return lacking;
}

int initramfs_judge(const struct finish_job *job, const char *release, const char *names, const char *lacking, char *const *drivers,
		    char **ret_why)
{
	const struct node *changed = changed_identity(job->options->plan);
	const char *program = root_path_lacking_program(job->options->plan, names), *firmware;

	*ret_why = NULL;
	if (lacking) {
		*ret_why = sentence("it lacks the driver %s", lacking);
		return *ret_why ? 0 : -ENOMEM;
	}
	if (program) {
		*ret_why = sentence("it lacks the program %s", program);
		return *ret_why ? 0 : -ENOMEM;
	}
	for (char **path = job->corrected; path && *path; path++)
		if (is_embedded(*path) && !(job->fstab_extended && !strcmp(*path, FSTAB_PATH))) {
			*ret_why = sentence("/%s was corrected, which it may hold", *path);
			return *ret_why ? 0 : -ENOMEM;
		}
	if (changed) {
		*ret_why = sentence("%s has another identity than on the saved machine", changed->id);
		return *ret_why ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(bonds); i++)
		if (strstr(names, bonds[i].text) && is_bond(job->options->plan, &bonds[i])) {
			*ret_why = strdup(sentence_words(bonds[i].why));
			return *ret_why ? 0 : -ENOMEM;
		}
	if (!initramfs_is_of_known_tool(names)) {
		*ret_why = sentence("how it was made cannot be told");
		return *ret_why ? 0 : -ENOMEM;
	}
	firmware = lacking_firmware(job, release, names, drivers);
	if (firmware)
		*ret_why = sentence("it lacks the firmware of the driver %s", firmware);
	return firmware && !*ret_why ? -ENOMEM : 0;
}
