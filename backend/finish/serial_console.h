/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A console on the first serial line for a system that is restored to be looked at from there: a rehearsal has no other
 * eyes. GRUB's menu tells it to the kernel (by whose arguments systemd starts a login there), etc/inittab to other
 * inits.
 */
#ifndef LIFEBOAT_FINISH_SERIAL_CONSOLE_H
#define LIFEBOAT_FINISH_SERIAL_CONSOLE_H

#include "../core/bytes.h"
#include "../core/context.h"

/* The whole step on the tree. What has such a console stays as it is. 0 or -errno with a sentence. */
MUST_CHECK int serial_console_add(struct context *ctx, int root_fd);

/* TEXT into OUT, with the console among the kernel's arguments: those of a menu of GRUB ("linux" commands) or of an
 * entry of the Boot Loader Specification ("options"); into an inittab of sysvinit or busybox. Number of lines changed
 * or added, or -ENOMEM. */
MUST_CHECK int serial_console_menu(const char *text, struct buffer *out);
MUST_CHECK int serial_console_entry(const char *text, struct buffer *out);
MUST_CHECK int serial_console_inittab(const char *text, struct buffer *out);

#endif
