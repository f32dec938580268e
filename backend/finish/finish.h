/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a restored tree boot on the hardware that is here: identifiers in fstab and loader configuration checked and
 * corrected (originals kept beside as NAME.lifeboat-original), initramfs by the system's own tool, GRUB by the system's
 * own grub-install, UEFI entry and fallback path. Runs the system's programs in a chroot with /dev, /proc and /sys from
 * here and an empty /run.
 */
#ifndef LIFEBOAT_FINISH_FINISH_H
#define LIFEBOAT_FINISH_FINISH_H

#include <jansson.h>

#include "../core/macro.h"
#include "../plan/plan.h"
#include "firmware_mode.h"
#include "../set/manifest.h"

/* Which saved archives give way to new ones. */
enum initramfs_policy {
	INITRAMFS_AUTO,          /* those that do not serve here */
	INITRAMFS_ALWAYS,
	INITRAMFS_NEVER,         /* none; what speaks against one is a reason of the result */
};

struct finish_options {
	const char *root;              /* the mounted new system */
	const struct manifest *manifest;
	const struct plan *plan;       /* its result layout names the new devices */
	const char *firmware;          /* of this machine now: "bios" or "uefi" */
	enum initramfs_policy initramfs;
	json_t *network;               /* settings to keep (network/kept.h); NULL: none */
	/* Called once, before the first program that takes long (an initramfs is made), when nothing of this machine is mounted in the tree yet
	 * that will be; NULL: nobody. */
	void (*before_slow)(void *data);
	void *before_slow_data;
};

struct finish_result {
	bool bootable;
	bool incomplete;         /* a fix script failed: the system may start, but not all that was asked for was done */
	char **reasons;          /* why not, or what to know: one sentence each */
	char **notes;            /* what was done or left, where nothing is wrong: one sentence each */
	char **changed;          /* paths below the root that differ from the set on purpose, for compare */
	char **differences;      /* lines: what was corrected in settings (differences.h) */
};

/* 0 when the work could be done as far as it goes (see result->bootable), -errno when the tree cannot be worked on. */
MUST_CHECK int finish_system(struct context *ctx, const struct finish_options *options, struct finish_result *result);
void finish_result_done(struct finish_result *result);

/* Before anything is written: why the system that PLAN, made with loader_supply_start(), restores could not start on this machine, because its
 * firmware is not the saved one's and no boot loader for it can be had, or because GRUB, by which the saved one started, cannot read /boot; a new
 * sentence, NULL when nothing stands in the way (or out of memory). */
char *finish_foresee(const struct manifest *manifest, const struct plan *plan);

#endif
