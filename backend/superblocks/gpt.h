/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libfdisk and libblkid do not tell exactly of a disk with a GPT: the names of its partitions, UTF-16 unit by unit, and the MBR before
 * it (UEFI 2.10, 5.2 and 5.3). A protective MBR is not kept; one that says more is: a hybrid MBR, a disk signature, a boot flag.
 */
#ifndef LIFEBOAT_SUPERBLOCKS_GPT_H
#define LIFEBOAT_SUPERBLOCKS_GPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../layout/layout.h"

#define GPT_NAME_UNITS 36    /* of UTF-16 */
#define GPT_MBR_OFFSET 440   /* in sector 0: signature, two bytes, four entries of 16 bytes */
#define GPT_MBR_LENGTH LAYOUT_MBR_LENGTH

struct gpt {
	unsigned char mbr[512];  /* the start of sector 0 */
	unsigned char *entries;  /* COUNT times ENTRY_SIZE bytes */
	uint32_t count, entry_size;
};

/* Reads the GPT of the SIZE bytes of FD; SECTOR: bytes of a logical sector. The first copy that its checksums call whole counts. 0, -EINVAL
 * when there is none, -EIO, -ENOMEM. */
int gpt_read(int fd, uint64_t size, uint32_t sector, struct gpt *ret);
void gpt_done(struct gpt *gpt);

/* The name of partition NUMBER (from 1): UTF-8, but half a surrogate pair by itself becomes three bytes that are none. New string, empty
 * when it has no name; NULL when out of memory. */
char *gpt_name(const struct gpt *gpt, uint32_t number);
/* Sets the name of partition NUMBER, in memory. 0, or -EINVAL when it has more than GPT_NAME_UNITS units or is neither of these forms. */
int gpt_set_name(struct gpt *gpt, uint32_t number, const char *name);
/* Writes the entries to both copies of the table that is on FD already, with the checksums. 0 or -errno. */
int gpt_write(int fd, uint64_t size, uint32_t sector, const struct gpt *gpt);

/* What is to be kept of the MBR, as "0x" and GPT_MBR_LENGTH bytes in hex digits; NULL with *RET_PLAIN true: it only protects the GPT;
 * NULL with *RET_PLAIN false: out of memory. */
char *gpt_mbr_text(const struct gpt *gpt, bool *ret_plain);
/* True when TEXT, of that form, has entries of its own beside the one that protects the GPT. */
bool gpt_mbr_is_hybrid(const char *text);
/* Puts TEXT into the 512 bytes at SECTOR_0: of a hybrid MBR all entries, of others signature and boot flag. */
void gpt_mbr_apply(const char *text, unsigned char *sector_0);

#endif
