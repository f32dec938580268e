/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of packages, and how they are installed, on the distribution at hand (os-release(5)).
 */
#ifndef LIFEBOAT_IMAGE_PACKAGES_H
#define LIFEBOAT_IMAGE_PACKAGES_H

#include "../core/context.h"

struct distribution;

/* By ID and ID_LIKE of /etc/os-release; NULL: another one than those known here. */
const struct distribution *distribution_here(const struct context *ctx);
/* What Debian's PACKAGE is called there. Borrowed; PACKAGE itself where the name is the same, or DISTRIBUTION is NULL. */
const char *distribution_package(const struct distribution *distribution, const char *package);
/* The command that installs packages ("dnf install"). Debian's when DISTRIBUTION is NULL. */
const char *distribution_install(const struct distribution *distribution);

#endif
