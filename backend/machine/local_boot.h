/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts the system that is on the local disk straight from the rescue system (kexec): a firmware that always starts rescue media
 * would otherwise never come to it.
 */
#ifndef LIFEBOAT_MACHINE_LOCAL_BOOT_H
#define LIFEBOAT_MACHINE_LOCAL_BOOT_H

#include "../layout/layout.h"

struct local_kernel {
	char *kernel, *initrd;   /* below the system's /boot; initrd may be NULL */
	char *arguments;         /* its kernel command line */
};

/* The first entry of GRUB's configuration TEXT: the words of its "linux" and "initrd" lines. 0, -ENOENT when it has none, -ENOMEM. */
int local_boot_parse(const char *text, struct local_kernel *ret);
void local_kernel_done(struct local_kernel *kernel);

/* Mounts the captured system's filesystems read-only below WHERE as they are on PRESENT, loads its kernel into memory
 * (kexec_file_load(2)) and unmounts again. Pid 1 starts it with reboot(RB_KEXEC). 0 or -errno with a sentence. */
int local_boot_load(struct context *ctx, const struct layout *captured, const struct layout *present, const char *where);

#endif
