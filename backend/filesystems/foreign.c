/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "foreign.h"

#include <string.h>

#include "../core/macro.h"
#include "../core/sentence.h"

/* Names as libblkid has them (its libblkid/src/superblocks/). */
static const struct {
	const char *kind, *why;
} kinds[] = {
	{ "zfs_member", N_("it belongs to a ZFS pool, which Lifeboat cannot recreate: make the pool again by hand (zpool create), and restore its files "
			   "into it with 'lifeboat restore --to'") },
	{ "bcache", N_("it belongs to a bcache, which Lifeboat cannot recreate: make it again by hand (make-bcache), and restore the files on it with "
		       "'lifeboat restore --to'") },
	{ "bcachefs", N_("it is bcachefs, which Lifeboat cannot recreate: make it again by hand (bcachefs format), and restore its files into it with "
			 "'lifeboat restore --to'") },
	{ "stratis", N_("it belongs to a Stratis pool, which Lifeboat cannot recreate: make the pool again by hand (stratis pool create), and restore its "
			"files into it with 'lifeboat restore --to'") },
	{ "vdo", N_("it is a volume of VDO, which Lifeboat cannot recreate: make it again by hand (lvcreate --type vdo, vdo create), and restore the "
		    "files on it with 'lifeboat restore --to'") },
	{ "drbd", N_("it is replicated by DRBD, whose metadata Lifeboat cannot recreate: make it again by hand (drbdadm create-md) and let it synchronize "
		     "from the other machine, or restore its files into it with 'lifeboat restore --to'") },
	{ "isw_raid_member",
	  N_("it belongs to an Intel RAID set (IMSM), which only that firmware makes: make the set in the firmware's menu, and restore the "
	     "files into it with 'lifeboat restore --to'; or capture the machine from plain md arrays") },
	{ "ddf_raid_member",
	  N_("it belongs to a DDF RAID set, which the controller makes: make the set in the controller's menu, and restore the files into "
	     "it with 'lifeboat restore --to'; or capture the machine from plain md arrays") },
	{ "mpath_member", N_("it is one path to a disk that multipathd combines: start multipathd, and capture again, so that the disk is seen once") },
	{ "LVM1_member", N_("it belongs to a volume group of LVM1, which no program of today makes: convert it (vgconvert -M2), and capture again") },
	{ "jbd", N_("it is the journal of an ext filesystem on another device, and means nothing without that") },
	{ "xfs_external_log", N_("it is the log of an xfs filesystem on another device, and means nothing without that") },
	{ "DM_snapshot_cow", N_("it holds the changes of a snapshot of device mapper, which no restore needs") },
};

bool foreign_refuse(const char *kind, char **ret_why)
{
	static const char suffix[] = "_raid_member";
	size_t length = strlen(kind);

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(kinds[i].kind, kind)) {
			*ret_why = sentence("%s", sentence_words(kinds[i].why));
			return true;
		}
	if (length < sizeof(suffix) || strcmp(kind + length - sizeof(suffix) + 1, suffix))
		return false;
	*ret_why = sentence("it belongs to a RAID set of a controller's firmware (%s): make the set in the controller's menu, and restore the files into it "
			    "with 'lifeboat restore --to'",
			    kind);
	return true;
}
