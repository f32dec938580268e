/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the place of functions that the static libarchive has no use for here; see the Makefile. */
#include <stdlib.h>

void archive_unused(void);

void archive_unused(void)
{
	abort();
}
