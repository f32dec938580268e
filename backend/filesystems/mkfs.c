/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mkfs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../storage/label_write.h"
#include "fat_geometry.h"
#include "foreign.h"
#include "mkfs_arguments.h"
#include "mkfs_ext.h"
#include "mkfs_flash.h"

/* Whether PROGRAM's list of options has "KEY=". */
static bool usage_has(const struct mkfs_request *request, const char *key)
{
	AUTO_FREE char *word = text_format("%s=", key);

	return request->usage && word && strstr(request->usage, word);
}

/* Appends ",key=value" for each property that is there; sets *BAD when one is neither 0 nor 1. New string; NULL when
 * out of memory. */
static char *xfs_flags(const struct mkfs_request *request, const char *first, const char *const *keys, bool *bad)
{
	AUTO_FREE char *flags = strdup(first);

	for (; flags && *keys; keys++) {
		const char *value = node_property(request->node, *keys);
		char *longer;

		/* A feature the program does not know is off already. */
		if (!value || (!strcmp(value, "0") && !usage_has(request, *keys)))
			continue;
		/* Anything else could be a further option. */
		if (strcmp(value, "0") && strcmp(value, "1")) {
			*bad = true;
			continue;
		}
		longer = text_format("%s%s%s=%s", flags, *flags ? "," : "", *keys, value);
		free(flags);
		flags = longer;
	}
	return TAKE_POINTER(flags);
}

/* The comma-separated suboptions behind the -m, -i and -n of mkfs.xfs. */
struct xfs_options {
	char *metadata, *inode, *naming;
};

static void xfs_options_done(struct xfs_options *options)
{
	free(options->metadata);
	free(options->inode);
	free(options->naming);
}

static int xfs_fill(const struct mkfs_request *request, struct xfs_options *options)
{
	static const char *const metadata[] = { "crc",     "finobt",     "rmapbt",  "reflink",
						"bigtime", "inobtcount", "metadir", NULL };
	static const char *const old_metadata[] = { "crc", NULL };
	static const char *const inode[] = { "sparse", "nrext64", "exchange", NULL };
	static const char *const old_inode[] = { "projid32bit", NULL };
	static const char *const naming[] = { "parent", NULL };
	static const char *const old_naming[] = { "ftype", NULL };
	const struct node *node = request->node;
	const char *crc = node_property(node, "crc"), *case_less = node_property(node, "naming");
	AUTO_FREE char *identity = text_format("uuid=%s", node->uuid ? node->uuid : MKFS_NIL_UUID);
	bool bad = false, old = crc && !strcmp(crc, "0");

	/* Version 5 has what the old ones could choose; mkfs refuses to be told. */
	options->metadata = xfs_flags(request, identity ? identity : "", old ? old_metadata : metadata, &bad);
	options->inode = xfs_flags(request, "", old ? old_inode : inode, &bad);
	options->naming = xfs_flags(request, case_less && !strcmp(case_less, "ci") ? "version=ci" : "",
				    old ? old_naming : naming, &bad);
	if (!identity || !options->metadata || !options->inode || !options->naming)
		return -ENOMEM;
	return bad ? -EINVAL : 0;
}

/* Appends OPTION and "NAME=VALUE" when KEY is a property; in *BAD as mkfs_number(). */
static bool xfs_number(const struct mkfs_request *request, char ***argv, const char *option, const char *name,
		       const char *key, bool *bad)
{
	uint64_t value;

	if (!mkfs_number(request->node, key, &value, bad) || !value)
		return true;
	return mkfs_add(argv, "%s", option) && mkfs_add(argv, "%s=%" PRIu64, name, value);
}

/* The stripes of the device it lay on, in mkfs.xfs's sectors of 512 bytes. New string; "" when there are none. */
static char *xfs_stripes(const struct mkfs_request *request, uint64_t block, bool *bad)
{
	uint64_t unit = 0, width = 0;

	mkfs_number(request->node, "stripe_unit", &unit, bad);
	mkfs_number(request->node, "stripe_width", &width, bad);
	if (!block || !unit || unit % block || unit % request->sector || width < unit || width % unit)
		return strdup("");
	return text_format(",sunit=%" PRIu64 ",swidth=%" PRIu64, unit / 512, width / 512);
}

