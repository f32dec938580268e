/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What making rescue media needs of this machine, looked for before work begins: everything that is missing is named at once, with
 * the packages that the distribution at hand has it in.
 */
#ifndef LIFEBOAT_IMAGE_REQUIREMENTS_H
#define LIFEBOAT_IMAGE_REQUIREMENTS_H

#include "../layout/layout.h"

/* ISO: a whole image with loaders, not only the boot archive. LAYOUT: of a set that is to be restored with the medium, whose
 * filesystems and swap spaces must be made there; NULL: none. 0; -ENOENT with a sentence that names all missing programs and the
 * command that installs them. */
int requirements_check(struct context *ctx, bool iso, const struct layout *layout);

#endif
