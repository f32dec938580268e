/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The storage of a machine as a graph: disks, partitions, arrays, filesystems, mounts, each a node with a stable id that
 * names what it lies on. The same model holds what was captured, what is present now and what a plan will make.
 * In a manifest it is the JSON array "layout"; docs/set-format.md describes every member.
 */
#ifndef LIFEBOAT_LAYOUT_LAYOUT_H
#define LIFEBOAT_LAYOUT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "../core/bytes.h"
#include "../core/context.h"

enum node_type {
	NODE_DISK,
	NODE_PARTITION,
	NODE_RAID,
	NODE_LUKS,
	NODE_PV,
	NODE_VG,
	NODE_LV,
	NODE_FILESYSTEM,
	NODE_SUBVOLUME,
	NODE_SWAP,
	NODE_MOUNT,
	NODE_TYPE_COUNT,
};

struct disk_info {
	char *name;             /* kernel name when seen ("vda"): for people only, never an identity */
	char *model, *serial, *wwn, *by_path, *transport; /* NULL when unknown */
	uint32_t logical_sector, physical_sector;         /* bytes */
	bool rotational, removable, read_only;
	char *table;            /* "gpt", "dos", or NULL when it has none */
	char *table_id;         /* GPT disk GUID, lower case, or "0x%08x" of an MBR */
	uint32_t table_entries; /* GPT: how many the table holds; 0: 128 */
	uint64_t first_usable;  /* GPT: bytes from the start of the disk to where partitions may begin; 0 unknown */
	uint64_t sequence;      /* present disks only, in no JSON: the kernel's number of this disk since the start; 0 unknown */
	bool unfinished;        /* present disks only, in no JSON: holds nothing but an interrupted restore of this very set */
	bool boot_code;         /* the first 440 bytes are not all zero */
	char *mbr;              /* GPT: what its MBR says beside protecting it, as of gpt.h; NULL: nothing */
};

struct partition_info {
	uint32_t number;        /* as the kernel numbers it */
	uint64_t start;         /* bytes from the start of the disk */
	char *kind;             /* GPT: type GUID, upper case; MBR: "0x83" */
	char *uuid;             /* PARTUUID: GPT partition GUID, lower case; NULL for MBR (it follows from table id and number) */
	char *name;             /* GPT name or NULL */
	uint64_t attributes;    /* GPT attribute bits */
	bool active;            /* MBR boot flag */
	char *role;             /* "primary", "extended" or "logical" (MBR); "primary" for GPT */
};

/* One parameter that recreating a node needs: "block_size"="4096", "features"="has_journal,extent,...", "chunk_size"="524288". */
struct property {
	char *key, *value;
};

struct filesystem_info {
	char *kind;             /* "ext2", "ext3", "ext4", "xfs", "btrfs", "vfat", ... */
	/* Of a plan's result only, in no JSON: bytes and files that a new one takes, and the unit it stores contents in, as the
	 * kernel said of its trial; 0: not known. */
	uint64_t room, room_files, room_unit;
};

struct subvolume_info {
	char *path;             /* below the top of the filesystem, no leading '/' */
	uint64_t number;        /* btrfs subvolume id */
	bool read_only, is_default;
	char *parent;           /* UUID of the subvolume that it is a snapshot of; NULL: of none. Its own is the node's */
	char *received;         /* UUID of the subvolume that it was received from (btrfs-receive(8)); NULL: from none */
	uint64_t sent_generation; /* of what was received, else its own: what an increment must have been made for; read-only ones */
};

struct vg_info {
	char *metadata;         /* present machines only, in no JSON: its metadata as LVM writes it on its physical volumes; NULL unknown */
};

struct swap_info {
	uint32_t page_size;     /* bytes; 0 unknown */
};

struct mount_info {
	char *path;             /* absolute, as the captured system sees it; bytes_escape()d in JSON */
	char *options;          /* as in mountinfo, without those of the superblock */
	bool empty;             /* the set has no files below it that lie on its filesystem, at most directories */
};

/* How the operator chose the size of a partition or a logical volume. */
enum node_sizing {
	SIZING_SOLVED,           /* not at all */
	SIZING_FIXED,            /* in bytes: it neither grows nor shrinks */
	SIZING_SHARE,            /* as a part of what it lies on, which is not known yet */
	SIZING_REST,             /* all that the others leave */
};

struct node {
	char *id;               /* unique in its layout: "disk:0", "part:0.1", "fs:<uuid>", ... */
	enum node_type type;
	char **on;              /* ids of the nodes it lies on, in order; NULL for disks */
	uint64_t size;          /* bytes */
	uint64_t used;          /* bytes in use: filesystems; swap; what the contents use for others; 0 unknown */
	char *uuid, *label;     /* of the content: filesystem, swap, array; NULL when it has none */
	/* What recreating it needs beside the members above, read from its superblock; docs/layout.md lists them by type and kind. Numbers
	 * are decimal, sizes in bytes; what is absent is left to the program that makes it. */
	struct property *properties;
	size_t property_count;
	/* Of a plan only, in no JSON: how its size was chosen; per cent, of SIZING_SHARE; bytes, of a volume with SIZING_FIXED. */
	enum node_sizing sizing;
	unsigned percent;
	uint64_t chosen;
	char *device;           /* device node when seen ("/dev/vda1"); NULL in a manifest that came from elsewhere; never an identity */
	union {
		struct disk_info disk;
		struct partition_info partition;
		struct filesystem_info filesystem;
		struct subvolume_info subvolume;
		struct vg_info vg;
		struct swap_info swap;
		struct mount_info mount;
	};
};

