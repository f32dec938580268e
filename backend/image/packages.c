/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "packages.h"

#include <fcntl.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/file.h"

#define OS_RELEASE_LIMIT (64u << 10)
#define FAMILIES 3

struct distribution {
	const char *const *ids; /* words of ID and ID_LIKE */
	const char *install;
	size_t column; /* of names; FAMILIES: Debian's */
};

static const char *const debian[] = { "debian", "ubuntu", NULL };
static const char *const fedora[] = { "fedora", "rhel", "centos", NULL };
static const char *const suse[] = { "suse", "opensuse", "sles", NULL };
static const char *const arch[] = { "arch", NULL };

static const struct distribution distributions[] = {
	{ debian, "apt-get install", FAMILIES },
	{ fedora, "dnf install", 0 },
	{ suse, "zypper install", 1 },
	{ arch, "pacman -S", 2 },
};

/* Where others call a package otherwise than Debian. */
static const struct {
	const char *debian, *others[FAMILIES]; /* Fedora, SUSE, Arch */
} names[] = {
	{ "btrfs-progs", { "btrfs-progs", "btrfsprogs", "btrfs-progs" } },
	{ "cryptsetup-bin", { "cryptsetup", "cryptsetup", "cryptsetup" } },
	{ "dmsetup", { "device-mapper", "device-mapper", "device-mapper" } },
	{ "fdisk", { "util-linux", "util-linux", "util-linux" } },
	{ "gdisk", { "gdisk", "gptfdisk", "gptfdisk" } },
	{ "grub2-common", { "grub2-tools", "grub2", "grub" } },
	{ "grub-common", { "grub2-tools-extra", "grub2", "grub" } },
	{ "grub-pc-bin", { "grub2-pc-modules", "grub2-i386-pc", "grub" } },
	{ "grub-efi-amd64-bin", { "grub2-efi-x64-modules", "grub2-x86_64-efi", "grub" } },
	{ "grub-efi-amd64-signed", { "grub2-efi-x64", "grub2-x86_64-efi", "grub" } },
	{ "shim-signed", { "shim-x64", "shim", "shim" } },
	{ "iproute2", { "iproute", "iproute2", "iproute2" } },
	{ "iputils-ping", { "iputils", "iputils", "iputils" } },
	{ "kpartx", { "kpartx", "kpartx", "multipath-tools" } },
	{ "libcap2-bin", { "libcap", "libcap-progs", "libcap" } },
	{ "linux-image-amd64", { "kernel", "kernel-default", "linux" } },
	{ "mt-st", { "mt-st", "mt_st", "mt-st" } },
	{ "multipath-tools", { "device-mapper-multipath", "multipath-tools", "multipath-tools" } },
	{ "nfs-common", { "nfs-utils", "nfs-client", "nfs-utils" } },
	{ "openssh-client", { "openssh-clients", "openssh-clients", "openssh" } },
	{ "squashfs-tools", { "squashfs-tools", "squashfs", "squashfs-tools" } },
	{ "thin-provisioning-tools", { "device-mapper-persistent-data", "thin-provisioning-tools", "thin-provisioning-tools" } },
	{ "util-linux-extra", { "util-linux", "util-linux", "util-linux" } },
	{ "xorriso", { "xorriso", "xorriso", "libisoburn" } },
	{ "xz-utils", { "xz", "xz", "xz" } },
};

/* Whether the shell-like VALUE, perhaps in quotes, has WORD. */
static bool has_word(const char *value, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = value + strspn(value, "\"' "); *at; at += strcspn(at, " \"'"), at += strspn(at, " \"'"))
		if (strcspn(at, " \"'-") == length && !strncmp(at, word, length))
			return true;
	return false;
}

const struct distribution *distribution_here(const struct context *ctx)
{
	AUTO_FREE char *path = context_path(ctx, "/etc/os-release"), *text = NULL;
	char *rest = NULL;

	if (!path || file_read(AT_FDCWD, path, OS_RELEASE_LIMIT, &text, NULL) < 0)
		return NULL;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *value = !strncmp(line, "ID=", 3) ? line + 3 : !strncmp(line, "ID_LIKE=", 8) ? line + 8 : NULL;

		for (size_t i = 0; value && i < ARRAY_LENGTH(distributions); i++)
			for (const char *const *id = distributions[i].ids; *id; id++)
				if (has_word(value, *id))
					return &distributions[i];
	}
	return NULL;
}

const char *distribution_package(const struct distribution *distribution, const char *package)
{
	for (size_t i = 0; distribution && distribution->column < FAMILIES && i < ARRAY_LENGTH(names); i++)
		if (!strcmp(names[i].debian, package))
			return names[i].others[distribution->column];
	return package;
}

const char *distribution_install(const struct distribution *distribution)
{
	return distribution ? distribution->install : distributions[0].install;
}
