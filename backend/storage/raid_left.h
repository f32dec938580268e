/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays that a restore has up, noted below /run, so that who comes after an engine that died can stop them: as long as one is up its members are in
 * use.
 */
#ifndef LIFEBOAT_STORAGE_RAID_LEFT_H
#define LIFEBOAT_STORAGE_RAID_LEFT_H

#include "../core/context.h"

/* Notes that this process brings the array DEVICE ("/dev/md127") up on MEMBERS (their kernel names): a locked file. Descriptor, or -errno with a
 * sentence; -EBUSY: another restore has noted it. */
int raid_note(struct context *ctx, const char *device, char *const *members);
/* It is down again; closes NOTE. */
void raid_note_done(const char *device, int note);
/* Whether the kernel has no array under DEVICE's name. */
bool raid_is_free(const struct context *ctx, const char *device);
/* Stops DEVICE when it lies on MEMBERS (kernel names) and nothing else, and removes its node where it leads nowhere; a cancel does not keep it
 * from that. Another array of this name stays. 0 or -errno with a sentence. */
int raid_stop(struct context *ctx, const char *device, char *const *members);
/* Stops what engines that died had up. What cannot be stopped is a warning. */
void raid_stop_left(struct context *ctx);

#endif
