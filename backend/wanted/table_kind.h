/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A captured partition table as one of another kind: partitions keep their places and, as far as the other kind allows it, their numbers.
 */
#ifndef LIFEBOAT_WANTED_TABLE_KIND_H
#define LIFEBOAT_WANTED_TABLE_KIND_H

#include "../core/macro.h"
#include "../layout/layout.h"

/* Kinds of partitions of a GPT (UEFI specification 2.10, 5.3.3; GRUB's manual, "BIOS installation"). */
#define GPT_KIND_ESP "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define GPT_KIND_BIOS_BOOT "21686148-6449-6E6F-744E-656564454649"

/* DISK of LAYOUT, which has an MBR, gets a GPT: logical partitions become plain ones, the extended one goes. PARTUUIDs and the id of the table are
 * other ones, the same at each call. 0 or -errno with a sentence. */
MUST_CHECK int table_to_gpt(struct context *ctx, struct layout *layout, struct node *disk);
/* DISK, which has a GPT, gets an MBR: with more than four partitions the fourth is an extended one, and those in it move up. A BIOS boot partition,
 * which an MBR does without, goes. 0 or -errno with a sentence. */
MUST_CHECK int table_to_mbr(struct context *ctx, struct layout *layout, struct node *disk);
/* The id that the table of DISK of LAYOUT, as captured, gets when it becomes a GPT, or an MBR. New string; NULL when out of memory. */
char *table_derived_id(const struct layout *layout, const struct node *disk, bool gpt);
/* A UUID that follows from DISK of LAYOUT and PURPOSE: the same at each call, another one for another machine. New string; NULL when out of
 * memory. */
char *table_derived_uuid(const struct layout *layout, const struct node *disk, const char *purpose);
/* KIND, a type GUID or "0x83", as a table of the other kind (GPT: a GUID) has it; the one for Linux where it has none. Static, or KIND itself. */
const char *partition_kind_as(const char *kind, bool gpt);
/* Whether NODE is a BIOS boot partition of a GPT. */
bool partition_is_bios_boot(const struct node *node);

#endif
