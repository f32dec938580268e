/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds recovery sets: on discs, on disks and sticks, or where the operator says. Every filesystem that may hold one is mounted
 * read-only, without touching its journal, looked into one level deep, and unmounted again when it holds none.
 */
#ifndef LIFEBOAT_MEDIA_MEDIA_H
#define LIFEBOAT_MEDIA_MEDIA_H

#include "../core/bytes.h"
#include "../core/context.h"
#include "../core/digest.h"

struct media_set {
	char *location;          /* for set_open(); people see media_place_name() */
	char **places;           /* all locations of this set, the first one included */
	char *set_id, *host, *os, *created, *label; /* NULL when unknown */
	char sha256[DIGEST_HEX]; /* its manifest's closing digest: which set it is, where an id is given twice; "" when not usable */
	uint64_t bytes, files;
	char *medium;            /* for people: where it lies */
	bool usable;
	char *reason;            /* why not; NULL when usable */
};

struct media_mount {
	char *device;            /* "/dev/sr0" */
	char *path;              /* where it is mounted */
};

struct media {
	struct media_set *sets;
	size_t count;
	struct media_mount *mounts;
	size_t mount_count;
	char **rescue_devices;   /* device nodes that hold the rescue system itself, as far as it can be told */
	char **tools;            /* paths of tools images on them, whosever they are; NULL: none */
	char *tools_used;        /* that of TOOLS that the rescue system uses: its medium stays mounted; NULL: none, or it needs no medium */
};

/* Below which directory media are mounted: MEDIA_DIRECTORY/NAME. */
#define MEDIA_DIRECTORY "/run/lifeboat/media"

/* Looks into memory, into every block device, and at the tape that is in each drive: of a set on tape only its beginning is known then, so its
 * bytes and files are a guess, and it has no digest. 0 also when nothing was found. Sets found before stay. */
int media_scan(struct context *ctx, struct media *media);
/* Adds the set that was copied into memory (memory.h), where there is one. 0 or -errno with a sentence. */
int media_add_memory(struct context *ctx, struct media *media);
/* Looks for tools images alone, on media that are not mounted yet; one that has any stays mounted. 0 or -errno with a sentence. */
int media_scan_tools(struct context *ctx, struct media *media);
/* Adds the set or sets of PLACE, as location_parse() takes it: a directory, an .iso file, "cdrom:", a device node, the UUID of a set or of a
 * filesystem, "tape:DRIVE", the address of a set on a server. 0, or -errno with a sentence: nothing there, or this version does not read sets from there. */
int media_add_location(struct context *ctx, struct media *media, const char *place);
/* A set's place by the name that front ends get and answer: escaped, for a place is bytes, and without its password. New string; NULL when out
 * of memory. */
char *media_place_name(const char *place);
/* The index of the first set with this id, -1 when there is none; more than one only when they differ. */
ssize_t media_find(const struct media *media, const char *set_id);
/* The index of the set with this closing digest of its manifest, -1 when there is none. */
ssize_t media_find_same(const struct media *media, const char *sha256);
/* Unmounts all media but the one that LOCATION lies on (NULL: all without exception) and forgets them. */
void media_unmount_others(struct context *ctx, struct media *media, const char *location);
/* Where DEVICE is mounted, borrowed; NULL: it is not. */
const char *media_mount_of(const struct media *media, const char *device);
/* DEVICE was mounted at PATH. 0 or -ENOMEM. */
MUST_CHECK int media_remember_mount(struct media *media, const char *device, const char *path);
/* Unmounts all and empties MEDIA. */
void media_release(struct context *ctx, struct media *media);

/* Kernel names (NULL-ended, new; NULL: none) of the disks that must not be touched while the set at LOCATION (NULL: none) is used:
 * those beneath it and beneath the rescue system. 0 or -errno with a sentence. */
int media_protected(struct context *ctx, const struct media *media, const char *location, char ***ret);

/* Adds to DISKS the kernel names of the disks that the device node DEVICE ("/dev/sdb1") is on, itself where it is a loop device. 0 or -errno with a
 * sentence. */
int media_disks(struct context *ctx, const char *device, char ***disks);

/* [{location, places, set_id, host, os, created, label, bytes, files, medium, usable, reason}]. New reference. */
json_t *media_to_json(const struct media *media);

#endif
