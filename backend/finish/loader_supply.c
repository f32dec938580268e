/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loader_supply.h"

#include <string.h>

#include "../core/bytes.h"
#include "../core/run.h"
#include "../core/sentence.h"
#include "firmware_mode.h"

bool loader_supply_lists(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (; list && *list; list += strcspn(list, ","), list += *list == ',')
		if (!strncmp(list, name, length) && (!list[length] || list[length] == ','))
			return true;
	return false;
}

bool loader_supply_here(const char *platform)
{
	AUTO_FREE char *kernel = text_format("/usr/lib/grub/%s/kernel.img", platform);

	return kernel && run_is_present(NULL, "grub-install") && access(kernel, R_OK) == 0;
}

/* The saved system started by GRUB, be it for the other firmware. */
static bool had_grub(const struct manifest *manifest)
{
	return loader_supply_lists(manifest->machine.loader, "grub-bios") || loader_supply_lists(manifest->machine.loader, "grub-uefi");
}

/* The rescue system's program knows one name of GRUB's directory. */
static bool serves_directory(const struct manifest *manifest)
{
	return manifest->machine.grub && !strcmp(manifest->machine.grub, "grub");
}

static bool can_install(const struct manifest *manifest, const char *platform)
{
	return had_grub(manifest) &&
	       (loader_supply_lists(manifest->machine.installs, platform) || (serves_directory(manifest) && loader_supply_here(platform)));
}

struct start loader_supply_start(const struct context *ctx, const struct manifest *manifest)
{
	return (struct start){
		.uefi = !strcmp(firmware_mode(ctx), "uefi"),
		.from_uefi = manifest->machine.firmware && !strcmp(manifest->machine.firmware, "uefi"),
		.loader_bios = can_install(manifest, GRUB_BIOS),
		.loader_uefi = can_install(manifest, GRUB_UEFI),
	};
}

char *loader_supply_lacks(const struct manifest *manifest, const char *platform)
{
	const char *package = !strcmp(platform, GRUB_UEFI) ? "grub-efi-amd64-bin" : "grub-pc-bin";

	if (!had_grub(manifest))
		return sentence("the captured system does not start by GRUB, the only boot loader that Lifeboat can install. Install its own from a shell "
				"after the restore");
	if (!serves_directory(manifest))
		return sentence("the captured system lacks GRUB's modules for %s (/usr/lib/grub/%s; Fedora: package %s). Install them there and capture it "
				"again", platform, platform, !strcmp(platform, GRUB_UEFI) ? "grub2-efi-x64-modules" : "grub2-pc-modules");
	return sentence("neither the captured system nor this rescue system has GRUB's modules for %s (/usr/lib/grub/%s; Debian: packages %s and "
			"grub2-common). Make the rescue medium again on a machine that has them", platform, platform, package);
}
