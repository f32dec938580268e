/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set on several discs: how its segments are spread, and the images, which are made beside their places and moved there when all of them have been
 * read back. docs/set-format.md, "On several discs". */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/file.h"
#include "../core/progress.h"
#include "../remote/access.h"
#include "../set/discs.h"
#include "burn.h"
#include "iso_inside.h"
#include "output.h"

#define SECTOR 2048u
#define ENTRY 512u               /* of a file: its directory record with the Rock Ridge fields, and its place in xorriso's tables */
#define FRAME (4u << 20)         /* volume descriptors, path tables, xorriso's padding, GPT, and what partitions are aligned to */
#define OWN_FILE (64u << 10)     /* lifeboat.volume, and the directories */
#define SYSTEM_WEIGHT 100000000  /* the files that start the system lie behind the set, which is read in one pass */

struct disc_images {
	struct iso *iso;
	struct discs *discs;
	char *folder;            /* that the images are made in, beside their places; NULL: it is not there */
	char *stem;              /* of their places: "/backup/web" of "/backup/web-1.iso" */
};

static uint64_t of_file(uint64_t bytes)
{
	return (bytes + SECTOR - 1) / SECTOR * SECTOR + ENTRY;
}

/* Bytes that a disc has for segments. */
static uint64_t room(const struct iso *iso, uint64_t others)
{
	return iso->options->volume_size > others ? iso->options->volume_size - others : 0;
}

static uint64_t on_each(const struct iso *iso)
{
	AUTO_FREE char *path = text_format("%s/lifeboat.json", iso->set.directory);
	struct stat st = { 0 };

	if (path && stat(path, &st) < 0)
		st.st_size = 0;
	return FRAME + OWN_FILE + of_file((uint64_t)st.st_size) + of_file(set_manifest(iso->set.set)->table_stored);
}

static uint64_t on_first(const struct iso *iso)
{
	const struct manifest *manifest = set_manifest(iso->set.set);
	uint64_t bytes = on_each(iso) + iso->grafts.bytes + 32 * of_file(SECTOR) + of_file(manifest->index_stored);
	struct stat st;

	for (size_t i = 0; i < manifest->attachment_count; i++)
		bytes += of_file(manifest->attachments[i].stored);
	if (iso->loader.efi_image && stat(iso->loader.efi_image, &st) == 0)
		bytes += of_file((uint64_t)st.st_size);
	return bytes;
}

static int fail_small(struct iso *iso, const char *what, uint64_t needed)
{
	/* As discs are sold: in thousands. */
	unsigned long long size = iso->options->volume_size / 1000000;

	return context_fail(iso->ctx, ENOSPC, "Discs of %llu MB are too small: %s needs %llu MB. Name a larger --volume-size", size, sentence_words(what),
			    (unsigned long long)((needed + 999999) / 1000000));
}

/* What can be known before the boot archive is made, which takes its time. */
static int check_size(struct iso *iso)
{
	const struct manifest *manifest = set_manifest(iso->set.set);
	uint64_t largest = 0;

	for (size_t i = 0; i < manifest->segment_count; i++)
		if (manifest->segments[i].stored > largest)
			largest = manifest->segments[i].stored;
	largest = of_file(largest) + on_each(iso);
	return largest > iso->options->volume_size ? fail_small(iso, N_("one with the largest part of the set"), largest) : 0;
}

static int add_disc(struct disc_images *images, uint32_t first)
{
	struct discs *discs = images->discs;
	struct disc *grown = reallocarray(discs->list, discs->count + 1, sizeof(*grown));
	AUTO_FREE char *label = iso_label(images->iso);

	if (!grown)
		return context_oom(images->iso->ctx);
	discs->list = grown;
	grown[discs->count] = (struct disc){ .label = label ? text_format("%s_%u", label, discs->count + 1) : NULL, .first = first };
	return grown[discs->count++].label ? 0 : context_oom(images->iso->ctx);
}

/* Each segment onto the disc of the one before it, as long as there is room. */
static int spread(struct disc_images *images)
{
	struct iso *iso = images->iso;
	const struct manifest *manifest = set_manifest(iso->set.set);
	struct discs *discs = images->discs = calloc(1, sizeof(*discs));
	uint64_t left = room(iso, on_first(iso));
	int r;

	if (!discs || !(discs->set_id = strdup(manifest->set_id)))
		return context_oom(iso->ctx);
	memcpy(discs->sha256, manifest->sha256, DIGEST_HEX);
	if (!left)
		return fail_small(iso, N_("the first, with the rescue system and the index of the set,"), on_first(iso));
	r = add_disc(images, 0);
	for (uint32_t i = 0; r == 0 && i < manifest->segment_count; i++) {
		uint64_t needed = of_file(manifest->segments[i].stored);

		if (needed > left) {
			left = room(iso, on_each(iso));
			if (discs->count == DISCS_LIMIT)
				return context_fail(iso->ctx, E2BIG, "The set needs more than %d discs of this size. Name a larger --volume-size", DISCS_LIMIT);
			r = add_disc(images, i);
		}
		left -= needed;
		discs->list[discs->count - 1].count++;
	}
	return r;
}

