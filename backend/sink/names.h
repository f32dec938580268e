/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which names a capture gives to what it writes, so that no place is cleaned of anything else. */
#ifndef LIFEBOAT_SINK_NAMES_H
#define LIFEBOAT_SINK_NAMES_H

#include <stdbool.h>

#define SEGMENTS_NAME "segments"
/* At the top, where a place has no locks of its own: whose capture is writing there. */
#define LOCK_NAME "lifeboat.lock"

/* At the top: index.zst, segments.zst, and what stands beside them while they are written. */
bool name_is_table(const char *name);
/* At the top: what stands beside the manifest while it is written, not the manifest itself. */
bool name_is_draft(const char *name);
/* At the top: any file that a capture makes, the manifest too, but the claim. */
bool name_is_top(const char *name);
/* What a capture writes for itself, reads back and unlinks: a table with ".new-NUMBER" behind its name. */
bool name_is_kept(const char *name);
/* In segments/. */
bool name_is_segment(const char *name);

#endif
