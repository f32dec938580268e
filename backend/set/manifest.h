/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manifest of a recovery set, lifeboat.json: what the set is, the machine it came from, its layout, and the digests of the tables
 * that hold all else: segments.zst (segment_table.h) and index.zst (index.h). docs/set-format.md is the format's source. The file ends with
 * a line that holds the SHA-256 of all lines before it, so that a damaged manifest is never believed.
 */
#ifndef LIFEBOAT_SET_MANIFEST_H
#define LIFEBOAT_SET_MANIFEST_H

#include "../core/digest.h"
#include "../layout/layout.h"

#define MANIFEST_VERSION 1
#define MANIFEST_NAME "lifeboat.json"
#define MANIFEST_LIMIT (64u << 20) /* bytes; larger ones are refused */

/* Segments in the order a reader takes them; see docs/set-format.md, "Order". */
enum segment_kind {
	SEGMENT_DIRECTORIES,     /* every directory, parents first */
	SEGMENT_FILES,           /* all else; may be read in any order and at the same time */
	SEGMENT_LINKS,           /* additional names of files with several: after all files */
};

/* There are millions of them: 56 bytes each. */
struct segment {
	unsigned char sha256[DIGEST_BYTES]; /* of the compressed member */
	uint64_t bytes;          /* length of the tar stream inside */
	uint32_t stored;         /* length of the compressed member */
	uint32_t entries;        /* tar members */
	uint32_t number;         /* its place in the table */
	enum segment_kind kind;
};

#define SEGMENT_BYTES_UNKNOWN UINT64_MAX /* of one whose row in the table has not come: nor are its entries known */

/* "segments/000000.tar.zst", by value. */
struct segment_name {
	char text[32];
};
struct segment_name segment_name(const struct segment *segment);

/* A member of the set beside its files: what a tool keeps of the machine's storage, for who makes it again by hand. */
#define BUILTIN_ATTACHMENT "builtin-drivers" /* a copy of a kernel's list of them, which is among the files, too */

struct attachment {
	char *name;              /* of the file below attachments/ */
	char *kind;              /* "lvm-metadata", "luks-header", BUILTIN_ATTACHMENT */
	char *node;              /* id of the node of the layout that it belongs to; NULL: none */
	bool secret;             /* it holds keys */
	uint64_t stored;         /* bytes */
	char sha256[DIGEST_HEX];
};

struct machine_info {
	char *host, *os, *kernel, *architecture;
	char *firmware;          /* "bios" or "uefi" */
	char *loader;            /* "grub-bios", "grub-uefi", "grub-bios,grub-uefi", "none" */
	char *loader_id;         /* UEFI: directory below EFI/ ("debian"); NULL */
	char *grub;              /* name of GRUB's directory below /boot, "grub" or "grub2"; NULL: it has none */
	char *installs;          /* platforms that the system can install GRUB for by itself: "i386-pc", "x86_64-efi", "i386-pc,x86_64-efi"; NULL: none */
};

struct manifest {
	char sha256[DIGEST_HEX]; /* the closing digest of one that was read: all of the set hangs from it */
	bool is_beginning;       /* what a stream as captured begins with: totals are a guess, and nothing of the tables is known */
	char *set_id;            /* UUID of the set */
	char *label;             /* what the operator called it; NULL */
	char *created;           /* RFC 3339, UTC */
	char *tool;              /* "lifeboat 0.1" */
	char **optional;         /* feature words that this version need not know; NULL-terminated, or NULL */
	struct machine_info machine;
	struct layout *layout;   /* empty when a plain tree was captured */
	struct segment *segments; /* NULL until the table is read */
	size_t segment_count;
	char table_sha256[DIGEST_HEX]; /* of segments.zst */
	uint64_t table_stored;   /* its length in bytes */
	uint64_t total_bytes;    /* sum of file contents (holes not counted) */
	uint64_t total_files;    /* entries */
	uint64_t changed_files;  /* files that changed or vanished while they were read */
	char index_sha256[DIGEST_HEX]; /* of index.zst */
	uint64_t index_stored;   /* its length in bytes */
	struct attachment *attachments; /* by their names, ascending */
	size_t attachment_count;
	char **lost;             /* what of the machine is not in the set and will not come back, one line each with the reason */
	size_t lost_count;
	char **excluded;         /* what was left out by rule, one line each with the reason */
	size_t excluded_count;
};

