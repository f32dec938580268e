/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where settings name devices: the table of the words KEY=VALUE - of kernel command lines, options of mounts and of encrypted devices, units of
 * systemd, and of what makes an initramfs - whose values are names of storage, or have them inside (device_words.h corrects them).
 */
#ifndef LIFEBOAT_FINISH_DEVICE_TABLE_H
#define LIFEBOAT_FINISH_DEVICE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Where a word stands; bits. */
enum device_place {
	DEVICES_ON_COMMAND_LINE = 1, /* kernel-command-line(7), dracut.cmdline(7), initramfs-tools(7), mkinitcpio's encrypt */
	DEVICES_IN_MOUNTS = 2,       /* options: fstab(5), systemd.mount(5), mount(8), btrfs(5), xfs(5), ext4(5) */
	DEVICES_IN_CRYPTTAB = 4,     /* options: crypttab(5) */
	DEVICES_IN_CRYPTOPTS = 8,    /* cryptopts= of Debian's initramfs, and its conf.d/cryptroot */
	DEVICES_IN_UNITS = 16,       /* systemd.mount(5), systemd.swap(5), systemd.unit(5) */
	DEVICES_OF_INITRAMFS = 32,   /* initramfs.conf(5), dracut.conf(5) */
	DEVICES_IN_VERITYTAB = 64,   /* options: veritytab(5) */
	DEVICES_IN_INTEGRITYTAB = 128, /* options: integritytab(5) */
};

/* What becomes of a word that names something which is gone. */
enum device_gone {
	GONE_SAID,               /* it stays */
	GONE_LEFT_OUT,           /* the start would wait for it */
	GONE_LACKED,             /* it stays, and whatever has this option cannot be had */
	GONE_UNIT,               /* it stays; mount_units.h tells what becomes of the unit */
};

/* What a value is made of. */
enum shape {
	SHAPE_NAME,              /* one name, behind BEFORE where that is not "" */
	SHAPE_FIRST,             /* the name, and more behind END */
	SHAPE_PARTS,             /* parts with ':' between, any of which may be a name: paths of files and words are none */
	SHAPE_OPTIONS,           /* a list with commas of words of INSIDE */
	SHAPE_UNITS,             /* a list with blanks of units (dev-sda1.device) and paths */
	SHAPE_NAMES,             /* a list with blanks of names */
	SHAPE_OFFSET,            /* where a swap file begins */
	SHAPE_NUMBER,            /* a device's number, which is another one at each start */
};

struct device_word {
	const char *key;
	unsigned places;
	enum shape shape;
	enum device_gone gone;
	const char *before;      /* with the value behind it a name that can be judged; such a value is not corrected itself */
	char end;
	unsigned inside;
	bool uuid;               /* "UUID=" of an encrypted device may stand before the value */
	bool path;               /* only paths are understood, no UUID= */
	const char *mounted;     /* what was mounted here takes the place of a name that is unknown */
};

/* The word of PLACES that TEXT begins with ("KEY=" or "KEY+="); NULL: none. *RET_VALUE: its value in TEXT. */
const struct device_word *device_word_at(const char *text, unsigned places, const char **ret_value);

#endif
