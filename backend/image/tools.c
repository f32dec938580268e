/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The programs of the rescue system: one table. The real ones come first; busybox answers to the names that are left. */
#include <errno.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../core/run.h"
#include "packages.h"
#include "skeleton.h"

enum need { REQUIRED, OPTIONAL };

struct tool {
	const char *command;
	const char *package;     /* of Debian; for the operator when it is missing */
	enum need need;
};

static const struct tool tools[] = {
	{ "bash", "bash", REQUIRED },
	{ "busybox", "busybox", REQUIRED },
	{ "modprobe", "kmod", REQUIRED }, /* the kernel itself asks for /sbin/modprobe */
	{ "kmod", "kmod", REQUIRED },
	{ "depmod", "kmod", OPTIONAL },
	{ "insmod", "kmod", OPTIONAL },
	{ "lsmod", "kmod", OPTIONAL },
	{ "modinfo", "kmod", OPTIONAL },
	{ "rmmod", "kmod", OPTIONAL },
	/* Block devices and mounts. */
	{ "blkdiscard", "util-linux", OPTIONAL },
	{ "blkid", "util-linux", REQUIRED },
	{ "blockdev", "util-linux", REQUIRED },
	{ "cfdisk", "fdisk", OPTIONAL },
	{ "dmesg", "util-linux", OPTIONAL },
	{ "fdisk", "fdisk", OPTIONAL },
	{ "findmnt", "util-linux", OPTIONAL },
	{ "fsck", "util-linux", OPTIONAL },
	{ "hwclock", "util-linux-extra", OPTIONAL },
	{ "losetup", "util-linux", REQUIRED },
	{ "lsblk", "util-linux", REQUIRED },
	{ "mkswap", "util-linux", REQUIRED },
	{ "mount", "util-linux", REQUIRED },
	{ "partx", "util-linux", OPTIONAL },
	{ "sfdisk", "fdisk", REQUIRED },
	{ "swaplabel", "util-linux", OPTIONAL },
	{ "swapoff", "util-linux", OPTIONAL },
	{ "swapon", "util-linux", OPTIONAL },
	{ "umount", "util-linux", REQUIRED },
	{ "wipefs", "util-linux", REQUIRED },
	{ "parted", "parted", OPTIONAL },
	{ "partprobe", "parted", OPTIONAL },
	{ "sgdisk", "gdisk", OPTIONAL },
	{ "hdparm", "hdparm", OPTIONAL },
	{ "lsscsi", "lsscsi", OPTIONAL },
	{ "mt", "mt-st", OPTIONAL },
	{ "mtx", "mtx", OPTIONAL },
	{ "nvme", "nvme-cli", OPTIONAL },
	{ "smartctl", "smartmontools", OPTIONAL },
	{ "eject", "eject", OPTIONAL },
	/* Filesystems. */
	{ "badblocks", "e2fsprogs", OPTIONAL },
	{ "chattr", "e2fsprogs", OPTIONAL },
	{ "debugfs", "e2fsprogs", OPTIONAL },
	{ "dumpe2fs", "e2fsprogs", REQUIRED },
	{ "e2fsck", "e2fsprogs", REQUIRED },
	{ "e2label", "e2fsprogs", OPTIONAL },
	{ "fsck.ext2", "e2fsprogs", OPTIONAL },
	{ "fsck.ext3", "e2fsprogs", OPTIONAL },
	{ "fsck.ext4", "e2fsprogs", OPTIONAL },
	{ "lsattr", "e2fsprogs", OPTIONAL },
	{ "mke2fs", "e2fsprogs", REQUIRED },
	{ "mkfs.ext2", "e2fsprogs", REQUIRED },
	{ "mkfs.ext3", "e2fsprogs", REQUIRED },
	{ "mkfs.ext4", "e2fsprogs", REQUIRED },
	{ "resize2fs", "e2fsprogs", REQUIRED },
	{ "tune2fs", "e2fsprogs", REQUIRED },
	{ "fsck.xfs", "xfsprogs", OPTIONAL },
	{ "mkfs.xfs", "xfsprogs", OPTIONAL },
	{ "xfs_admin", "xfsprogs", OPTIONAL },
	{ "xfs_db", "xfsprogs", OPTIONAL },
	{ "xfs_growfs", "xfsprogs", OPTIONAL },
	{ "xfs_info", "xfsprogs", OPTIONAL },
	{ "xfs_io", "xfsprogs", OPTIONAL },
	{ "xfs_repair", "xfsprogs", OPTIONAL },
	{ "xfs_spaceman", "xfsprogs", OPTIONAL }, /* xfs_info of a mounted filesystem */
	{ "btrfs", "btrfs-progs", OPTIONAL },
	{ "btrfstune", "btrfs-progs", OPTIONAL },
	{ "fsck.btrfs", "btrfs-progs", OPTIONAL },
	{ "mkfs.btrfs", "btrfs-progs", OPTIONAL },
	{ "fatlabel", "dosfstools", OPTIONAL },
	{ "fsck.fat", "dosfstools", OPTIONAL },
	{ "fsck.vfat", "dosfstools", OPTIONAL },
	{ "mkfs.fat", "dosfstools", REQUIRED },
	{ "mkfs.vfat", "dosfstools", REQUIRED },
	{ "fsck.exfat", "exfatprogs", OPTIONAL },
	{ "mkfs.exfat", "exfatprogs", OPTIONAL },
	{ "tune.exfat", "exfatprogs", OPTIONAL },
	{ "fsck.f2fs", "f2fs-tools", OPTIONAL },
	{ "mkfs.f2fs", "f2fs-tools", OPTIONAL },
	{ "mount.nfs", "nfs-common", OPTIONAL },
	{ "mount.nfs4", "nfs-common", OPTIONAL },
	{ "mount.cifs", "cifs-utils", OPTIONAL },
	/* Layers of storage. */
	{ "cryptsetup", "cryptsetup-bin", OPTIONAL },
	{ "dmsetup", "dmsetup", OPTIONAL },
	{ "lvm", "lvm2", OPTIONAL },
	{ "lvs", "lvm2", OPTIONAL },
	{ "pvs", "lvm2", OPTIONAL },
	{ "vgs", "lvm2", OPTIONAL },
	{ "vgchange", "lvm2", OPTIONAL },
	{ "thin_check", "thin-provisioning-tools", OPTIONAL },
	{ "thin_dump", "thin-provisioning-tools", OPTIONAL },
	{ "thin_repair", "thin-provisioning-tools", OPTIONAL },
	{ "thin_restore", "thin-provisioning-tools", OPTIONAL },
	{ "mdadm", "mdadm", OPTIONAL },
	{ "multipath", "multipath-tools", OPTIONAL },
	{ "multipathd", "multipath-tools", OPTIONAL },
	{ "kpartx", "kpartx", OPTIONAL },
	/* Making it bootable. The restored system's own grub-install comes first; this one serves systems that lack it. */
	{ "efibootmgr", "efibootmgr", OPTIONAL },
	{ "grub-install", "grub2-common", OPTIONAL },
	{ "grub-probe", "grub-common", OPTIONAL },
	/* Network. */
	{ "curl", "curl", OPTIONAL },
	{ "ethtool", "ethtool", OPTIONAL },
	{ "ip", "iproute2", REQUIRED },
	{ "ping", "iputils-ping", OPTIONAL },
	{ "ssh", "openssh-client", OPTIONAL }, /* sets on SSH servers */
	{ "ssh-keyscan", "openssh-client", OPTIONAL },
	/* Files, and a person at the shell. */
	{ "getfacl", "acl", OPTIONAL },
	{ "setfacl", "acl", OPTIONAL },
	{ "getfattr", "attr", OPTIONAL },
	{ "setfattr", "attr", OPTIONAL },
	{ "getcap", "libcap2-bin", OPTIONAL },
	{ "setcap", "libcap2-bin", OPTIONAL },
	{ "chroot", "coreutils", OPTIONAL },
	{ "stty", "coreutils", OPTIONAL },
	{ "diff", "diffutils", OPTIONAL },
	{ "gzip", "gzip", OPTIONAL },
	{ "less", "less", OPTIONAL },
	{ "lspci", "pciutils", OPTIONAL },
	{ "lsusb", "usbutils", OPTIONAL },
	{ "nano", "nano", OPTIONAL },
	{ "rsync", "rsync", OPTIONAL },
	{ "setsid", "util-linux", OPTIONAL },
	{ "tar", "tar", REQUIRED },
	{ "xz", "xz-utils", OPTIONAL },
	{ "zstd", "zstd", REQUIRED },
};