static int xfs_arguments(const struct mkfs_request *request, char ***argv)
{
	CLEANUP(xfs_options_done) struct xfs_options options = { NULL };
	const struct node *node = request->node;
	uint64_t block = 4096, sector = 0;
	AUTO_FREE char *stripes = NULL;
	bool bad = false, ok;
	int r = xfs_fill(request, &options);

	if (r)
		return r;
	mkfs_number(node, "block_size", &block, &bad);
	mkfs_number(node, "sector_size", &sector, &bad);
	if (sector && sector < request->sector)
		sector = request->sector;
	stripes = xfs_stripes(request, block, &bad);
	if (!stripes)
		return -ENOMEM;
	ok = mkfs_add(argv, "-q") && mkfs_add(argv, "-f") && mkfs_add(argv, "-K") && (!request->dry || mkfs_add(argv, "-N")) &&
	     xfs_number(request, argv, "-b", "size", "block_size", &bad) &&
	     (!sector || (mkfs_add(argv, "-s") && mkfs_add(argv, "size=%" PRIu64, sector))) &&
	     (!*options.metadata || mkfs_add_pair(argv, "-m", options.metadata)) &&
	     (!*options.inode || mkfs_add_pair(argv, "-i", options.inode)) &&
	     (!*options.naming || mkfs_add_pair(argv, "-n", options.naming)) &&
	     xfs_number(request, argv, "-i", "size", "inode_size", &bad) &&
	     xfs_number(request, argv, "-i", "maxpct", "max_inode_percent", &bad) &&
	     xfs_number(request, argv, "-n", "size", "directory_block_size", &bad);
	/* Another size wants another log. */
	if (ok && node->size == request->before->size)
		ok = xfs_number(request, argv, "-l", "size", "log_size", &bad);
	/* And another number of allocation groups. */
	if (ok && node->size == request->before->size)
		ok = xfs_number(request, argv, "-d", "agsize", "group_size", &bad);
	ok = ok && xfs_number(request, argv, "-l", "su", "log_stripe_unit", &bad) && mkfs_add(argv, "-d") &&
	     mkfs_add(argv, "size=%" PRIu64 "%s", block ? node->size / block * block : node->size, stripes) &&
	     mkfs_add_pair(argv, "-L", node->label) && mkfs_add(argv, "%s", request->device);
	return !ok ? -ENOMEM : bad ? -EINVAL : 0;
}

/* Every feature that mkfs.btrfs switches on by itself must be named to be off. */
static char *btrfs_features(const char *list, const char *const *names)
{
	AUTO_FREE char *features = strdup("");

	for (; features && *names; names++) {
		/* A leading '+' marks those that are off unless named. */
		const char *name = **names == '+' ? *names + 1 : *names;
		bool has = mkfs_has_word(list, name);
		char *longer;

		if (!has && **names == '+')
			continue;
		longer = text_format("%s%s%s%s", features, *features ? "," : "", has ? "" : "^", name);
		free(features);
		features = longer;
	}
	return TAKE_POINTER(features);
}

static int btrfs_arguments(const struct mkfs_request *request, char ***argv)
{
	static const char *const disk_names[] = { "extref",  "skinny-metadata", "no-holes",
						  "+raid56", "+raid1c34",       "+squota",  NULL };
	/* Not -R: where it is a feature at all, -O takes it. */
	static const char *const late_names[] = { "+block-group-tree", NULL };
	static const char *const runtime_names[] = { "free-space-tree", NULL };
	const struct node *node = request->node;
	const char *list = node_property(node, "features");
	const char *runtime_list = node_property(node, "runtime_features");
	const char *profile = node_property(node, "metadata_profile");
	bool mixed = list && mkfs_has_word(list, "mixed-bg");
	const char *data_profile = mixed ? profile : node_property(node, "data_profile");
	AUTO_FREE char *features = btrfs_features(list ? list : "", disk_names);
	AUTO_FREE char *late = btrfs_features(runtime_list ? runtime_list : "", late_names);
	AUTO_FREE char *runtime = btrfs_features(runtime_list ? runtime_list : "", runtime_names);
	bool ok;

	if (!features || !late || !runtime)
		return -ENOMEM;
	ok = mkfs_add(argv, "-q") && mkfs_add(argv, "-f") && mkfs_add(argv, "-K");
	/* It refuses a UUID that is in the machine already, as that of the disk to be erased is during a trial. */
	if (!request->trial)
		ok = ok && mkfs_add_pair(argv, "-U", node->uuid ? node->uuid : MKFS_NIL_UUID);
	ok = ok && mkfs_add_pair(argv, "-L", node->label) && mkfs_add_pair(argv, "-n", node_property(node, "node_size")) &&
	     mkfs_add_pair(argv, "-s", node_property(node, "sector_size")) &&
	     mkfs_add_pair(argv, "--csum", node_property(node, "checksum")) && mkfs_add_pair(argv, "-m", profile) &&
	     mkfs_add_pair(argv, "-d", data_profile) &&
	     /* As a feature it would be in the superblock only, and the chunks would not be mixed. */
	     (!mixed || mkfs_add(argv, "-M"));
	if (list)
		ok = ok && mkfs_add_pair(argv, "-O", features) && mkfs_add_pair(argv, "-R", runtime) &&
		     (!*late || mkfs_add_pair(argv, "-O", late));
	/* On several devices it takes all of each. */
	if (!request->more)
		ok = ok && mkfs_add(argv, "-b") && mkfs_add(argv, "%" PRIu64, node->size / 4096 * 4096);
	ok = ok && mkfs_add(argv, "%s", request->device);
	for (char *const *device = request->more; ok && device && *device; device++)
		ok = mkfs_add(argv, "%s", *device);
	return ok ? 0 : -ENOMEM;
}

