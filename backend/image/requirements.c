/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "requirements.h"

#include <errno.h>
#include <string.h>

#include "../layout/lvm_segments.h"
#include "../filesystems/mkfs.h"
#include "loader.h"
#include "packages.h"
#include "programs.h"
#include "skeleton.h"

struct search {
	const struct distribution *distribution;
	char **missing;  /* programs, each perhaps with what it is for */
	char **packages;
};

static void search_done(struct search *search)
{
	strv_free(search->missing);
	strv_free(search->packages);
}

/* WHAT is not here; it is in Debian's PACKAGE. 0 or -ENOMEM. */
static int add_missing(struct search *search, const char *what, const char *package)
{
	const char *name = distribution_package(search->distribution, package);

	if (!strv_contains(search->missing, what) && strv_append(&search->missing, what) < 0)
		return -ENOMEM;
	return strv_contains(search->packages, name) ? 0 : strv_append(&search->packages, name);
}

/* FOR_WHAT: why it is needed, or NULL. */
static int look_for(struct search *search, const char *command, const char *package, const char *for_what)
{
	AUTO_FREE char *path = programs_find_command(command), *what = NULL;

	if (path)
		return 0;
	what = for_what ? text_format("%s (%s)", command, for_what) : strdup(command);
	return what ? add_missing(search, what, package) : -ENOMEM;
}

static int look_for_builders(struct search *search, enum requirements what)
{
	int r = what == REQUIREMENTS_IMAGE ? look_for(search, "xorriso", "xorriso", NULL) : 0;

	if (r == 0)
		r = look_for(search, "grub-mkimage", "grub-common", NULL);
	/* The boot partition of a stick is a FAT in any case. */
	if (r == 0 && (what == REQUIREMENTS_STICK || loader_has_uefi()))
		r = look_for(search, "mformat", "mtools", NULL);
	if (r == 0 && !loader_has_bios() && !loader_has_uefi()) {
		r = add_missing(search, N_("GRUB for BIOS or UEFI"), "grub-pc-bin");
		if (r == 0)
			r = add_missing(search, N_("GRUB for BIOS or UEFI"), "grub-efi-amd64-signed");
		if (r == 0)
			r = add_missing(search, N_("GRUB for BIOS or UEFI"), "shim-signed");
	}
	return r;
}

/* What makes the contents of the set's disks. */
static int look_for_layout(struct search *search, const struct layout *layout)
{
	int r = 0;

	for (size_t i = 0; layout && r == 0 && i < layout->count; i++) {
		const struct node *node = layout->nodes[i];
		const struct mkfs_kind *kind = node->type == NODE_FILESYSTEM ? mkfs_kind_find(node->filesystem.kind) : NULL;
		AUTO_FREE char *for_what = kind ? sentence("the set has %s filesystems", kind->kind) : NULL;

		if (node->type == NODE_DISK && node_number(node, MULTIPATH_PROPERTY))
			r = look_for(search, "dmsetup", tools_package("dmsetup"), N_("the set has disks that are reached by several paths"));
		if (r == 0 && node->type == NODE_DISK && node_number(node, MULTIPATH_PROPERTY))
			r = look_for(search, "multipath", tools_package("multipath"), N_("the set has disks that are reached by several paths"));
		if (r == 0 && node->type == NODE_RAID)
			r = look_for(search, "mdadm", tools_package("mdadm"), N_("the set has RAID arrays"));
		if (r == 0 && node->type == NODE_LUKS)
			r = look_for(search, "cryptsetup", tools_package("cryptsetup"), N_("the set has encrypted containers"));
		if (r == 0 && node->type == NODE_VG)
			r = look_for(search, "lvm", tools_package("lvm"), N_("the set has LVM volume groups"));
		if (r == 0 && node->type == NODE_LV && lvm_is_kind(node, "thin-pool"))
			r = look_for(search, "thin_restore", tools_package("thin_restore"), N_("the set has thin pools of LVM"));
		if (r < 0)
			return r;
		if (!kind)
			continue;
		if (!for_what)
			return -ENOMEM;
		r = look_for(search, kind->program, tools_package(kind->program), for_what);
		if (r == 0 && kind->tuner)
			r = look_for(search, kind->tuner, tools_package(kind->tuner), for_what);
	}
	return r;
}

static int tell(struct context *ctx, const struct search *search)
{
	AUTO_FREE char *missing = strv_join(search->missing, ", "), *packages = strv_join(search->packages, " ");

	if (!missing || !packages)
		return context_oom(ctx);
	return context_fail(ctx, ENOENT, "Rescue media cannot be made on this machine, because it lacks %s; install them with '%s %s'",
			    missing, distribution_install(search->distribution), packages);
}

int requirements_check(struct context *ctx, enum requirements what, const struct layout *layout)
{
	CLEANUP(search_done) struct search search = { .distribution = distribution_here(ctx) };
	const char *command, *package;
	int r = look_for(&search, "depmod", "kmod", NULL);

	for (size_t i = 0; r == 0 && (command = tools_required(i, &package)); i++)
		r = look_for(&search, command, package, NULL);
	if (r == 0 && what != REQUIREMENTS_ARCHIVE)
		r = look_for_builders(&search, what);
	if (r == 0)
		r = look_for_layout(&search, layout);
	if (r < 0)
		return context_oom(ctx);
	return search.missing ? tell(ctx, &search) : 0;
}
