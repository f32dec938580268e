/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Without an array or a container, but with what lies on it.
 */
#ifndef LIFEBOAT_WANTED_WISHES_PLAIN_H
#define LIFEBOAT_WANTED_WISHES_PLAIN_H

#include "wishes_parts.h"

/* Takes what was to be plain by LIST out of LAYOUT: what lay on it lies on the member that was chosen, or the first one. The kinds of its partitions
 * follow. 0 or -errno with a sentence. */
MUST_CHECK int wishes_make_plain(struct context *ctx, const struct wish *list, struct layout *layout);

#endif
