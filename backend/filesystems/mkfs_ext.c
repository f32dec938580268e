/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mkfs_ext.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "mkfs_arguments.h"

/* VALUE of a filesystem of size OLD, for one of size NEW. */
static uint64_t scale(uint64_t value, uint64_t old, uint64_t new)
{
	if (!old || old == new)
		return value;
	return (uint64_t)((long double)value / (long double)old * (long double)new);
}

uint64_t mkfs_inodes(const struct node *filesystem, uint64_t old_size, uint64_t new_size)
{
	uint64_t inodes = node_number(filesystem, "inodes"), used = node_number(filesystem, "used_inodes"), least;

	if (!old_size || old_size == new_size)
		return inodes;
	/* A smaller filesystem still takes all the files, and a quarter more. */
	least = used && used < inodes / 2 ? used + used / 4 + 4096 : inodes;
	least = least < inodes ? least : inodes;
	inodes = scale(inodes, old_size, new_size);
	return inodes > least ? inodes : least;
}

/* Features that only say in what state a filesystem is; a new one is in none of them. */
static bool is_state(const char *feature)
{
	static const char *const states[] = { "needs_recovery", "orphan_present", "journal_dev", "test_filesystem" };

	for (size_t i = 0; i < ARRAY_LENGTH(states); i++)
		if (!strcmp(feature, states[i]))
			return true;
	return false;
}

/* "none,a,b,c" from the captured list: all that mke2fs would switch on by itself goes first. New string. */
static char *ext_features(const char *list)
{
	AUTO_FREE char *copy = strdup(list), *features = strdup("none");
	char *rest = NULL;

	if (!copy || !features)
		return NULL;
	for (char *feature = strtok_r(copy, ", ", &rest); feature; feature = strtok_r(NULL, ", ", &rest)) {
		char *longer;

		if (is_state(feature))
			continue;
		longer = text_format("%s,%s", features, feature);
		if (!longer)
			return NULL;
		free(features);
		features = longer;
	}
	return TAKE_POINTER(features);
}

/* ",NAME=N", the bytes of property KEY in blocks; "" when it has none. New string. */
static char *ext_blocks(const struct node *node, uint64_t block, const char *name, const char *key)
{
	uint64_t bytes;
	bool bad = false;

	if (!mkfs_number(node, key, &bytes, &bad) || !block || bytes < block)
		return strdup("");
	return text_format(",%s=%" PRIu64, name, bytes / block);
}

/* ",NAME=N", the number of property KEY; "" when it has none. New string. */
static char *ext_number(const struct node *node, const char *name, const char *key)
{
	uint64_t number;
	bool bad = false;

	return mkfs_number(node, key, &number, &bad) ? text_format(",%s=%" PRIu64, name, number) : strdup("");
}

/* What goes behind mke2fs -E. New string. */
static char *ext_extended(const struct node *node, uint64_t block)
{
	const char *quota = node_property(node, "quota"), *encoding = node_property(node, "encoding");
	const char *flags = node_property(node, "encoding_flags");
	AUTO_FREE char *types = strdup(quota ? quota : "");
	AUTO_FREE char *stride = ext_blocks(node, block, "stride", "raid_stride");
	AUTO_FREE char *stripe = ext_blocks(node, block, "stripe_width", "raid_stripe_width");
	AUTO_FREE char *interval = ext_number(node, "mmp_update_interval", "mmp_update_interval");
	AUTO_FREE char *copies = ext_number(node, "num_backup_sb", "backup_superblocks");
	bool strict = flags && !strcmp(flags, "strict");

	if (!types || !stride || !stripe || !interval || !copies)
		return NULL;
	/* Inside one extended option the types are joined by colons; nothing else can be put in. */
	for (char *c = types; *c; c++)
		if (*c == ',')
			*c = ':';
	return text_format("nodiscard,lazy_itable_init=1%s%s%s%s%s%s%s%s", stride, stripe, interval, copies, *types ? ",quotatype=" : "", types,
			   encoding && !strcmp(encoding, "utf8") ? ",encoding=utf8" : "",
			   strict ? ",encoding_flags=strict" : "");
}

/* The block size: as captured, but never smaller than the target's sectors. 0 when not known. */
static uint64_t ext_block(const struct mkfs_request *request, bool *bad)
{
	uint64_t block = 0;

	mkfs_number(request->node, "block_size", &block, bad);
	return block && block < request->sector ? request->sector : block;
}

static uint64_t ext_captured_block(const struct node *node)
{
	uint64_t block = 0;
	bool bad = false;

	mkfs_number(node, "block_size", &block, &bad);
	return block;
}

/* -J: mke2fs takes the journal proper in MiB and what fast commits have of it in KiB. */
static bool ext_journal(const struct node *node, uint64_t journal, char ***argv, bool *bad)
{
	uint64_t fast = 0;

	if (mkfs_number(node, "fast_commit_size", &fast, bad) && fast < journal && fast >> 10 && (journal - fast) >> 20)
		return mkfs_add(argv, "-J") &&
		       mkfs_add(argv, "size=%" PRIu64 ",fast_commit_size=%" PRIu64, (journal - fast) >> 20, fast >> 10);
	return !(journal >> 20) || (mkfs_add(argv, "-J") && mkfs_add(argv, "size=%" PRIu64, journal >> 20));
}

