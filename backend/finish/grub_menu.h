/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GRUB's menu, boot/grub/grub.cfg (or grub2/): whether the entry that starts Linux first finds its filesystem, kernel,
 * initramfs and root on the restored system, read from the commands grub-mkconfig writes (menuentry, search, linux,
 * initrd) and, where the menu takes them from there (blscfg), from the entries of the Boot Loader Specification. Made
 * again by the system's own program only when it does not.
 */
#ifndef LIFEBOAT_FINISH_GRUB_MENU_H
#define LIFEBOAT_FINISH_GRUB_MENU_H

#include "../core/macro.h"
#include "job.h"

/* 0 when the menu in TEXT starts the restored system; 1 with the reason as a new sentence in *RET_WHY when not;
 * -ENOMEM. */
MUST_CHECK int grub_menu_check_text(const struct plan *plan, int root_fd, const char *text, char **ret_why);
/* Path of the menu without leading '/', "boot/grub/grub.cfg" or "boot/grub2/grub.cfg"; NULL when GRUB has no
 * directory there. */
const char *grub_menu_path(int root_fd);
/* Rebuilds the menu when it does not fit or its settings changed; the tree is entered. */
MUST_CHECK int grub_menu_finish(struct context *ctx, struct finish_job *job);
/* The last look, after everything that could change it: breaks the job when the menu does not fit. The tree is entered. */
MUST_CHECK int grub_menu_verify(struct context *ctx, struct finish_job *job);

#endif
