/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the note of an unfinished restore is made of; shared by who writes it and who finds it. */
#ifndef LIFEBOAT_RESUME_UNFINISHED_NOTE_H
#define LIFEBOAT_RESUME_UNFINISHED_NOTE_H

#include <jansson.h>

#include "../layout/layout.h"

#define NOTE_NAME LAYOUT_NOTE_NAME
#define NOTE_LIMIT 65536
#define NOTE_PROOF "proof"
#define NOTE_RUN "run"
#define NOTE_STAGE "stage"
/* Of the directory that holds the note, as it is without it: [seconds, nanoseconds]. */
#define NOTE_TIME "mtime"

#define NOTE_SET "set_id"
/* How the plan was changed (wanted/wishes.h); absent: not at all, or by more than a note holds. */
#define NOTE_WISHES "wishes"
#define NOTE_WISHES_LIMIT (NOTE_LIMIT / 2)
/* Of all disks that the restore makes: who is one of them has no note of its own where it holds nothing that could be looked into. */
#define NOTE_DISKS "disks"

/* By what a note knows a disk. New reference. */
json_t *unfinished_disk(const struct node *disk);
/* Whether NOTE is about a restore of the set SET_ID that makes DISK among others. */
bool unfinished_is_about(json_t *note, const char *set_id, const struct node *disk);
/* True for mounts that carry a note: of filesystems that survive a power failure. */
bool unfinished_has_note(const struct layout *layout, const struct node *node);

#endif
