/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drivers_foresee.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../set/index.h"
#include "../set/segment_reader.h"
#include "drivers.h"
#include "root_path.h"

#define BUILTIN_LIMIT (16u << 20)
/* A set made with malice may name any number of kernels. */
#define KERNELS_LIMIT 256

/* One kernel that the set has modules for. */
struct kernel {
	char *release;
	bool image;             /* /boot has it */
	bool modules;           /* drivers as files */
	char *builtin;          /* path of its list of built-in drivers; NULL: none */
	uint32_t segment;       /* that holds it */
	uint64_t size;          /* of that list */
	char sha256[DIGEST_HEX];
	bool *found;            /* one a driver */
};

struct drivers_foresight {
	char **drivers;         /* wanted */
	struct kernel *kernels;
	size_t count;
};

void drivers_foresight_free(struct drivers_foresight *foresight)
{
	if (!foresight)
		return;
	for (size_t i = 0; i < foresight->count; i++) {
		free(foresight->kernels[i].release);
		free(foresight->kernels[i].builtin);
		free(foresight->kernels[i].found);
	}
	free(foresight->kernels);
	strv_free(foresight->drivers);
	free(foresight);
}

/* The kernel named by LENGTH bytes of RELEASE, added when it is new. NULL when out of memory, or when there are too many. */
static struct kernel *find_kernel(struct drivers_foresight *foresight, const char *release, size_t length)
{
	struct kernel *grown, *kernel;

	for (size_t i = 0; i < foresight->count; i++)
		if (strlen(foresight->kernels[i].release) == length && !memcmp(foresight->kernels[i].release, release, length))
			return &foresight->kernels[i];
	if (foresight->count == KERNELS_LIMIT)
		return NULL;
	grown = reallocarray(foresight->kernels, foresight->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	foresight->kernels = grown;
	kernel = &grown[foresight->count];
	*kernel = (struct kernel){ .release = strndup(release, length), .found = calloc(strv_length(foresight->drivers) + 1, sizeof(bool)) };
	if (!kernel->release || !kernel->found) {
		free(kernel->release);
		free(kernel->found);
		return NULL;
	}
	foresight->count++;
	return kernel;
}

/* What follows "lib/modules/" in PATH; NULL when it lies elsewhere. */
static const char *below_modules(const char *path)
{
	static const char places[][17] = { "lib/modules/", "usr/lib/modules/" };

	for (size_t i = 0; i < ARRAY_LENGTH(places); i++)
		if (!strncmp(path, places[i], strlen(places[i])))
			return path + strlen(places[i]);
	return NULL;
}

static void note_image(struct drivers_foresight *foresight, const char *path)
{
	static const char *const prefixes[] = { "boot/vmlinuz-", "boot/vmlinux-", "boot/kernel-" };

	for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++) {
		const char *release = path + strlen(prefixes[i]);
		struct kernel *kernel;

		if (strncmp(path, prefixes[i], strlen(prefixes[i])) || !*release || strchr(release, '/'))
			continue;
		kernel = find_kernel(foresight, release, strlen(release));
		if (kernel)
			kernel->image = true;
	}
}

int drivers_foresight_row(void *data, const struct index_row *row)
{
	struct drivers_foresight *foresight = data;
	const char *rest = below_modules(row->path), *name = rest ? strchr(rest, '/') : NULL;
	struct kernel *kernel;

	if (!foresight->drivers || !S_ISREG(row->mode))
		return 0;
	if (!name) {
		note_image(foresight, row->path);
		return 0;
	}
	kernel = find_kernel(foresight, rest, (size_t)(name - rest));
	if (!kernel)
		return 0;
	kernel->modules |= strstr(name, ".ko") != NULL;
	for (size_t i = 0; foresight->drivers[i]; i++)
		kernel->found[i] |= drivers_are_listed(name, foresight->drivers[i]);
	if (strcmp(name, "/modules.builtin") || kernel->builtin)
		return 0;
	kernel->segment = row->first_segment;
	kernel->size = row->size;
	memcpy(kernel->sha256, row->sha256, sizeof(kernel->sha256));
	kernel->builtin = strdup(row->path);
	return kernel->builtin ? 0 : -ENOMEM;
}

static void cleanup_reader(struct segment_reader **reader)
{
	segment_reader_free(*reader);
}

