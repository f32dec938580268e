/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays, encrypted containers and whatever else a restore has up, noted below /run, so that who comes after an engine that died can take them down,
 * the newest first: as long as one is up, what it lies on is in use.
 */
#ifndef LIFEBOAT_STACK_BROUGHT_UP_H
#define LIFEBOAT_STACK_BROUGHT_UP_H

#include "../core/context.h"

/* One kind of such things. A name is what its tools call it, without directories: "md127", "crypt_home". BELOW: kernel names of the devices it was
 * brought up on ("vda2", "dm-3"). */
struct up_kind {
	const char *name;        /* in notes */
	const char *words;       /* "array", for sentences */
	/* Whether NAME is up and lies on devices of BELOW and nothing else: another one of this name is left alone. */
	bool (*is_ours)(const struct context *ctx, const char *name, char *const *below);
	/* Tries once to take it down: 0 or -errno with a sentence. A cancel does not keep it from that. */
	int (*stop)(struct context *ctx, const char *name);
};

/* Notes that this process brings NAME up on BELOW: a locked file. Descriptor, or -errno with a sentence; -EBUSY: another restore has noted it. */
int up_note(struct context *ctx, const struct up_kind *kind, const char *name, char *const *below);
/* Stops NAME where it is ours, as NOTE tells, waiting for who only looks at it; closes NOTE, which may be -1, and forgets it unless NAME could not be
 * stopped. 0 or -errno with a sentence. */
int up_take_down(struct context *ctx, const struct up_kind *kind, const char *name, int note);
/* Stops what engines that died had up. What cannot be stopped is a warning. */
void up_stop_left(struct context *ctx);

/* The kinds, a file each. */
extern const struct up_kind up_array, up_container, up_group;

#endif
