/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loader_other.h"

#include "../core/macro.h"
#include "rooted.h"

const char *loader_other_name(int root_fd)
{
	static const struct {
		const char *path, *name;
	} traces[] = {
		{ "boot/efi/EFI/systemd/systemd-bootx64.efi", "systemd-boot" },
		{ "efi/EFI/systemd/systemd-bootx64.efi", "systemd-boot" },
		{ "boot/EFI/systemd/systemd-bootx64.efi", "systemd-boot" },
		{ "boot/efi/EFI/refind/refind_x64.efi", "rEFInd" },
		{ "efi/EFI/refind/refind_x64.efi", "rEFInd" },
		{ "boot/EFI/refind/refind_x64.efi", "rEFInd" },
		{ "boot/extlinux/extlinux.conf", "EXTLINUX" },
		{ "boot/extlinux.conf", "EXTLINUX" },
		{ "boot/syslinux/syslinux.cfg", "SYSLINUX" },
		{ "etc/lilo.conf", "LILO" },
		{ "boot/limine.conf", "Limine" },
		{ "boot/limine/limine.cfg", "Limine" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(traces); i++)
		if (rooted_has_content(root_fd, traces[i].path))
			return traces[i].name;
	return NULL;
}