/* Opened at run time, so that no program names them: pthread_cancel() of glibc, and name services before glibc 2.34. */
static const char *const libraries[] = { "libgcc_s.so.1", "libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2" };

/* Names that busybox must not answer to: its own init and what belongs to that, and programs that do harm under a name which
 * means something else here. */
static const char *const not_from_busybox[] = {
	"acpid", "busybox", "init", "klogd", "lifeboat", "linuxrc", "nuke", "resume", "run-init", "switch_root", "syslogd",
};

static int add_applets(struct context *ctx, struct contents *contents)
{
	AUTO_FREE char *busybox = programs_find_command("busybox");
	struct run_result AUTO_RUN_RESULT result = { 0 };
	const char *const argv[] = { busybox, "--list", NULL };
	AUTO_FREE char *target = busybox ? contents_merged(busybox) : NULL;
	char *save = NULL;
	int r = busybox ? run_program(ctx, &(struct run){ .argv = argv, .deadline_s = 30 }, &result) : -ENOENT;

	if (r < 0)
		return r;
	for (char *applet = strtok_r(result.output, "\n", &save); applet; applet = strtok_r(NULL, "\n", &save)) {
		static const char *const places[] = { "/usr/bin", "/usr/sbin" };
		AUTO_FREE char *name = text_format("/usr/bin/%s", applet);
		bool is_taken = strchr(applet, '/') || !*applet;

		for (size_t i = 0; i < ARRAY_LENGTH(not_from_busybox); i++)
			is_taken = is_taken || !strcmp(applet, not_from_busybox[i]);
		for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
			AUTO_FREE char *other = text_format("%s/%s", places[i], applet);

			is_taken = is_taken || !other || contents_has(contents, other);
		}
		if (!is_taken && (!name || contents_link(contents, name, target) < 0))
			return context_oom(ctx);
	}
	return 0;
}

