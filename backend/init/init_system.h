/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What pid 1 does to the system at the start and at the end: pseudo filesystems, kernel knobs, environment; killing, unmounting,
 * turning off. Nothing here may fail for good: a rescue continues as far as it can.
 */
#ifndef LIFEBOAT_INIT_INIT_SYSTEM_H
#define LIFEBOAT_INIT_INIT_SYSTEM_H

#include "../machine/cmdline.h"

/* Mounts /proc, /sys, /dev, /dev/pts, /run and /tmp as far as they are not, and makes /run/lifeboat. */
void init_mount_all(void);
/* What every program that is started from here sees of the environment. */
void init_set_environment(const struct cmdline *cmdline);
/* Keeps kernel messages off the screens, sets host name, loopback and environment; Ctrl-Alt-Del becomes a signal. */
void init_prepare(const struct cmdline *cmdline);
/* Ends every process, unmounts everything in reverse order and gives reboot(2) COMMAND (RB_AUTOBOOT, RB_POWER_OFF, RB_KEXEC). Returns
 * only when the kernel refuses. */
void init_shut_down(int command);
/* The mount points of MOUNTINFO (proc(5)), last mounted first, unescaped; "/" and what the kernel needs to the end left out.
 * NULL-ended, new; NULL when there is none. */
char **init_unmount_order(const char *mountinfo);

#endif
