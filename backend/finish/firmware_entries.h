/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boot entries of UEFI firmware as efibootmgr(8) -v lists them: found, judged against the restored partitions, removed
 * and made. Entries of the same loader whose partition is gone are replaced, never doubled; entries of others stay.
 */
#ifndef LIFEBOAT_FINISH_FIRMWARE_ENTRIES_H
#define LIFEBOAT_FINISH_FIRMWARE_ENTRIES_H

#include "../core/macro.h"
#include "job.h"

struct firmware_entry {
	char number[5];          /* "0001" */
	char *label;
	char *partition;         /* GUID of the partition, NULL when it names none */
	char *file;              /* "\EFI\debian\shimx64.efi", NULL when it names none */
};

struct firmware_entries {
	struct firmware_entry *entries;
	size_t count;
};

/* Entries of a listing. 0 or -ENOMEM. */
MUST_CHECK int firmware_entries_parse(const char *listing, struct firmware_entries *ret);
void firmware_entries_done(struct firmware_entries *entries);
#define AUTO_FIRMWARE_ENTRIES CLEANUP(firmware_entries_done)

/* True when FILE of the entry lies in the loader directory ID below \EFI. */
bool firmware_entry_is_of(const struct firmware_entry *entry, const char *id);

/* Makes the firmware know one entry for the loader ID, whose file FILE ("\EFI\debian\shimx64.efi") is on PARTITION:
 * entries of ID whose partition is on no disk any more go; a new one is made when none is left that leads to
 * PARTITION. The tree is entered with efivarfs. 0 or -errno with a sentence. */
MUST_CHECK int firmware_entries_correct(struct context *ctx, struct finish_job *job, const char *id, const char *file,
			     const struct node *partition);

#endif