static int vfat_arguments(const struct mkfs_request *request, char ***argv)
{
	const struct node *node = request->node;
	struct fat_geometry fat = { .sector = 512 };
	uint64_t bits = 0, fats = 2, roots = 0, reserved = 0;
	bool bad = false, ok = true, other;

	mkfs_number(node, "sector_size", &fat.sector, &bad);
	mkfs_number(node, "cluster_sectors", &fat.cluster, &bad);
	mkfs_number(node, "fat_bits", &bits, &bad);
	mkfs_number(node, "fats", &fats, &bad);
	fat.bits = bits;
	other = fat.sector < request->sector || node->size != request->before->size;
	/* On larger sectors a cluster keeps its bytes. */
	if (fat.sector && fat.sector < request->sector) {
		fat.cluster = fat.cluster * fat.sector / request->sector;
		fat.sector = request->sector;
	}
	if (other && bits && bits <= 32 && fats <= 8 && fat.sector >= 512 && fat.sector <= 4096 && fat.cluster <= 128)
		fat_geometry_fit(&fat, node->size, fats);
	if (!node->uuid)
		ok = mkfs_add_pair(argv, "-i", "00000000");
	else if (strlen(node->uuid) == 9 && node->uuid[4] == '-')
		ok = mkfs_add(argv, "-i") && mkfs_add(argv, "%.4s%s", node->uuid, node->uuid + 5);
	/* Others are put into the place of this one. */
	ok = ok && mkfs_add_pair(argv, "-n", node->label && !fat_label_is_plain(node->label) ? "LIFEBOAT" : node->label) &&
	     (!bits || (mkfs_add(argv, "-F") && mkfs_add(argv, "%" PRIu64, fat.bits))) &&
	     mkfs_add_pair(argv, "-f", node_property(node, "fats")) && mkfs_add(argv, "-S") && mkfs_add(argv, "%" PRIu64, fat.sector);
	if (fat.cluster)
		ok = ok && mkfs_add(argv, "-s") && mkfs_add(argv, "%" PRIu64, fat.cluster);
	/* Without -a the reserved sectors are rounded up. Another kind of FAT wants others. */
	if (mkfs_number(node, "reserved_sectors", &reserved, &bad) && fat.bits == bits)
		ok = ok && mkfs_add(argv, "-a") && mkfs_add(argv, "-R") && mkfs_add(argv, "%" PRIu64, reserved);
	if (fat.bits == bits && bits && bits != 32 && mkfs_number(node, "root_entries", &roots, &bad) && roots)
		ok = ok && mkfs_add(argv, "-r") && mkfs_add(argv, "%" PRIu64, roots);
	ok = ok && mkfs_add(argv, "%s", request->device) && mkfs_add(argv, "%" PRIu64, node->size / 1024);
	return !ok ? -ENOMEM : bad ? -EINVAL : 0;
}

static int vfat_label(struct context *ctx, const struct mkfs_request *request)
{
	const char *label = request->node->label;

	return label && !fat_label_is_plain(label) ? fat_label_write(ctx, request->device, label) : 0;
}

static const char *const ext_impossible[] = { "unknown_features", "external_journal", "truncated", NULL };
static const char *const xfs_impossible[] = { "unknown_features", "external_log", "realtime", "truncated", NULL };
static const char *const f2fs_impossible[] = { "unknown_features", "several_devices", "truncated", NULL };
static const char *const other_impossible[] = { "unknown_features", "truncated", NULL };

/* mkfs.xfs fills its log with zeros: by itself a 2048th of the filesystem, at least 64 MiB, at most 2 GiB. */
static uint64_t xfs_written(const struct mkfs_request *request)
{
	uint64_t log = 0;
	bool bad = false;

	if (request->node->size == request->before->size)
		mkfs_number(request->node, "log_size", &log, &bad);
	if (!log) {
		log = request->node->size / 2048;
		log = log < 64u << 20 ? 64u << 20 : log > 2048u << 20 ? 2048u << 20 : log;
	}
	return log + request->node->size / 65536 + (16u << 20);
}

static uint64_t btrfs_written(const struct mkfs_request *request)
{
	(void)request;
	return 16u << 20;
}