const char *tools_required(size_t i, const char **ret_package)
{
	for (size_t k = 0; k < ARRAY_LENGTH(tools); k++) {
		if (tools[k].need != REQUIRED || i--)
			continue;
		*ret_package = tools[k].package;
		return tools[k].command;
	}
	return NULL;
}

const char *tools_package(const char *command)
{
	for (size_t i = 0; i < ARRAY_LENGTH(tools); i++)
		if (!strcmp(tools[i].command, command))
			return tools[i].package;
	return command;
}

/* What grub-install of the rescue system installs, for systems that lack it. */
static void tell_loaders(struct context *ctx)
{
	static const struct { const char *kernel, *package, *firmware; } loaders[] = {
		{ "/usr/lib/grub/i386-pc/kernel.img", "grub-pc-bin", "BIOS" },
		{ "/usr/lib/grub/x86_64-efi/kernel.img", "grub-efi-amd64-bin", "UEFI" },
	};
	const struct distribution *distribution = distribution_here(ctx);

	for (size_t i = 0; i < ARRAY_LENGTH(loaders); i++)
		if (access(loaders[i].kernel, R_OK) < 0)
			context_info(ctx, "GRUB's modules for %s (package %s) are not on this machine, so not in the rescue system: a captured system that "
				     "lacks them, too, cannot be made to start by %s", loaders[i].firmware,
				     distribution_package(distribution, loaders[i].package), loaders[i].firmware);
}

/* What multipathd opens by name: how paths are checked and put in order. */
static int add_multipath_libraries(struct context *ctx, struct programs *programs)
{
	static const char *const places[] = { "/lib/multipath/*.so", "/lib64/multipath/*.so", "/usr/lib64/multipath/*.so" };
	AUTO_FREE char *program = programs_find_command("multipath");
	glob_t found;
	int r = 0;

	for (size_t i = 0; program && r == 0 && i < ARRAY_LENGTH(places); i++) {
		if (glob(places[i], 0, NULL, &found) != 0)
			continue;
		for (size_t k = 0; r == 0 && k < found.gl_pathc; k++)
			r = programs_add(ctx, programs, found.gl_pathv[k]);
		globfree(&found);
	}
	return r;
}

/* Of COMMANDS, which are not here. */
static int tell_missing(struct context *ctx, char *const *commands)
{
	const struct distribution *distribution = distribution_here(ctx);
	AUTO_STRV char **packages = NULL;
	AUTO_FREE char *missing = strv_join(commands, ", "), *names = NULL;

	for (size_t i = 0; commands && commands[i]; i++) {
		const char *name = distribution_package(distribution, tools_package(commands[i]));

		if (!strv_contains(packages, name) && strv_append(&packages, name) < 0)
			return context_oom(ctx);
	}
	names = strv_join(packages, " ");
	if (!missing || !names)
		return context_oom(ctx);
	if (*missing)
		context_info(ctx, "Programs that this machine lacks, so the rescue system does too: %s; '%s %s' installs them", missing,
			     distribution_install(distribution), names);
	return 0;
}

int tools_add(struct context *ctx, struct contents *contents, struct programs *programs)
{
	AUTO_STRV char **missing = NULL;
	int r;

	for (size_t i = 0; i < ARRAY_LENGTH(tools); i++) {
		const struct tool *tool = &tools[i];

		r = programs_add_command(ctx, programs, tool->command);
		if (r == -ENOENT && tool->need == REQUIRED)
			return context_fail(ctx, ENOENT, "A rescue needs the program %s, which is not on this machine: "
					    "install the package %s", tool->command, tool->package);
		if (r < 0 && r != -ENOENT)
			return r;
		if (r == -ENOENT && strv_append(&missing, tool->command) < 0)
			return context_oom(ctx);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(libraries); i++) {
		r = programs_add_library(ctx, programs, libraries[i]);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	r = add_multipath_libraries(ctx, programs);
	if (r == 0)
		r = tell_missing(ctx, missing);
	if (r < 0)
		return r;
	tell_loaders(ctx);
	return add_applets(ctx, contents);
}
