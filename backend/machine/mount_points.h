/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where something is mounted, as /proc/self/mountinfo tells it. */
#ifndef LIFEBOAT_MACHINE_MOUNT_POINTS_H
#define LIFEBOAT_MACHINE_MOUNT_POINTS_H

/* Mount points at or below DIRECTORY (absolute and without links; NULL: all) in the text of a mountinfo file, the last mounted first,
 * which is the order of unmounting. New vector in *RET, NULL when there are none. 0, -ENOMEM, or
 * -EINVAL: it is no such text. */
int mount_points(const char *mountinfo, const char *directory, char ***ret);
/* The same of this machine now. 0 or -errno. */
int mount_points_now(const char *directory, char ***ret);
/* Thaws the filesystems mounted at POINTS: one that was frozen by a program that died holds up whoever writes to it, for ever. */
void mount_points_thaw(char *const *points);

#endif