#define INDEX_NAME "index.zst"
#define INDEX_LIMIT (64ll << 30)      /* bytes of the compressed index: 100 million rows take a tenth of it */
#define INDEX_TEXT_LIMIT (1ll << 40)  /* bytes of its lines */
#define SEGMENT_TABLE_NAME "segments.zst"
#define SEGMENT_TABLE_LIMIT (1ll << 30) /* bytes of the compressed table */
/* Bytes of a compressed member, which is read into memory whole: of files, several at a time; of directories or links, where one segment
 * may hold all of a machine's. */
#define SEGMENT_FILES_LIMIT (192u << 20)
#define SEGMENT_LIMIT (1u << 30)
#define SEGMENT_TAR_LIMIT (16ull << 30) /* bytes of the tar stream inside */
#define ATTACHMENTS_NAME "attachments"
#define IMAGES_NAME "images"     /* the required feature of sets with images (layout/image.h) */
#define MESSAGES_NAME "messages" /* the forms (core/sentence.h) of the lines that the capture said */
#define ATTACHMENTS_LIMIT 1024        /* of a set */
#define ATTACHMENT_LIMIT (192u << 20) /* bytes of one, which is read into memory whole */
#define EXCLUDED_LIMIT 1000000        /* lines of "excluded" */
#define EXCLUDED_TEXT_LIMIT (40u << 20) /* bytes of all of them, as JSON */
#define SEGMENTS_LIMIT (16u << 20)    /* segments of a set: 256 TiB in segments of 16 MiB */

/* SEGMENT_FILES_LIMIT or SEGMENT_LIMIT. */
static inline uint32_t segment_limit(enum segment_kind kind)
{
	return kind == SEGMENT_FILES ? SEGMENT_FILES_LIMIT : SEGMENT_LIMIT;
}

/* Names of kinds as written: directories, files, links. */
const char *segment_kind_name(enum segment_kind kind);
/* False (*RET untouched) for any other name. */
bool segment_kind_parse(const char *name, enum segment_kind *ret);

/* The place of the segment NAME in the table, or -1; NULL is none. */
ssize_t manifest_find_segment(const struct manifest *manifest, const char *name);

/* Whether NAME may be that of an attachment: 1 to 160 letters, digits, '+', '_', '.' and '-', the first one a letter or digit. */
bool attachment_is_name(const char *name);
/* NULL when there is none. */
const struct attachment *manifest_find_attachment(const struct manifest *manifest, const char *name);
/* Adds ATTACHMENT, whose texts are taken, in its place. 0, -EEXIST when one has that name but for the case of letters, -E2BIG, -ENOMEM. */
int manifest_add_attachment(struct manifest *manifest, struct attachment *attachment);
void attachment_done(struct attachment *attachment);

void manifest_free(struct manifest *manifest);
/* Parses LENGTH bytes; strict; checks the closing digest. 0, or with a sentence: -EBADMSG; -EINVAL for a set of another version, or one that
 * requires a feature which this version does not know. */
int manifest_parse(struct context *ctx, const char *text, size_t length, struct manifest **ret);
/* The same of the beginning of a stream as captured. */
int manifest_parse_beginning(struct context *ctx, const char *text, size_t length, struct manifest **ret);
/* The file's bytes, closing digest included; NULL when out of memory. Caller frees. */
char *manifest_print(const struct manifest *manifest, size_t *ret_length);

/* For people who decide or read how it ended: sets "lost" of OBJECT to the first lines of manifest->lost, at most
 * MANIFEST_LOST_SHOWN, and "lost_total" to how many there are. Both are absent when nothing is lost. */
#define MANIFEST_LOST_SHOWN 50
void manifest_tell_lost(const struct manifest *manifest, json_t *object);

static inline void cleanup_manifest(struct manifest **manifest)
{
	manifest_free(*manifest);
}
#define AUTO_MANIFEST CLEANUP(cleanup_manifest)

#endif
