/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What making rescue media needs of this machine, looked for before work begins: everything that is missing is named at once, with
 * the packages that the distribution at hand has it in.
 */
#ifndef LIFEBOAT_IMAGE_REQUIREMENTS_H
#define LIFEBOAT_IMAGE_REQUIREMENTS_H

#include "../layout/layout.h"

enum requirements {
	REQUIREMENTS_ARCHIVE,    /* only the boot archive */
	REQUIREMENTS_IMAGE,      /* a whole image with loaders */
	REQUIREMENTS_STICK,      /* a stick with loaders and a filesystem for sets */
};

/* LAYOUT: of a set that is to be restored with the medium, whose filesystems and swap spaces must be made there; NULL: none. 0; -ENOENT with a
 * sentence that names all missing programs and the command that installs them. */
int requirements_check(struct context *ctx, enum requirements what, const struct layout *layout);

#endif