#define LAYOUT_NODE_LIMIT 10000     /* nodes of a layout */
#define LAYOUT_ON_LIMIT 1024        /* nodes one lies on */
#define LAYOUT_WAYS_LIMIT (1u << 20) /* ways down from a node to what lies on nothing: who follows them all comes to an end */
#define LAYOUT_DEPTH_LIMIT 128      /* nodes that lie on each other, the lowest not counted: who follows them calls itself as often */
#define LAYOUT_PROPERTY_LIMIT 512   /* properties of a node */
#define LAYOUT_TEXT_LIMIT 4096      /* bytes of any text, before escaping */
#define LAYOUT_PARTITION_LIMIT 1024 /* highest partition number */
/* Entries of a GPT that are believed. */
#define LAYOUT_TABLE_LIMIT 16384
/* Bytes of an MBR that "mbr" of a disk with a GPT holds: signature, two bytes, four entries of 16 bytes. */
#define LAYOUT_MBR_LENGTH 70

/* Mount path of a filesystem whose files are in the set though nothing of it, or only a part, was mounted: LAYOUT_UNMOUNTED "/NAME",
 * one name. No such path was on the captured machine, and none is on the restored one. */
#define LAYOUT_UNMOUNTED_NAME ".lifeboat-unmounted"
#define LAYOUT_UNMOUNTED "/" LAYOUT_UNMOUNTED_NAME

/* What an interrupted restore leaves at the top of filesystems (docs/phases.md): a note on each, and a directory on the root's. */
#define LAYOUT_NOTE_NAME ".lifeboat-unfinished.json"
#define LAYOUT_JOURNAL_NAME ".lifeboat-journal"

/* Property of a filesystem node: it is in the set as an image of this name (image.h). */
#define IMAGE_PROPERTY "image"
/* Property of a block node: what is on it was left out of the set, "operator": because somebody wanted it. */
#define LEFT_OUT_PROPERTY "left_out"

/* Properties of a disk that is reached by several paths, through a map of device mapper (docs/layout.md): how many paths, and how multipathd knows
 * it. The name of the map, and those of the mappings of its partitions, are in "opened_as". */
#define MULTIPATH_PROPERTY "multipath"
#define MULTIPATH_WWID "wwid"

/* Property of what a plan adds to what was captured, or makes of another kind: why, "uefi", "bios" (the firmware here starts by it), "table" (its
 * disk has another kind of table), "size" (of the disk) or "operator". */
#define PLANNED_PROPERTY "planned"

/* Kind of a filesystem node for content that is there but cannot be named: several signatures at once, or unreadable. */
#define FILESYSTEM_UNKNOWN "unknown"

struct layout {
	struct node **nodes;    /* owned; a node comes after those it lies on */
	size_t count;
	struct node **places;   /* the same nodes, found by their ids (layout_find()); NULL: a view, which is looked through */
	size_t place_count;     /* a power of two */
};

struct layout *layout_new(void);
void layout_free(struct layout *layout);
static inline void cleanup_layout(struct layout **layout)
{
	layout_free(*layout);
}
#define AUTO_LAYOUT CLEANUP(cleanup_layout)

/* Adds an empty node of TYPE with a copy of ID. Borrowed pointer that stays valid as long as the layout; NULL when out of
 * memory or when the id is taken (errno EEXIST). */
struct node *layout_add(struct layout *layout, enum node_type type, const char *id);
/* The same, right behind the node BEHIND of LAYOUT, in front of what lies on that. */
struct node *layout_insert(struct layout *layout, enum node_type type, const char *id, const struct node *behind);
/* Takes NODE of LAYOUT, on which nothing lies, out of it and frees it. */
void layout_remove(struct layout *layout, struct node *node);
/* NULL when there is none. */
struct node *layout_find(const struct layout *layout, const char *id);
/* The I-th node (from 0) that lies directly on ID and is of TYPE (NODE_TYPE_COUNT: any); NULL past the last. */
struct node *layout_child(const struct layout *layout, const char *id, enum node_type type, size_t i);
/* One after the other, in one pass over all nodes: *AT is 0 at the first call and kept by the caller. NULL after the last. */
struct node *layout_next_child(const struct layout *layout, const char *id, enum node_type type, size_t *at);
size_t layout_count_children(const struct layout *layout, const char *id, enum node_type type);
/* The disk a node finally lies on, or NULL when it is none or several. */
struct node *layout_disk_of(const struct layout *layout, const struct node *node);
/* Whether NODE is BELOW, or lies on it, be it among others and through others. */
bool layout_lies_on(const struct layout *layout, const struct node *node, const struct node *below);
/* Whether NODE, or something that it lies on, was left out by the operator when it was captured (LEFT_OUT_PROPERTY). */
bool layout_left_out(const struct layout *layout, const struct node *node);
/* What a partition lies on, a disk or an array: the kind of its table ("gpt", "dos"), or NULL; bytes of a logical sector; the rest as of
 * struct disk_info. */