/* Four bytes a cluster, in each copy of the table. */
static uint64_t vfat_written(const struct mkfs_request *request)
{
	uint64_t cluster = 0, sector = 512, fats = 2;
	bool bad = false;

	mkfs_number(request->node, "cluster_sectors", &cluster, &bad);
	mkfs_number(request->node, "sector_size", &sector, &bad);
	mkfs_number(request->node, "fats", &fats, &bad);
	cluster = cluster && cluster < 256 && sector >= 512 && sector <= 65536 ? cluster * sector : 4096;
	return request->node->size / cluster * 4 * (fats > 2 ? 4 : 2) + (1u << 20);
}

static const struct mkfs_kind kinds[] = {
	{ "ext2", "mkfs.ext2", false, true, ext_written, 1ULL << 40, ext_impossible, ext_arguments, "tune2fs", ext_tune, NULL },
	{ "ext3", "mkfs.ext3", false, true, ext_written, 1ULL << 40, ext_impossible, ext_arguments, "tune2fs", ext_tune, NULL },
	{ "ext4", "mkfs.ext4", false, true, ext_written, 1ULL << 40, ext_impossible, ext_arguments, "tune2fs", ext_tune, NULL },
	{ "xfs", "mkfs.xfs", true, true, xfs_written, 64ULL << 30, xfs_impossible, xfs_arguments, NULL, NULL, NULL },
	{ "btrfs", "mkfs.btrfs", false, false, btrfs_written, 1ULL << 40, other_impossible, btrfs_arguments, NULL, NULL, NULL },
	{ "vfat", "mkfs.vfat", false, false, vfat_written, 8ULL << 30, other_impossible, vfat_arguments, NULL, NULL, vfat_label },
	{ "exfat", "mkfs.exfat", false, false, exfat_written, 8ULL << 30, other_impossible, exfat_arguments, "tune.exfat", exfat_tune, NULL },
	{ "f2fs", "mkfs.f2fs", false, false, f2fs_written, 16ULL << 30, f2fs_impossible, f2fs_arguments, NULL, NULL, NULL },
};

const struct mkfs_kind *mkfs_kind_find(const char *kind)
{
	for (size_t i = 0; kind && i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(kinds[i].kind, kind))
			return &kinds[i];
	return NULL;
}

/* What a property that makes it impossible means, with what can be done. */
static const char *impossible_words(const char *key)
{
	static const struct {
		const char *key, *words;
	} rows[] = {
		{ "external_log", N_("its log lies on another device; make it by hand (mkfs.xfs -l logdev=) and restore its files into it with "
				     "'lifeboat restore --to'") },
		{ "realtime", N_("it has a realtime device; make it by hand (mkfs.xfs -r rtdev=) and restore its files into it with "
				 "'lifeboat restore --to'") },
		{ "external_journal", N_("its journal lies on another device; give it one of its own (tune2fs -O ^has_journal, then -j) and "
					 "capture again") },
		{ "several_devices", N_("it lies on several devices") },
		{ "truncated", N_("it is larger than the place it lies on") },
		{ "unknown_features", N_("it has features that this version does not know") },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		if (!strcmp(rows[i].key, key))
			return sentence_words(rows[i].words);
	return key;
}

bool mkfs_can_make(const struct node *node, char **ret_why)
{
	const struct mkfs_kind *kind = mkfs_kind_find(node->filesystem.kind);
	const char *devices = node_property(node, "devices");
	size_t count = strv_length(node->on);

	*ret_why = NULL;
	if (!strcmp(node->filesystem.kind, FILESYSTEM_UNKNOWN))
		*ret_why = sentence("Lifeboat does not recognize its contents");
	else if (foreign_refuse(node->filesystem.kind, ret_why))
		return false;
	else if (!kind)
		*ret_why = sentence("Lifeboat cannot recreate %s filesystems", node->filesystem.kind);
	else if (count > 1 && strcmp(node->filesystem.kind, "btrfs"))
		*ret_why = sentence("Lifeboat cannot recreate %s filesystems on several devices", node->filesystem.kind);
	else if (count != (devices ? node_number(node, "devices") : 1))
		*ret_why = sentence("it lay on %s devices when it was captured, and only %zu of them were there", devices ? devices : "1", count);
	for (const char *const *key = kind ? kind->impossible : NULL; key && *key && !*ret_why; key++)
		if (node_property(node, *key))
			*ret_why = sentence("Lifeboat cannot recreate this %s filesystem (%s): %s", kind->kind, *key, impossible_words(*key));
	return !*ret_why;
}

const char *mkfs_name(const struct node *node)
{
	return node->label ? node->label : node->uuid ? node->uuid : node->id;
}
