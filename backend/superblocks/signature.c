/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "signature.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <blkid.h>

#include "device_text.h"

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

void signature_done(struct signature *signature)
{
	free(signature->type);
	free(signature->usage);
	free(signature->uuid);
	free(signature->label);
	free(signature->sub_uuid);
	free(signature->version);
	free(signature->table);
	*signature = (struct signature){ 0 };
}

static int take_value(blkid_probe probe, const char *name, char **field)
{
	const char *value;
	size_t length;

	if (blkid_probe_lookup_value(probe, name, &value, &length) || !length)
		return 0;
	return device_text_take(field, value);
}

/* Kinds whose label is plain bytes, ended by a NUL or by their number. */
static bool has_raw_label(const char *type)
{
	static const char *const types[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "vfat", "swap" };

	for (size_t i = 0; type && i < ARRAY_LENGTH(types); i++)
		if (!strcmp(types[i], type))
			return true;
	return false;
}

/* Byte by byte where it can be recreated: "LABEL" lacks blanks at the end. */
static int take_label(blkid_probe probe, struct signature *signature)
{
	const char *value;
	size_t length;

	if (!has_raw_label(signature->type))
		return take_value(probe, "LABEL", &signature->label);
	if (blkid_probe_lookup_value(probe, "LABEL_RAW", &value, &length))
		return 0;
	length = strnlen(value, length);
	/* Filled up with blanks, they are no part of it. */
	while (!strcmp(signature->type, "vfat") && length && value[length - 1] == ' ')
		length--;
	if (!length)
		return 0;
	signature->label = strndup(value, length);
	return signature->label ? 0 : -ENOMEM;
}

static int take_values(blkid_probe probe, struct signature *signature)
{
	int r = take_value(probe, "TYPE", &signature->type);

	if (!r)
		r = take_value(probe, "USAGE", &signature->usage);
	if (!r)
		r = take_value(probe, "UUID", &signature->uuid);
	if (!r)
		r = take_label(probe, signature);
	if (!r)
		r = take_value(probe, "UUID_SUB", &signature->sub_uuid);
	if (!r)
		r = take_value(probe, "VERSION", &signature->version);
	return r ? r : take_value(probe, "PTTYPE", &signature->table);
}

static int set_up(blkid_probe probe, const struct extent *extent, enum signature_kind kind, uint32_t sector)
{
	blkid_probe_set_sectorsize(probe, sector);
	if (blkid_probe_set_device(probe, extent->fd, (blkid_loff_t)extent->offset, (blkid_loff_t)extent->size))
		return -EIO;
	/* Once more: setting the device asks it, and an image file of a captured disk has no answer. */
	blkid_probe_set_sectorsize(probe, sector);
	blkid_probe_enable_superblocks(probe, kind == SIGNATURE_SUPERBLOCK);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE | BLKID_SUBLKS_UUID | BLKID_SUBLKS_LABEL |
						 BLKID_SUBLKS_LABELRAW | BLKID_SUBLKS_VERSION | BLKID_SUBLKS_BADCSUM);
	blkid_probe_enable_partitions(probe, kind == SIGNATURE_TABLE);
	/* A GPT without its protective MBR is signature all the same. */
	if (kind == SIGNATURE_TABLE)
		blkid_probe_set_partitions_flags(probe, BLKID_PARTS_FORCE_GPT);
	return 0;
}

/* What libblkid's safe probing answers for several signatures at once depends on its version. */
static bool has_several_signatures(blkid_probe probe)
{
	unsigned count = 0;

	blkid_reset_probe(probe);
	while (count < 2 && blkid_do_probe(probe) == 0)
		count++;
	return count > 1;
}

int signature_read(struct context *ctx, const struct extent *extent, enum signature_kind kind, uint32_t sector, const char *name,
		   struct signature *ret)
{
	CLEANUP(cleanup_probe) blkid_probe probe = blkid_new_probe();
	int r, reason;

	if (!probe)
		return -ENOMEM;
	errno = 0;
	r = set_up(probe, extent, kind, sector);
	if (!r)
		r = blkid_do_safeprobe(probe);
	/* It may say that some of its parts found nothing then, or leave out a value. */
	if (errno == ENOMEM)
		return -ENOMEM;
	if (r == 1)
		return 0;
	if (r == 0)
		return take_values(probe, ret);
	ret->unclear = true;
	reason = errno;
	if (has_several_signatures(probe))
		context_warn(ctx, "%s carries signatures of several contents at once; it is taken as unknown signature", name);
	else
		context_warn(ctx, "%s cannot be read%s%s; its signature is taken as unknown", name, reason ? ": " : "",
			     reason ? strerror(reason) : "");
	return 0;
}