const char *node_table(const struct node *node);
uint32_t node_sector(const struct node *node);
const char *node_table_id(const struct node *node);
const char *node_table_mbr(const struct node *node);
uint32_t node_table_entries(const struct node *node);
uint64_t node_first_usable(const struct node *node);
/* The largest logical sector of what NODE lies on, and of NODE itself; 512 where none is known. Bytes. */
uint32_t layout_sector_of(const struct layout *layout, const struct node *node);
/* Bytes that HOLDER, a block node, gives to what lies on it. */
uint64_t layout_room_on(const struct layout *layout, const struct node *holder);
/* Puts every node behind those it lies on and leaves their order otherwise. -EINVAL for a circle, -ENOMEM. */
int layout_sort(struct layout *layout);
/* The first node of a sorted layout from which more than LAYOUT_WAYS_LIMIT ways lead down, or that lies more than LAYOUT_DEPTH_LIMIT nodes
 * above another; NULL: none. Also where memory is short: then the first. */
const struct node *layout_tangled(const struct layout *layout);
/* MARKED has an element for each node of a sorted layout and one more, false: marks all that lies on marked nodes too, in one pass. */
void layout_spread(const struct layout *layout, bool *marked);
/* The filesystem that a mount shows, be it directly or as a subvolume; NULL when it is not in LAYOUT. */
const struct node *layout_filesystem_of(const struct layout *layout, const struct node *mount);
/* The mount at PATH, whole; NULL: none. */
const struct node *layout_mount_at(const struct layout *layout, const char *path);
/* The filesystem that holds the directory /boot, which the boot loader reads: the one mounted there, else the root's; NULL: neither is in LAYOUT. */
const struct node *layout_boot(const struct layout *layout);
/* The disk of LAYOUT that has the device of DISK, a disk of another layout of this machine; NULL: none. */
struct node *layout_disk_like(const struct layout *layout, const struct node *disk);
/* True for a mount below LAYOUT_UNMOUNTED. */
bool mount_is_private(const struct node *mount);
/* True for a mount that firmware, boot loader or the first programs of a start need. */
bool mount_is_needed_to_start(const struct node *mount);
bool layout_has_private_mounts(const struct layout *layout);
/* True for an EFI system partition, by the kind that its table gives it: GPT (UEFI specification 2.10, 5.3.3) or MBR (5.2.2). */
bool partition_is_esp(const struct node *node);
/* The value of a node's property, or NULL. */
const char *node_property(const struct node *node, const char *key);
/* The same as a number; 0 when it is absent or none. */
uint64_t node_number(const struct node *node, const char *key);
/* True for a logical volume that is a part of others or a pool of them: what lies on it is not its own. */
bool volume_is_hidden(const struct node *volume);
/* True for a logical volume that shows another one as it was, be it thin or not. */
bool volume_is_snapshot(const struct node *volume);
/* True for a filesystem whose structure outlives a power failure: it has a journal, or never writes over what is valid. */
bool filesystem_is_crash_safe(const struct node *node);
/* Sets it, or replaces its value. 0, -ENOMEM, or -E2BIG at LAYOUT_PROPERTY_LIMIT. */
int node_property_set(struct node *node, const char *key, const char *value);
/* Takes it away, where NODE has it. */
void node_property_drop(struct node *node, const char *key);
/* The same with a number. */
int node_number_set(struct node *node, const char *key, uint64_t value);
/* Forgets all of them. */
void node_properties_clear(struct node *node);

/* To and from the manifest's JSON array. Reading is strict: unknown types, doubled ids, ids that lie on nothing known, cycles,
 * negative or overflowing sizes are -EINVAL with a sentence. */
json_t *layout_to_json(const struct layout *layout);
int layout_from_json(struct context *ctx, json_t *array, struct layout **ret);
/* A copy of what JSON holds of LAYOUT, as strictly read. 0 or -errno with a sentence. */
int layout_copy(struct context *ctx, const struct layout *layout, struct layout **ret);
/* The same node by node, for who does not hold the whole array: adds one; layout_check() comes after the last. */
int layout_add_json(struct context *ctx, struct layout *layout, json_t *object);
/* The rules of the graph that layout_from_json() enforces, for a layout from anywhere: what may lie on what, partitions inside
 * their disk and apart from each other, one content each, clean mount paths. 0 or -EINVAL with a sentence. */
int layout_check(struct context *ctx, const struct layout *layout);

const char *node_type_name(enum node_type type);
/* "disk:0" -> "VBOX HARDDISK, serial 123, 20 GiB": how people know a disk. Caller frees. */
char *node_describe(const struct node *node);

#endif
