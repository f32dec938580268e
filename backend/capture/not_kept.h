/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of what comes back that do not come back with it: each becomes a line of the manifest's "excluded". docs/kept.md has the whole list.
 */
#ifndef LIFEBOAT_CAPTURE_NOT_KEPT_H
#define LIFEBOAT_CAPTURE_NOT_KEPT_H

struct capture;

/* Looks through the layout. 0 or -errno with a sentence. */
int not_kept_tell(struct capture *capture);

#endif
