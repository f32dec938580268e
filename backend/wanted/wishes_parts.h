/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A wish as it was read, and what may be wished. Only wishes.c and its siblings use this header.
 */
#ifndef LIFEBOAT_WANTED_WISHES_PARTS_H
#define LIFEBOAT_WANTED_WISHES_PARTS_H

#include "../core/macro.h"
#include "../layout/layout.h"

struct wish {
	const char *id;          /* of its node; borrowed, as is the kind */
	enum node_sizing sizing;
	uint64_t size;           /* bytes, of SIZING_FIXED */
	unsigned percent;        /* of SIZING_SHARE */
	bool drop;
	bool plain;              /* of an array or a container: it is not made, but what lies on it is */
	const char *member;      /* of an array that is plain: what lies on it lies there; NULL: on the first */
	const char *onto;        /* of a disk: what is on it lies on that disk, too; NULL: it has its own target */
	unsigned members;        /* of an array: so many; 0: as captured */
	bool has_spares;         /* and spares */
	unsigned spares;
	unsigned spread;         /* of a volume group: so many disks more */
	const char *kind;        /* NULL: as captured */
	const char *table;       /* of a disk: which partition table it gets; NULL: as it is. adapt.h has given it that already */
};

/* Reads WISHES, an object, into LIST, which has room for all and one more, zeroed; in the order of the nodes. 0, or -EINVAL with a sentence that
 * names node and member, and what is allowed. */
MUST_CHECK int wishes_read(struct context *ctx, const struct layout *captured, json_t *wishes, struct wish *list);
/* NODE as people and as files of changes know it, for a sentence: 'partition 2, 80.0 MiB (part:0.2)'. New string; NULL when out of memory. */
char *wish_name(const struct node *node);
/* The partition or volume whose size is chosen where that of NODE is; NULL: it cannot be chosen. */
const struct node *wish_sized(const struct layout *layout, const struct node *node);
/* The kinds of filesystems that NODE can be made as; none where it stays what it is. Static. */
const char *const *wish_kinds(const struct layout *captured, const struct node *node, size_t *ret_count);
/* Why what lies on NODE cannot be made without it; NULL: it can. New string. */
char *wish_plain_refusal(const struct layout *captured, const struct node *node);
/* Why what is on DISK cannot be laid onto another disk; NULL: it can. New string. */
char *wish_onto_refusal(const struct node *disk);
/* The first path that the machine starts from on NODE; NULL: none. */
const char *wish_start_path(const struct layout *captured, const struct node *node);
/* Whether NODE lies on an encrypted container, be it through others. */
bool wish_is_encrypted(const struct layout *captured, const struct node *node);
bool wish_is_on_disk(const struct layout *captured, const struct node *partition);
bool wish_has_role(const struct node *node, const char *role);

#endif
