/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mount.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/ops.h"
#include "../core/progress.h"

/* What a restore takes at its height: segments and their contents in several threads, the index, an initramfs being made. */
#define RESERVE (384ull << 20)

static uint64_t available_bytes(struct context *ctx)
{
	AUTO_FREE char *path = context_path(ctx, "/proc/meminfo"), *text = NULL;
	const char *line;

	if (!path || file_read(AT_FDCWD, path, 1u << 20, &text, NULL) < 0)
		return 0;
	line = strstr(text, "MemAvailable:");
	return line ? strtoull(line + strlen("MemAvailable:"), NULL, 10) * 1024 : 0;
}

uint64_t memory_for_copies(struct context *ctx, uint64_t *ret_available)
{
	uint64_t available = available_bytes(ctx);

	if (ret_available)
		*ret_available = available;
	return available > RESERVE ? available - RESERVE : 0;
}

int memory_check(struct context *ctx, const char *what, uint64_t size)
{
	uint64_t available;
	AUTO_FREE char *needed = NULL, *there = NULL, *reserve = bytes_print_size(RESERVE);

	if (memory_for_copies(ctx, &available) >= size)
		return 0;
	needed = bytes_print_size(size);
	there = bytes_print_size(available);
	return context_fail(ctx, ENOSPC, "%s does not fit into memory: it takes %s and a restore another %s, and %s are available", what,
			    needed ? needed : "?", reserve ? reserve : "?", there ? there : "?");
}

/* ---- the set ---- */

#define SIGNATURE_NAME MANIFEST_NAME ".minisig"
/* A directory's own blocks, and the rest of the last one of each file. */
#define PER_FILE 8192

uint64_t memory_set_size(const struct set *set)
{
	const struct manifest *manifest = set_manifest(set);
	uint64_t size = manifest->table_stored + manifest->index_stored + MANIFEST_LIMIT / 8;

	for (size_t i = 0; i < manifest->segment_count; i++)
		size += manifest->segments[i].stored + PER_FILE;
	for (size_t i = 0; i < manifest->attachment_count; i++)
		size += manifest->attachments[i].stored + PER_FILE;
	return size;
}

struct copier {
	struct context *ctx;
	struct set *set;
	const char *directory;
};

static int write_member(const struct copier *copier, const char *name, const void *data, size_t length)
{
	AUTO_FREE char *path = text_format("%s/%s", copier->directory, name);
	int r = path ? context_check_cancel(copier->ctx) : -ENOMEM;

	if (r == 0)
		r = file_replace(AT_FDCWD, path, data, length, 0600);
	if (r == -ENOMEM)
		return context_oom(copier->ctx);
	if (r < 0 && r != -ECANCELED)
		return context_fail(copier->ctx, -r, "%s of the recovery set cannot be copied into memory: %s", name, strerror(-r));
	progress_add(copier->ctx, length, 0);
	return r;
}

/* A table, whose digest is in the manifest. SHA256 NULL: the file has none, and may be missing. */
static int copy_file(const struct copier *copier, const char *name, uint64_t limit, const char *sha256)
{
	AUTO_FREE void *data = NULL;
	char hex[DIGEST_HEX];
	size_t length;
	int r = set_file_load(copier->ctx, copier->set, name, limit, &data, &length);

	if (r == -ENOENT)
		return sha256 ? context_fail(copier->ctx, EBADMSG, "%s of the recovery set is missing", name) : 0;
	if (r == 0 && sha256)
		r = digest_buffer(data, length, hex);
	if (r == 0 && sha256 && strcmp(hex, sha256))
		return context_fail(copier->ctx, EBADMSG, "%s of the recovery set is damaged: its SHA-256 is %s and should be %s", name, hex, sha256);
	return r < 0 ? r : write_member(copier, name, data, length);
}