/* ---- their names ---- */

static int find_stem(struct disc_images *images)
{
	const char *output = images->iso->options->output;
	size_t length = strlen(output);
	struct stat st;

	if (images->iso->burns)
		images->stem = text_format("%s/burned", images->iso->work);
	else if (stat(output, &st) == 0 && S_ISDIR(st.st_mode))
		images->stem = text_format("%s%slifeboat", output, output[length - 1] == '/' ? "" : "/");
	else if (!length || output[length - 1] == '/')
		return context_fail(images->iso->ctx, ENOENT, "There is no directory %s", output);
	else
		images->stem = strndup(output, length > 4 && !strcasecmp(output + length - 4, ".iso") ? length - 4 : length);
	return images->stem ? 0 : context_oom(images->iso->ctx);
}

/* Beside their places, so that they are moved within a filesystem. */
static int make_folder(struct disc_images *images)
{
	const char *slash = strrchr(images->stem, '/');
	AUTO_FREE char *folder = text_format("%.*s.lifeboat-discs.XXXXXX", slash ? (int)(slash - images->stem + 1) : 0, images->stem);

	if (!folder)
		return context_oom(images->iso->ctx);
	if (!mkdtemp(folder))
		return context_fail(images->iso->ctx, errno, "Cannot write beside %s: %s", images->stem, strerror(errno));
	images->folder = TAKE_POINTER(folder);
	return 0;
}

static char *draft(const struct disc_images *images, uint32_t number)
{
	return text_format("%s/disc-%u.iso", images->folder, number);
}

static char *place(const struct disc_images *images, uint32_t number)
{
	return text_format("%s-%u.iso", images->stem, number);
}

/* What is taken for a disc of this set by its name would be one of another. */
static int check_places(struct disc_images *images)
{
	struct context *ctx = images->iso->ctx;
	struct stat st;

	for (uint32_t i = 1; i <= images->discs->count + 1; i++) {
		AUTO_FREE char *path = place(images, i);

		if (!path)
			return context_oom(ctx);
		if (lstat(path, &st) < 0)
			continue;
		if (i > images->discs->count)
			return context_fail(ctx, EEXIST, "%s is there, and this set needs %u discs only: remove it, or choose another name", path, images->discs->count);
		if (!S_ISREG(st.st_mode))
			return context_fail(ctx, EINVAL, "%s exists and is not a regular file; nothing was written", path);
	}
	return 0;
}

/* ---- one of them ---- */

static int append(struct grafts *grafts, const struct grafts *others)
{
	int r = buffer_append(&grafts->paths, others->paths.data, others->paths.length);

	grafts->bytes += others->bytes;
	return r == 0 ? buffer_append(&grafts->weights, others->weights.data, others->weights.length) : r;
}

static int add_content(struct disc_images *images, uint32_t number, struct grafts *grafts)
{
	struct iso *iso = images->iso;
	const struct disc *disc = &images->discs->list[number - 1];
	AUTO_FREE char *text = NULL;
	int r;

	images->discs->number = number;
	text = discs_print(images->discs);
	/* Who reads forward stands at the manifest when he looks for the other. */
	r = text ? iso_set_add_manifest(iso->ctx, &iso->set, grafts) : context_oom(iso->ctx);
	if (r == 0)
		r = grafts_add_text(iso->ctx, grafts, iso->work, "/lifeboat/" VOLUME_NAME, text, NULL);
	if (r == 0 && number == 1)
		r = iso_set_add_index(iso->ctx, &iso->set, grafts);
	if (r == 0)
		r = iso_set_add_segments(iso->ctx, &iso->set, disc->first, disc->count, grafts);
	if (r == 0 && number == 1 && append(grafts, &iso->grafts) < 0)
		r = context_oom(iso->ctx);
	return r;
}