/* The content of the file PATH, from the segment that READER stands in. 0 or -errno. */
static int read_file(struct context *ctx, struct segment_reader *reader, const char *path, struct buffer *text)
{
	CLEANUP(pax_entry_done) struct pax_entry entry = { 0 };
	const void *bytes;
	ssize_t got;
	int r;

	while ((r = segment_read(ctx, reader, &entry)) > 0) {
		if (strcmp(entry.path, path) || !S_ISREG(entry.mode))
			continue;
		while ((got = segment_read_data(ctx, reader, &bytes)) > 0 && text->length < BUILTIN_LIMIT)
			if (buffer_append(text, bytes, (size_t)got))
				return context_oom(ctx);
		return got < 0 ? (int)got : 0;
	}
	return r;
}

/* The attachment that is a copy of KERNEL's list, by its digest; NULL: none. */
static const struct attachment *find_copy(const struct manifest *manifest, const struct kernel *kernel)
{
	for (size_t i = 0; i < manifest->attachment_count; i++) {
		const struct attachment *attachment = &manifest->attachments[i];

		if (!strcmp(attachment->kind, BUILTIN_ATTACHMENT) && attachment->stored == kernel->size &&
		    !strcmp(attachment->sha256, kernel->sha256))
			return attachment;
	}
	return NULL;
}

/* KERNEL's list, from the attachment that is a copy of it: a set on several tapes is not wound to its segment for it. Else from that. */
static int read_builtin(struct context *ctx, struct set *set, const struct kernel *kernel, struct buffer *text)
{
	CLEANUP(cleanup_reader) struct segment_reader *reader = NULL;
	const struct manifest *manifest = set_manifest(set);
	const struct attachment *copy = find_copy(manifest, kernel);
	const struct segment *segment = &manifest->segments[kernel->segment];
	AUTO_FREE void *data = NULL;
	int r;

	if (copy) {
		r = set_attachment_load(ctx, set, copy, &data);
		return r < 0 ? r : buffer_append(text, data, (size_t)copy->stored) ? context_oom(ctx) : 0;
	}
	reader = segment_reader_new();
	r = reader ? set_segment_load(ctx, set, segment, &data) : context_oom(ctx);
	if (!r)
		r = segment_reader_start(ctx, reader, segment, TAKE_POINTER(data));
	return r ? r : read_file(ctx, reader, kernel->builtin, text);
}

/* What KERNEL has built in. */
static int look_into_kernel(struct context *ctx, struct set *set, const struct drivers_foresight *foresight, struct kernel *kernel)
{
	AUTO_BUFFER struct buffer text = { 0 };
	int r;

	/* Of a stream no segment can be read twice: what is built in counts as missing, which costs a doubt at most. */
	if (!kernel->builtin || kernel->segment >= set_manifest(set)->segment_count || set_is_stream(set))
		return 0;
	r = read_builtin(ctx, set, kernel, &text);
	for (size_t i = 0; !r && text.data && foresight->drivers[i]; i++)
		kernel->found[i] |= drivers_are_listed(text.data, foresight->drivers[i]);
	return r;
}

/* The first driver that KERNEL lacks; NULL: none. */
static const char *missing_driver(const struct drivers_foresight *foresight, const struct kernel *kernel)
{
	for (size_t i = 0; foresight->drivers[i]; i++)
		if (!kernel->found[i])
			return foresight->drivers[i];
	return NULL;
}

static int judge(struct context *ctx, struct set *set, struct drivers_foresight *foresight, char **ret)
{
	int r = 0;

	for (size_t i = 0; !r && i < foresight->count; i++) {
		struct kernel *kernel = &foresight->kernels[i];
		const char *driver = missing_driver(foresight, kernel);

		/* One without modules may have everything built in, and keeps no list of that. */
		if (!kernel->image || !kernel->modules || !driver)
			continue;
		r = look_into_kernel(ctx, set, foresight, kernel);
		driver = r ? NULL : missing_driver(foresight, kernel);
		if (!driver)
			continue;
		*ret = sentence("Kernel %s of the saved system has no driver %s, which it needs to reach its root filesystem on the disks that "
				"were chosen: what is restored would not start here. Choose disks on another controller, or install a kernel "
				"that has the driver after the restore", kernel->release, driver);
		return *ret ? 0 : context_oom(ctx);
	}
	return r;
}

int drivers_foresight_new(struct context *ctx, const struct plan *plan, struct drivers_foresight **ret)
{
	struct drivers_foresight *foresight = calloc(1, sizeof(*foresight));

	if (!foresight || root_path_drivers(ctx, plan, &foresight->drivers)) {
		drivers_foresight_free(foresight);
		return context_oom(ctx);
	}
	*ret = foresight;
	return 0;
}

int drivers_foresee(struct context *ctx, struct set *set, struct drivers_foresight *foresight, char **ret)
{
	*ret = NULL;
	return foresight->drivers ? judge(ctx, set, foresight, ret) : 0;
}
