/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device_table.h"

#include <string.h>

#include "../core/macro.h"

#define LINE DEVICES_ON_COMMAND_LINE
#define MOUNTS DEVICES_IN_MOUNTS
#define CRYPT DEVICES_IN_CRYPTTAB
#define CRYPTOPTS DEVICES_IN_CRYPTOPTS
#define UNITS DEVICES_IN_UNITS
#define INITRAMFS DEVICES_OF_INITRAMFS

static const struct device_word words[] = {
	{ "root", LINE, SHAPE_NAME, .mounted = "/" },
	{ "rootflags", LINE, SHAPE_OPTIONS, GONE_LEFT_OUT, .inside = MOUNTS },
	{ "mount.usr", LINE, SHAPE_NAME, .mounted = "/usr" },
	{ "mount.usrflags", LINE, SHAPE_OPTIONS, GONE_LEFT_OUT, .inside = MOUNTS },
	{ "resume", LINE, SHAPE_NAME, GONE_LEFT_OUT },
	{ "resume_offset", LINE, SHAPE_OFFSET },
	{ "systemd.mount-extra", LINE, SHAPE_FIRST, GONE_LEFT_OUT, .end = ':' },
	{ "rd.systemd.mount-extra", LINE, SHAPE_FIRST, GONE_LEFT_OUT, .end = ':' },
	{ "systemd.swap-extra", LINE, SHAPE_FIRST, GONE_LEFT_OUT, .end = ':' },
	{ "rd.systemd.swap-extra", LINE, SHAPE_FIRST, GONE_LEFT_OUT, .end = ':' },
	{ "systemd.verity_root_data", LINE, SHAPE_NAME, .path = true },
	{ "systemd.verity_root_hash", LINE, SHAPE_NAME, .path = true },
	{ "systemd.verity_usr_data", LINE, SHAPE_NAME, .path = true },
	{ "systemd.verity_usr_hash", LINE, SHAPE_NAME, .path = true },
	{ "rd.luks.uuid", LINE, SHAPE_NAME, GONE_LEFT_OUT, .before = "UUID=" },
	{ "luks.uuid", LINE, SHAPE_NAME, GONE_LEFT_OUT, .before = "UUID=" },
	{ "rd.luks.name", LINE, SHAPE_FIRST, GONE_LEFT_OUT, .before = "UUID=", .end = '=' },
	{ "luks.name", LINE, SHAPE_FIRST, GONE_LEFT_OUT, .before = "UUID=", .end = '=' },
	{ "rd.luks.partuuid", LINE, SHAPE_NAME, GONE_LEFT_OUT, .before = "PARTUUID=" },
	{ "rd.luks.key", LINE, SHAPE_PARTS, .uuid = true },
	{ "luks.key", LINE, SHAPE_PARTS, .uuid = true },
	{ "rd.luks.data", LINE, SHAPE_NAME, .uuid = true },
	{ "luks.data", LINE, SHAPE_NAME, .uuid = true },
	{ "rd.luks.options", LINE, SHAPE_OPTIONS, GONE_LEFT_OUT, .inside = CRYPT, .uuid = true },
	{ "luks.options", LINE, SHAPE_OPTIONS, GONE_LEFT_OUT, .inside = CRYPT, .uuid = true },
	{ "cryptdevice", LINE, SHAPE_FIRST, GONE_LEFT_OUT, .end = ':' },
	{ "cryptkey", LINE, SHAPE_FIRST, .end = ':' },
	{ "cryptopts", LINE | INITRAMFS, SHAPE_OPTIONS, GONE_LEFT_OUT, .inside = CRYPTOPTS },
	{ "CRYPTROOT", INITRAMFS, SHAPE_OPTIONS, GONE_LEFT_OUT, .inside = CRYPTOPTS },
	/* A line of its own in conf.d/cryptroot begins so. */
	{ "target", CRYPTOPTS, SHAPE_OPTIONS, GONE_LEFT_OUT, .inside = CRYPTOPTS },
	{ "rd.md.uuid", LINE, SHAPE_NAME, GONE_LEFT_OUT, .before = "/dev/disk/by-id/md-uuid-" },
	{ "rd.lvm.lv", LINE, SHAPE_NAME, GONE_LEFT_OUT, .before = "/dev/" },
	{ "rd.lvm.vg", LINE, SHAPE_NAME, GONE_LEFT_OUT, .before = "/dev/" },
	{ "RESUME", INITRAMFS, SHAPE_NAME, GONE_LEFT_OUT },
	{ "add_device", INITRAMFS, SHAPE_NAMES, .path = true },
	{ "device", MOUNTS, SHAPE_NAME, GONE_LEFT_OUT, .path = true },
	{ "logdev", MOUNTS, SHAPE_NAME, GONE_LEFT_OUT, .path = true },
	{ "rtdev", MOUNTS, SHAPE_NAME, GONE_LEFT_OUT, .path = true },
	{ "journal_path", MOUNTS, SHAPE_NAME, GONE_LEFT_OUT, .path = true },
	{ "journal_dev", MOUNTS, SHAPE_NUMBER },
	{ "x-systemd.requires", MOUNTS, SHAPE_UNITS, GONE_LEFT_OUT },
	{ "x-systemd.wants", MOUNTS, SHAPE_UNITS, GONE_LEFT_OUT },
	{ "x-systemd.after", MOUNTS, SHAPE_UNITS, GONE_LEFT_OUT },
	{ "x-systemd.before", MOUNTS, SHAPE_UNITS, GONE_LEFT_OUT },
	{ "header", CRYPT | CRYPTOPTS, SHAPE_PARTS, GONE_LACKED, .path = true },
	{ "fec-device", DEVICES_IN_VERITYTAB, SHAPE_NAME, GONE_LACKED, .path = true },
	{ "data-device", DEVICES_IN_INTEGRITYTAB, SHAPE_NAME, GONE_LACKED, .path = true },
	{ "source", CRYPTOPTS, SHAPE_NAME, GONE_SAID },
	{ "key", CRYPTOPTS, SHAPE_PARTS },
	{ "What", UNITS, SHAPE_NAME, GONE_UNIT, .path = true },
	{ "Options", UNITS, SHAPE_OPTIONS, GONE_LEFT_OUT, .inside = MOUNTS },
	{ "Requires", UNITS, SHAPE_UNITS, GONE_LEFT_OUT },
	{ "Requisite", UNITS, SHAPE_UNITS, GONE_LEFT_OUT },
	{ "BindsTo", UNITS, SHAPE_UNITS, GONE_LEFT_OUT },
	{ "Wants", UNITS, SHAPE_UNITS, GONE_LEFT_OUT },
	{ "After", UNITS, SHAPE_UNITS, GONE_LEFT_OUT },
	{ "Before", UNITS, SHAPE_UNITS, GONE_LEFT_OUT },
};

const struct device_word *device_word_at(const char *text, unsigned places, const char **ret_value)
{
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		size_t length = strlen(words[i].key);

		if (!(words[i].places & places) || strncmp(text, words[i].key, length))
			continue;
		length += text[length] == '+';
		if (text[length] != '=')
			continue;
		*ret_value = text + length + 1;
		return &words[i];
	}
	return NULL;
}