static int make_disc(struct disc_images *images, uint32_t number)
{
	struct iso *iso = images->iso;
	CLEANUP(grafts_done) struct grafts grafts = { 0 };
	AUTO_FREE char *path = draft(images, number);
	struct stat st;
	int r = path ? add_content(images, number, &grafts) : context_oom(iso->ctx);
	int fd;

	if (r < 0)
		return r;
	/* A set holds secrets of its machine. */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return context_fail(iso->ctx, errno, "Cannot write %s: %s", path, strerror(errno));
	progress_item(iso->ctx, images->discs->list[number - 1].label);
	r = iso_write(iso, &grafts, images->discs->list[number - 1].label, number == 1, path);
	if (r == 0 && (fsync(fd) < 0 || fstat(fd, &st) < 0))
		r = context_fail(iso->ctx, errno, "Cannot write %s to its disk: %s", path, strerror(errno));
	if (r == 0 && (uint64_t)st.st_size > iso->options->volume_size)
		r = context_fail(iso->ctx, EFBIG, "Disc %u became larger than it may be: %llu bytes. Name a --volume-size that is a little smaller than the disc", number,
				 (unsigned long long)st.st_size);
	close(fd);
	return r;
}

/* ---- all of them ---- */

/* The first comes last: it is the one that a restore begins with. */
static int move(struct disc_images *images)
{
	struct iso *iso = images->iso;
	AUTO_CLOSE int directory = -1;
	AUTO_FREE char *parent = text_format("%s/..", images->folder);
	int r = 0;

	for (uint32_t i = images->discs->count; r == 0 && i > 0; i--) {
		AUTO_FREE char *from = draft(images, i), *to = place(images, i);

		if (!from || !to)
			return context_oom(iso->ctx);
		if (rename(from, to) < 0)
			r = context_fail(iso->ctx, errno, "Cannot put %s into its place: %s", to, strerror(errno));
	}
	directory = parent ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (r == 0 && (directory < 0 || fsync(directory) < 0))
		r = context_fail(iso->ctx, errno ? errno : EIO, "Cannot write the directory of %s to its disk: %s", images->stem, strerror(errno));
	return r;
}

static int burn(struct disc_images *images)
{
	struct iso *iso = images->iso;
	const char *drive = iso->options->output;
	int r = 0;

	for (uint32_t i = 1; r == 0 && i <= images->discs->count; i++) {
		AUTO_FREE char *path = draft(images, i), *name = discs_describe(images->discs, i);

		if (!path || !name)
			return context_oom(iso->ctx);
		if (i > 1)
			r = burn_next(iso->ctx, drive, name);
		if (r == 0)
			r = burn_image(iso->ctx, drive, iso->options->overwrite && i == 1, path, iso->work);
		if (r == 0)
			context_info(iso->ctx, "%s is burned, and was read back: %s", drive, name);
	}
	return r;
}

static void tell(struct disc_images *images)
{
	struct iso *iso = images->iso;
	AUTO_FREE char *first = place(images, 1);

	if (first)
		iso_tell(iso, first);
	for (uint32_t i = 2; i <= images->discs->count; i++) {
		AUTO_FREE char *path = place(images, i), *name = discs_describe(images->discs, i);

		if (path && name)
			context_info(iso->ctx, "%s is ready: %s", path, name);
	}
}

static int make(struct disc_images *images)
{
	struct iso *iso = images->iso;
	AUTO_CLOSE int folder = -1;
	AUTO_FREE char *first = NULL;
	uint64_t bytes;
	int r = check_size(iso);

	if (r == 0)
		r = iso_add_system(iso);
	if (r == 0)
		r = spread(images);
	if (r == 0)
		r = check_places(images);
	if (r == 0)
		r = make_folder(images);
	if (r < 0)
		return r;
	folder = open(images->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	first = draft(images, 1);
	bytes = iso->grafts.bytes + iso_set_bytes(&iso->set);
	r = first ? iso_check_space(iso->ctx, folder, images->stem, bytes + images->discs->count * (uint64_t)FRAME) : context_oom(iso->ctx);
	progress_begin(iso->ctx, "iso", bytes, 0);
	for (uint32_t i = 1; r == 0 && i <= images->discs->count; i++)
		r = make_disc(images, i);
	if (r < 0)
		return r;
	progress_end(iso->ctx);
	progress_begin(iso->ctx, "check", iso_set_bytes(&iso->set), 0);
	r = iso_set_check(iso->ctx, &iso->set, first);
	progress_end(iso->ctx);
	if (r == 0 && iso->burns)
		return burn(images);
	if (r == 0)
		r = move(images);
	if (r == 0)
		tell(images);
	return r;
}

int iso_make_discs(struct iso *iso)
{
	struct disc_images images = { .iso = iso };
	int r = find_stem(&images);

	iso->grafts.weight = SYSTEM_WEIGHT;
	if (r == 0)
		r = make(&images);
	work_done(&images.folder);
	discs_free(images.discs);
	free(images.stem);
	return r;
}