int ext_arguments(const struct mkfs_request *request, char ***argv)
{
	const struct node *node = request->node;
	const char *features = node_property(node, "features"), *revision = node_property(node, "revision");
	AUTO_FREE char *feature_list = features ? ext_features(features) : NULL;
	bool bad = false, ok;
	uint64_t block = ext_block(request, &bad), inodes, journal, cluster, group;
	AUTO_FREE char *extended = ext_extended(node, block);

	if ((features && !feature_list) || !extended)
		return -ENOMEM;
	ok = mkfs_add(argv, "-q") && mkfs_add(argv, "-F") && (!request->dry || mkfs_add(argv, "-n")) &&
	     mkfs_add_pair(argv, "-U", node->uuid ? node->uuid : "clear") && mkfs_add_pair(argv, "-L", node->label) &&
	     mkfs_add_pair(argv, "-O", feature_list) && (!revision || strcmp(revision, "0") || mkfs_add_pair(argv, "-r", "0")) &&
	     (!block || (mkfs_add(argv, "-b") && mkfs_add(argv, "%" PRIu64, block))) &&
	     mkfs_add_pair(argv, "-I", node_property(node, "inode_size")) &&
	     mkfs_add_pair(argv, "-G", node_property(node, "flex_bg_size")) && mkfs_add_pair(argv, "-m", "0") &&
	     mkfs_add_pair(argv, "-E", extended);
	if (ok && mkfs_number(node, "inodes", &inodes, &bad))
		ok = mkfs_add(argv, "-N") && mkfs_add(argv, "%" PRIu64, mkfs_inodes(node, request->before->size, node->size));
	if (ok && mkfs_number(node, "cluster_size", &cluster, &bad))
		ok = mkfs_add(argv, "-C") && mkfs_add(argv, "%" PRIu64, cluster);
	if (ok && mkfs_number(node, "journal_size", &journal, &bad))
		ok = ext_journal(node, journal, argv, &bad);
	/* Counted in blocks: others want another number of them. */
	if (ok && block == ext_captured_block(node) && mkfs_number(node, "blocks_per_group", &group, &bad))
		ok = mkfs_add(argv, "-g") && mkfs_add(argv, "%" PRIu64, group);
	ok = ok && mkfs_add(argv, "%s", request->device);
	if (ok && block)
		ok = mkfs_add(argv, "%" PRIu64, node->size / block);
	return !ok ? -ENOMEM : bad ? -EINVAL : 0;
}

/* The default mount options for tune2fs -o: those captured, and without the two that mke2fs sets by itself. New
 * string. */
static char *ext_mount_options(const char *captured)
{
	const char *user_xattr = strstr(captured, "user_xattr") ? "" : "^user_xattr,";
	const char *acl = mkfs_has_word(captured, "acl") ? "" : "^acl,";
	AUTO_FREE char *text = text_format("%s%s%s", user_xattr, acl, captured);

	if (text && *text && text[strlen(text) - 1] == ',')
		text[strlen(text) - 1] = 0;
	return TAKE_POINTER(text);
}

/* What goes behind tune2fs -E. A comma would begin another option. New string. */
static char *ext_tune_extended(const struct node *node)
{
	const char *hash = node_property(node, "directory_hash");
	const char *options = node_property(node, "extended_mount_options");

	if (hash && strchr(hash, ','))
		hash = NULL;
	if (options && strchr(options, ','))
		options = NULL;
	return text_format("%s%s%s%s%s", hash ? "hash_alg=" : "", hash ? hash : "", hash && options ? "," : "",
			   options ? "mount_opts=" : "", options ? options : "");
}

/* The same share as was reserved. */
static uint64_t ext_reserved(const struct mkfs_request *request, uint64_t blocks)
{
	uint64_t before = 0, now;
	bool bad = false;

	mkfs_number(request->node, "block_size", &before, &bad);
	now = ext_block(request, &bad);
	blocks = scale(blocks, request->before->size, request->node->size);
	return now ? blocks / (now / before) : blocks;
}

/* mke2fs takes the reserved blocks as a share only, and some of the rest not at all. */
int ext_tune(const struct mkfs_request *request, char ***argv)
{
	const char *options = node_property(request->node, "default_mount_options");
	AUTO_FREE char *option_list = ext_mount_options(options ? options : "");
	AUTO_FREE char *extended = ext_tune_extended(request->node);
	uint64_t reserved, id, number;
	bool bad = false, ok;

	if (!option_list || !extended)
		return -ENOMEM;
	ok = mkfs_add(argv, "tune2fs") && mkfs_add_pair(argv, "-e", node_property(request->node, "errors"));
	if (mkfs_number(request->node, "reserved_blocks", &reserved, &bad))
		ok = ok && mkfs_add(argv, "-r") &&
		     mkfs_add(argv, "%" PRIu64, ext_reserved(request, reserved));
	if (mkfs_number(request->node, "reserved_uid", &id, &bad))
		ok = ok && mkfs_add(argv, "-u") && mkfs_add(argv, "%" PRIu64, id);
	if (mkfs_number(request->node, "reserved_gid", &id, &bad))
		ok = ok && mkfs_add(argv, "-g") && mkfs_add(argv, "%" PRIu64, id);
	if (mkfs_number(request->node, "max_mount_count", &number, &bad))
		ok = ok && mkfs_add(argv, "-c") && mkfs_add(argv, "%" PRIu64, number);
	if (mkfs_number(request->node, "check_interval", &number, &bad))
		ok = ok && mkfs_add(argv, "-i") && mkfs_add(argv, "%" PRIu64 "s", number);
	if (*option_list)
		ok = ok && mkfs_add_pair(argv, "-o", option_list);
	if (*extended)
		ok = ok && mkfs_add_pair(argv, "-E", extended);
	ok = ok && mkfs_add(argv, "%s", request->device);
	return !ok ? -ENOMEM : bad ? -EINVAL : 0;
}

/* Tables of groups and their copies, and the journal, which a sparse file need not hold. */
uint64_t ext_written(const struct mkfs_request *request)
{
	return request->node->size / 65536 + (16u << 20);
}
