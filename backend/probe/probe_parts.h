/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the probe, each with one source of knowledge: sysfs for disks, libfdisk for tables, libblkid and superblocks for
 * contents, mountinfo for mounts. Only probe.c and its siblings use this header.
 */
#ifndef LIFEBOAT_PROBE_PROBE_PARTS_H
#define LIFEBOAT_PROBE_PROBE_PARTS_H

#include "../layout/layout.h"
#include "probe.h"

/* A stretch of an open device. */
struct extent {
	int fd;
	uint64_t offset, size;   /* bytes */
};

/* Reads exactly LENGTH bytes at OFFSET of the extent; -EIO past its end. */
int extent_read(const struct extent *extent, uint64_t offset, void *data, size_t length);

struct lvm_volume;

/* One probe under way. */
struct probe {
	struct context *ctx;
	const struct probe_options *options;
	struct layout *layout;
	json_t *nodes;           /* kernel name ("vda1") -> id of the node that is this device */
	json_t *mapped;          /* dm/uuid of every device mapper device -> its kernel name */
	json_t *seen;            /* ids of arrays, containers and volumes that were looked into */
	struct lvm_volume *volumes; /* what was read of physical volumes; probe_lvm.c */
	size_t volume_count;
};

/* The node that is block device NAME; NULL when the layout has none. */
struct node *probe_node_of(const struct probe *probe, const char *name);
/* Remembers it. 0 or -ENOMEM. */
int probe_remember(struct probe *probe, const char *name, const struct node *node);
/* Adds a node of TYPE with this id (an unused variation of it when it is taken) on ON; NULL when out of memory. */
struct node *probe_add(struct probe *probe, enum node_type type, const char *id, const char *on);
/* Takes TEXT from a device into *FIELD: stripped; empty text and text with control characters become NULL. */
int probe_take_text(char **field, const char *text);

/* probe_disk.c: fills size, name, identity and sector sizes of DISK from what /sys says of NAME. 0 or -ENOMEM. */
int probe_disk_identity(struct context *ctx, const char *name, struct node *disk);

/* probe_by_path.c: the name udev's path_id gives a disk ("pci-0000:00:04.0-scsi-0:0:1:0"); NULL when it gives none. */
char *probe_by_path(const struct context *ctx, const char *directory);

/* probe.c: looks into ON, the disk or array at PATH that is open as FD: a partition table, or one content. INFO (the node's own, of a disk)
 * has its kernel name and sectors, and gets what its table says. 0 or -errno. */
int probe_tabled(struct probe *probe, struct node *on, struct disk_info *info, const char *path, int fd);
/* Opens DEVICE ("/dev/vda1") below the prefix, its path in *RET_PATH (may be NULL); -1 when it cannot be. Never waits for a medium. */
int probe_open(struct context *ctx, const char *device, char **ret_path);
/* Adds content to ON that is there and cannot be named. */
int probe_add_unknown(struct probe *probe, struct node *on);

/* probe_table.c: reads the partition table of ON at PATH into INFO; adds a node a partition. 1: read, 0: it cannot be described, and a
 * warning says why; -errno. */
int probe_table(struct probe *probe, struct node *on, struct disk_info *info, const char *path);

/* probe_stack.c: what arrays, containers and volume groups on the disks make, as far as the kernel has assembled it, one on the other. */
int probe_stack(struct probe *probe);

/* probe_lvm.c: remembers what the physical volume NODE says, and takes its properties. 0; -EINVAL when it makes no sense, -EIO, -ENOMEM. */
int probe_pv(struct probe *probe, const struct extent *extent, struct node *node);
/* Adds the volume groups whose physical volumes were all met, with their logical volumes; INCOMPLETE: the next one that lacks some, too. 1:
 * some were added; 0; -errno. */
int probe_groups(struct probe *probe, bool incomplete);
void probe_lvm_done(struct probe *probe);

/* What a stretch of blocks carries, as libblkid sees it. */
struct content {
	char *type;              /* NULL: nothing known */
	char *usage;             /* "filesystem", "raid", "crypto", "other" */
	char *uuid, *label, *sub_uuid, *version;
	char *table;             /* partition table: "gpt", "dos", another, or NULL */
	bool unclear;            /* signatures that contradict each other, or unreadable: never blank */
};
enum content_kind { CONTENT_SUPERBLOCK, CONTENT_TABLE };
/* probe_content.c: looks for superblocks or for partition tables. 0 or -ENOMEM; a warning says what is unclear (NAME is for people). */
int probe_content(struct context *ctx, const struct extent *extent, enum content_kind kind, uint32_t sector, const char *name,
		  struct content *ret);
void content_done(struct content *content);
/* Adds the node of CONTENT on node ON. 0 or -errno. */
int probe_add_content(struct probe *probe, struct node *on, const struct content *content, const struct extent *extent);

/* probe_ext.c, probe_xfs.c, probe_btrfs.c, probe_fat.c, probe_bcache.c: fill size, used bytes and the properties mkfs needs from the superblock.
 * 0, -EINVAL when the superblock makes no sense, -EIO, -ENOMEM. */
int probe_ext(const struct extent *extent, struct node *node);
int probe_xfs(const struct extent *extent, struct node *node);
int probe_btrfs(const struct extent *extent, struct node *node);
int probe_fat(const struct extent *extent, struct node *node);
int probe_bcache(const struct extent *extent, struct node *node);
/* probe_raid.c, probe_luks.c: the same of a member of an md array (the last that NODE lies on) and of the header of a LUKS container. */
int probe_raid(const struct extent *extent, struct node *node);
int probe_luks(const struct extent *extent, struct node *node);
/* Swap: size and page size. */
int probe_swap(const struct extent *extent, struct node *node);

/* A property from at most LENGTH bytes of a superblock, up to a NUL, stripped; none when it is empty or no plain text. 0 or -errno. */
int probe_text_property(struct node *node, const char *key, const void *bytes, size_t length);
/* Appends ",NAME" for every bit of FLAGS that NAMES knows to *LIST; the bits left over in *UNKNOWN. 0 or -ENOMEM. */
struct flag_name {
	uint64_t bit;
	const char *name;        /* NULL: a state, not a feature: skipped */
};
int flags_to_list(uint64_t flags, const struct flag_name *names, size_t count, char **list, uint64_t *unknown);

/* probe_subvolume.c: adds the subvolumes of the mounted btrfs FILESYSTEM at PATH, and its profiles. 0 or -errno. */
int probe_subvolumes(struct probe *probe, struct node *filesystem, const char *path);

/* probe_mount.c: mounts and swap in use of the machine. */
int probe_mounts(struct probe *probe);
int probe_swaps(struct probe *probe);
/* Kernel names of the disks beneath the filesystems that are mounted at and below the options' root, visible or not; *IS_MOUNT tells whether
 * the root itself is one. */
int probe_disks_of_root(struct context *ctx, const struct probe_options *options, char ***disks, bool *is_mount);

#endif