static int copy_members(const struct copier *copier)
{
	const struct manifest *manifest = set_manifest(copier->set);
	int r = copy_file(copier, SEGMENT_TABLE_NAME, manifest->table_stored, manifest->table_sha256);

	for (size_t i = 0; r == 0 && i < manifest->attachment_count; i++) {
		AUTO_FREE char *name = text_format(ATTACHMENTS_NAME "/%s", manifest->attachments[i].name);
		AUTO_FREE void *data = NULL;

		r = name ? set_attachment_load(copier->ctx, copier->set, &manifest->attachments[i], &data) : context_oom(copier->ctx);
		if (r == 0)
			r = write_member(copier, name, data, manifest->attachments[i].stored);
	}
	for (size_t i = 0; r == 0 && i < manifest->segment_count; i++) {
		AUTO_FREE void *data = NULL;

		r = set_segment_load(copier->ctx, copier->set, &manifest->segments[i], &data);
		if (r == 0)
			r = write_member(copier, segment_name(&manifest->segments[i]).text, data, manifest->segments[i].stored);
	}
	if (r == 0)
		r = copy_file(copier, INDEX_NAME, manifest->index_stored, manifest->index_sha256);
	if (r == 0)
		r = copy_file(copier, SIGNATURE_NAME, 65536, NULL);
	return r;
}

/* What was read of the manifest now need not be what the set was opened with. */
static int check_copy(const struct copier *copier)
{
	AUTO_SET struct set *copy = NULL;
	int r = set_open(copier->ctx, copier->directory, &copy);

	if (r == 0 && strcmp(set_manifest(copy)->sha256, set_manifest(copier->set)->sha256))
		return context_fail(copier->ctx, ESTALE, "The recovery set at %s was changed while it was copied into memory", set_place(copier->set));
	return r;
}

static void remove_copy(struct context *ctx, const char *directory)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (run_simple(ctx, "rm", "-rf", "--", directory, (char *)NULL) < 0)
		context_warn(ctx, "%s", context_detail(ctx));
}

int memory_copy_set(struct context *ctx, struct set *set, const char *directory)
{
	AUTO_FREE char *segments = text_format("%s/segments", directory), *attachments = text_format("%s/" ATTACHMENTS_NAME, directory);
	const struct copier copier = { .ctx = ctx, .set = set, .directory = directory };
	int r = segments && attachments ? make_directories(segments, 0700) : -ENOMEM;

	if (r == 0 && set_manifest(set)->attachment_count)
		r = make_directories(attachments, 0700);
	if (r < 0)
		return context_fail(ctx, -r, "%s could not be made: %s", directory, strerror(-r));
	progress_waits(ctx, PROGRESS_READ);
	r = copy_members(&copier);
	if (r == 0)
		r = copy_file(&copier, MANIFEST_NAME, MANIFEST_LIMIT, NULL);
	if (r == 0)
		r = check_copy(&copier);
	progress_waits(ctx, PROGRESS_NONE);
	if (r < 0)
		remove_copy(ctx, directory);
	return r;
}

/* What is mounted at the directory; nothing most often. */
static void forget_set(struct context *ctx)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (ops_of(ctx)->unmount(ctx, MEMORY_DIRECTORY, MNT_DETACH) < 0)
		context_debug(ctx, "%s", context_detail(ctx));
}

int memory_take_set(struct context *ctx, struct set *set)
{
	uint64_t size = memory_set_size(set);
	AUTO_FREE char *options = text_format("mode=0700,size=%" PRIu64, size + size / 16);
	int r = options ? make_directories(MEMORY_DIRECTORY, 0700) : -ENOMEM;

	if (r < 0)
		return context_fail(ctx, -r, "%s could not be made: %s", MEMORY_DIRECTORY, strerror(-r));
	/* Of an earlier choice. */
	forget_set(ctx);
	r = ops_of(ctx)->mount(ctx, "memory", MEMORY_DIRECTORY, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options);
	if (r < 0)
		return r;
	r = memory_copy_set(ctx, set, MEMORY_SET);
	if (r < 0)
		forget_set(ctx);
	return r;
}
