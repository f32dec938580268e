/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of storage as configuration files write them - UUID=, LABEL=, PARTUUID=, /dev/disk/by-*, /dev/sda1 - judged
 * against the restored layout: does the name still find the same thing, and if it does not, what does. The names below
 * /dev/disk are those of udev's 60-persistent-storage.rules.
 */
#ifndef LIFEBOAT_FINISH_IDENTIFIERS_H
#define LIFEBOAT_FINISH_IDENTIFIERS_H

#include "../core/macro.h"
#include "../plan/plan.h"

enum identifier_fit {
	IDENTIFIER_FOREIGN,  /* names no storage: a network share, a pseudo filesystem, a file */
	IDENTIFIER_FITS,     /* finds what it found on the source: restored, or on a disk that was left alone */
	IDENTIFIER_OLD,      /* only the old machine had it by this name */
	IDENTIFIER_UNKNOWN,  /* nothing that is there after the restore: never saved, not restored, or not made */
};

/* Judges SPEC. For OLD *RET_NAME (may be NULL) becomes its lasting name, new string. -ENOMEM or an enum
 * identifier_fit. */
MUST_CHECK int identifier_check(const struct plan *plan, const char *spec, char **ret_name);
/* Why SPEC, which identifier_check() calls UNKNOWN, finds nothing: the end of a sentence after "but ", without a full stop. New string;
 * NULL when out of memory. */
char *identifier_absence(const struct plan *plan, const char *spec);
/* What SPEC finds among what was restored: the filesystem, swap area, ...; NULL when it finds none of it by this name. */
const struct node *identifier_find(const struct plan *plan, const char *spec);
/* The lasting name of a filesystem, swap area or partition: "UUID=...", "PARTUUID=...", else its device node. New
 * string; NULL when it has none. */
char *identifier_of(const struct layout *layout, const struct node *node);
/* A path of what SPEC, which identifier_check() calls OLD and now NAME, meant - for those who understand no UUID= -: a link that udev makes, of the
 * partition itself where its content lies on several devices; else its device node. New string; NULL when out of memory. */
char *identifier_path(const struct plan *plan, const char *spec, const char *name);
/* True when a node of plan->target.present lies on disks whose places no captured disk took: it is still what it was. */
bool identifier_is_left_alone(const struct plan *plan, const struct node *node);
/* PARTUUID of a partition, as the kernel and udev write it (MBR: disk id and number). New string or NULL. */
char *identifier_partuuid(const struct layout *layout, const struct node *partition);

/* The restored filesystem that was mounted at PATH on the source; NULL when none was. */
const struct node *identifier_mounted_at(const struct plan *plan, const char *path);
/* The mount node for PATH in the restored layout, or NULL. */
const struct node *identifier_mount(const struct plan *plan, const char *path);
/* The mount node of the EFI system partition in the restored layout, or NULL; *RET_PARTITION (may be NULL) its partition. Of several, one that was
 * mounted on the source. */
const struct node *identifier_esp(const struct plan *plan, const struct node **ret_partition);
/* The I-th EFI system partition (from 0) that MOUNT shows, on a mirror several; NULL past the last, or when it shows none. */
const struct node *identifier_esp_partition(const struct layout *layout, const struct node *mount, size_t i);
/* What NODE lies on, of TYPE, any number of levels down (NODE itself counts); NULL when there is none. */
const struct node *identifier_beneath(const struct layout *layout, const struct node *node, enum node_type type);
/* Device node of the present disk that took the place of the disk node DISK of captured or result; NULL when none
 * did. */
const char *identifier_disk_device(const struct plan *plan, const struct node *disk);
/* Device node of a restored node: its own, else that of what it lies on alone. Borrowed; NULL when unknown. */
const char *identifier_device(const struct layout *layout, const struct node *node);

#endif
