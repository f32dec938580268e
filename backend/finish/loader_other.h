/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boot loaders that Lifeboat can neither install nor check: known by the files they leave, so that the end of a restore
 * can name them.
 */
#ifndef LIFEBOAT_FINISH_LOADER_OTHER_H
#define LIFEBOAT_FINISH_LOADER_OTHER_H

/* Name of the loader other than GRUB that the tree holds, a constant; NULL when none is known. */
const char *loader_other_name(int root_fd);

#endif
