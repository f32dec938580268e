#include "mkfs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../layout/fit.h"

/* Appends a formatted argument; false when out of memory. */
static bool add(char ***argv, const char *format, ...) PRINTF_LIKE(2, 3);
static bool add(char ***argv, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return false;
	}
	return !strv_append(argv, text);
}

static bool add_pair(char ***argv, const char *option, const char *value)
{
	return !value || (add(argv, "%s", option) && add(argv, "%s", value));
}

/* A number among the properties; false when it is absent. Sets *BAD when it is there and no number. */
static bool number_of(const struct node *node, const char *key, uint64_t *ret, bool *bad)
{
	const char *text = filesystem_property(node, key);

	if (!text)
		return false;
	if (parse_u64(text, ret))
		return true;
	*bad = true;
	return false;
}

/* VALUE of a filesystem of size OLD, for one of size NEW. */
static uint64_t scale(uint64_t value, uint64_t old, uint64_t new)
{
	if (!old || old == new)
		return value;
	return (uint64_t)((long double)value / (long double)old * (long double)new);
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

/* Whether the comma-separated LIST has the whole WORD. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

/* What goes behind mke2fs -E. New string. */
static char *ext_extended(const struct node *node)
{
	const char *quota = filesystem_property(node, "quota"), *encoding = filesystem_property(node, "encoding");
	const char *flags = filesystem_property(node, "encoding_flags");
	AUTO_FREE char *types = strdup(quota ? quota : "");
	bool strict = flags && !strcmp(flags, "strict");

	if (!types)
		return NULL;
	/* Inside one extended option the types are joined by colons; nothing else can be put in. */
	for (char *c = types; *c; c++)
		if (*c == ',')
			*c = ':';
	return text_format("nodiscard,lazy_itable_init=1%s%s%s%s", *types ? ",quotatype=" : "", types,
			   encoding && !strcmp(encoding, "utf8") ? ",encoding=utf8" : "",
			   strict ? ",encoding_flags=strict" : "");
}

static int ext_arguments(const struct mkfs_request *request, char ***argv)
{
	const struct node *node = request->node;
	const char *features = filesystem_property(node, "features");
	AUTO_FREE char *feature_list = features ? ext_features(features) : NULL, *extended = ext_extended(node);
	uint64_t block = 0, inodes, journal, cluster;
	bool bad = false, ok;

	if ((features && !feature_list) || !extended)
		return -ENOMEM;
	ok = add(argv, "-q") && add(argv, "-F") && (!request->trial || add(argv, "-n")) &&
	     add_pair(argv, "-U", node->uuid) && add_pair(argv, "-L", node->label) &&
	     add_pair(argv, "-O", feature_list) && add_pair(argv, "-b", filesystem_property(node, "block_size")) &&
	     add_pair(argv, "-I", filesystem_property(node, "inode_size")) &&
	     add_pair(argv, "-G", filesystem_property(node, "flex_bg_size")) && add_pair(argv, "-m", "0") &&
	     add_pair(argv, "-E", extended);
	if (ok && number_of(node, "inodes", &inodes, &bad))
		ok = add(argv, "-N") && add(argv, "%" PRIu64, fit_inodes(node, request->before->size, node->size));
	if (ok && number_of(node, "cluster_size", &cluster, &bad))
		ok = add(argv, "-C") && add(argv, "%" PRIu64, cluster);
	if (ok && number_of(node, "journal_size", &journal, &bad) && journal >> 20)
		ok = add(argv, "-J") && add(argv, "size=%" PRIu64, journal >> 20);
	if (ok)
		number_of(node, "block_size", &block, &bad);
	ok = ok && add(argv, "%s", request->device);
	if (ok && block)
		ok = add(argv, "%" PRIu64, node->size / block);
	return !ok ? -ENOMEM : bad ? -EINVAL : 0;
}

/* The default mount options for tune2fs -o: those captured, and without the two that mke2fs sets by itself. New
 * string. */
static char *ext_mount_options(const char *captured)
{
	const char *user_xattr = strstr(captured, "user_xattr") ? "" : "^user_xattr,";
	const char *acl = has_word(captured, "acl") ? "" : "^acl,";
	AUTO_FREE char *text = text_format("%s%s%s", user_xattr, acl, captured);

	if (text && *text && text[strlen(text) - 1] == ',')
		text[strlen(text) - 1] = 0;
	return TAKE_POINTER(text);
}

/* mke2fs takes the reserved blocks as a share only, and some of the rest not at all. */
static int ext_tune(const struct mkfs_request *request, char ***argv)
{
	const char *options = filesystem_property(request->node, "default_mount_options");
	AUTO_FREE char *option_list = ext_mount_options(options ? options : "");
	uint64_t reserved;
	bool bad = false, ok;

	if (!option_list)
		return -ENOMEM;
	ok = add(argv, "tune2fs") && add_pair(argv, "-e", filesystem_property(request->node, "errors"));
	if (number_of(request->node, "reserved_blocks", &reserved, &bad))
		ok = ok && add(argv, "-r") &&
		     add(argv, "%" PRIu64, scale(reserved, request->before->size, request->node->size));
	if (*option_list)
		ok = ok && add_pair(argv, "-o", option_list);
	ok = ok && add(argv, "%s", request->device);
	return !ok ? -ENOMEM : bad ? -EINVAL : 0;
}

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
		const char *value = filesystem_property(request->node, *keys);
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
	const char *crc = filesystem_property(node, "crc"), *case_less = filesystem_property(node, "naming");
	AUTO_FREE char *identity = text_format(node->uuid ? "uuid=%s" : "%s", node->uuid ? node->uuid : "");
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

/* Appends OPTION and "NAME=VALUE" when KEY is a property; in *BAD as number_of(). */
static bool xfs_number(const struct mkfs_request *request, char ***argv, const char *option, const char *name,
		       const char *key, bool *bad)
{
	uint64_t value;

	if (!number_of(request->node, key, &value, bad) || !value)
		return true;
	return add(argv, "%s", option) && add(argv, "%s=%" PRIu64, name, value);
}

static int xfs_arguments(const struct mkfs_request *request, char ***argv)
{
	CLEANUP(xfs_options_done) struct xfs_options options = { NULL };
	const struct node *node = request->node;
	uint64_t block = 4096, sector = 0;
	bool bad = false, ok;
	int r = xfs_fill(request, &options);

	if (r)
		return r;
	number_of(node, "block_size", &block, &bad);
	number_of(node, "sector_size", &sector, &bad);
	if (sector && sector < request->sector)
		sector = request->sector;
	ok = add(argv, "-q") && add(argv, "-f") && add(argv, "-K") && (!request->trial || add(argv, "-N")) &&
	     xfs_number(request, argv, "-b", "size", "block_size", &bad) &&
	     (!sector || (add(argv, "-s") && add(argv, "size=%" PRIu64, sector))) &&
	     (!*options.metadata || add_pair(argv, "-m", options.metadata)) &&
	     (!*options.inode || add_pair(argv, "-i", options.inode)) &&
	     (!*options.naming || add_pair(argv, "-n", options.naming)) &&
	     xfs_number(request, argv, "-i", "size", "inode_size", &bad) &&
	     xfs_number(request, argv, "-i", "maxpct", "max_inode_percent", &bad) &&
	     xfs_number(request, argv, "-n", "size", "directory_block_size", &bad);
	/* Another size wants another log. */
	if (ok && node->size == request->before->size)
		ok = xfs_number(request, argv, "-l", "size", "log_size", &bad);
	ok = ok && add(argv, "-d") && add(argv, "size=%" PRIu64, block ? node->size / block * block : node->size) &&
	     add_pair(argv, "-L", node->label) && add(argv, "%s", request->device);
	return !ok ? -ENOMEM : bad ? -EINVAL : 0;
}

/* Every feature that mkfs.btrfs switches on by itself must be named to be off. */
static char *btrfs_features(const char *list, const char *const *names)
{
	AUTO_FREE char *features = strdup("");

	for (; features && *names; names++) {
		/* A leading '+' marks those that are off unless named. */
		const char *name = **names == '+' ? *names + 1 : *names;
		bool has = has_word(list, name);
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
	static const char *const disk_names[] = { "extref",  "skinny-metadata", "no-holes", "+mixed-bg",
						  "+raid56", "+raid1c34",       "+squota",  NULL };
	/* Not -R: where it is a feature at all, -O takes it. */
	static const char *const late_names[] = { "+block-group-tree", NULL };
	static const char *const runtime_names[] = { "free-space-tree", NULL };
	const struct node *node = request->node;
	const char *list = filesystem_property(node, "features");
	const char *runtime_list = filesystem_property(node, "runtime_features");
	const char *profile = filesystem_property(node, "metadata_profile");
	AUTO_FREE char *features = btrfs_features(list ? list : "", disk_names);
	AUTO_FREE char *late = btrfs_features(runtime_list ? runtime_list : "", late_names);
	AUTO_FREE char *runtime = btrfs_features(runtime_list ? runtime_list : "", runtime_names);
	bool ok;

	if (!features || !late || !runtime)
		return -ENOMEM;
	ok = add(argv, "-q") && add(argv, "-f") && add(argv, "-K");
	/* It refuses a UUID that is in the machine already, as that of the disk to be erased is during a trial. */
	if (!request->trial)
		ok = ok && add_pair(argv, "-U", node->uuid);
	ok = ok && add_pair(argv, "-L", node->label) && add_pair(argv, "-n", filesystem_property(node, "node_size")) &&
	     add_pair(argv, "-s", filesystem_property(node, "sector_size")) &&
	     add_pair(argv, "--csum", filesystem_property(node, "checksum")) && add_pair(argv, "-m", profile) &&
	     (!list || !has_word(list, "mixed-bg") || add_pair(argv, "-d", profile));
	if (list)
		ok = ok && add_pair(argv, "-O", features) && add_pair(argv, "-R", runtime) &&
		     (!*late || add_pair(argv, "-O", late));
	ok = ok && add(argv, "-b") && add(argv, "%" PRIu64, node->size / 4096 * 4096) &&
	     add(argv, "%s", request->device);
	return ok ? 0 : -ENOMEM;
}

static int vfat_arguments(const struct mkfs_request *request, char ***argv)
{
	const struct node *node = request->node;
	uint64_t bits = 0, sector = 512, cluster = 0, roots = 0, reserved = 0;
	bool bad = false, ok = true;

	number_of(node, "sector_size", &sector, &bad);
	number_of(node, "cluster_sectors", &cluster, &bad);
	/* On larger sectors a cluster keeps its bytes. */
	if (sector && sector < request->sector) {
		cluster = cluster * sector / request->sector;
		sector = request->sector;
	}
	if (node->uuid && strlen(node->uuid) == 9 && node->uuid[4] == '-')
		ok = add(argv, "-i") && add(argv, "%.4s%s", node->uuid, node->uuid + 5);
	ok = ok && add_pair(argv, "-n", node->label) && add_pair(argv, "-F", filesystem_property(node, "fat_bits")) &&
	     add_pair(argv, "-f", filesystem_property(node, "fats")) && add(argv, "-S") &&
	     add(argv, "%" PRIu64, sector);
	if (cluster)
		ok = ok && add(argv, "-s") && add(argv, "%" PRIu64, cluster);
	/* Without -a the reserved sectors are rounded up. */
	if (number_of(node, "reserved_sectors", &reserved, &bad))
		ok = ok && add(argv, "-a") && add(argv, "-R") && add(argv, "%" PRIu64, reserved);
	if (number_of(node, "fat_bits", &bits, &bad) && bits != 32 && number_of(node, "root_entries", &roots, &bad) &&
	    roots)
		ok = ok && add(argv, "-r") && add(argv, "%" PRIu64, roots);
	ok = ok && add(argv, "%s", request->device) && add(argv, "%" PRIu64, node->size / 1024);
	return !ok ? -ENOMEM : bad ? -EINVAL : 0;
}

static const char *const ext_impossible[] = { "unknown_features", "external_journal", NULL };
static const char *const xfs_impossible[] = { "unknown_features", "external_log", "realtime", NULL };
static const char *const other_impossible[] = { "unknown_features", NULL };

static const struct mkfs_kind kinds[] = {
	{ "ext2", "mkfs.ext2", false, UINT64_MAX, ext_impossible, ext_arguments, ext_tune },
	{ "ext3", "mkfs.ext3", false, UINT64_MAX, ext_impossible, ext_arguments, ext_tune },
	{ "ext4", "mkfs.ext4", false, UINT64_MAX, ext_impossible, ext_arguments, ext_tune },
	{ "xfs", "mkfs.xfs", true, UINT64_MAX, xfs_impossible, xfs_arguments, NULL },
	{ "btrfs", "mkfs.btrfs", false, UINT64_MAX, other_impossible, btrfs_arguments, NULL },
	{ "vfat", "mkfs.vfat", false, 8ULL << 30, other_impossible, vfat_arguments, NULL },
};

const struct mkfs_kind *mkfs_kind_find(const char *kind)
{
	for (size_t i = 0; kind && i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(kinds[i].kind, kind))
			return &kinds[i];
	return NULL;
}
