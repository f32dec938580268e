/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "attachments.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/digest.h"
#include "../core/file.h"
#include "content_describe.h"
#include "machine.h"
#include "parts.h"
#include "report.h"

#define PAGE 4096
#define KERNELS_MAX 32u          /* whose lists of drivers are attached */
#define BUILTIN_MAX (256u << 10) /* bytes of one of them; those of distributions have a tenth of it */

/* The member NAME below attachments/. 0 or -errno. */
static int write_member(struct capture *capture, const char *name, const void *data, size_t length)
{
	AUTO_FREE char *path = text_format(ATTACHMENTS_NAME "/%s", name);
	struct sink_member *member;
	int r = path ? sink_begin(capture->ctx, capture->sink, path, &member) : -ENOMEM;

	if (r < 0)
		return r;
	r = sink_write(capture->ctx, member, data, length);
	if (r == 0)
		return sink_end(capture->ctx, member);
	sink_drop(member);
	return r;
}

/* Lists the attachment under NAME, or a variation of it that is free, and writes it. NODE may be NULL. */
static int attach(struct capture *capture, const struct node *node, const char *kind, const char *prefix, const char *name, const char *suffix,
		  const void *data, size_t length)
{
	struct attachment attachment = { .kind = strdup(kind), .node = node ? strdup(node->id) : NULL, .stored = length,
					 .secret = !strcmp(kind, "luks-header") };
	AUTO_FREE char *file = NULL;
	int r = attachment.kind && (attachment.node || !node) && digest_buffer(data, length, attachment.sha256) == 0 ? -EEXIST : -ENOMEM;

	for (unsigned number = 1; r == -EEXIST; number++) {
		AUTO_FREE char *more = number > 1 ? text_format("-%u", number) : strdup("");

		free(file);
		file = more ? text_format("%s%s%s%s", prefix, name, more, suffix) : NULL;
		free(attachment.name);
		attachment.name = file ? strdup(file) : NULL;
		if (!attachment.name)
			r = -ENOMEM;
		else
			r = attachment_is_name(file) ? manifest_add_attachment(capture->manifest, &attachment) : -EINVAL;
	}
	attachment_done(&attachment);
	if (r == 0)
		r = write_member(capture, file, data, length);
	if (r == -ENOMEM)
		return context_oom(capture->ctx);
	if (r == -E2BIG || r == -EINVAL)
		return context_fail(capture->ctx, -r,
				    "more metadata of volume groups and containers than a set holds, or a name that it cannot hold: %s", name);
	return r < 0 ? capture_write_failed(capture, r) : 0;
}

/* Bytes of a container's header with all its key slots, as 'cryptsetup luksHeaderBackup' copies them; 0: not known. */
static uint64_t header_size(const struct node *luks)
{
	if (node_number(luks, "version") == 1)
		return (node_number(luks, "payload_offset") + PAGE - 1) / PAGE * PAGE;
	return 2 * node_number(luks, "metadata_size") + node_number(luks, "keyslots_size");
}

static int lose_header(struct capture *capture, const struct node *luks, const char *why)
{
	AUTO_FREE char *what = content_describe(capture->manifest->layout, luks);
	AUTO_FREE char *reason = sentence("its header is not in the set, because it cannot be read: %s; copy it with cryptsetup luksHeaderBackup",
					     why);

	return what && reason ? capture_lose(capture, what, reason) : context_oom(capture->ctx);
}

static int attach_header(struct capture *capture, const struct node *luks)
{
	const struct layout *layout = capture->manifest->layout;
	const struct node *on = layout_find(layout, luks->on[0]);
	AUTO_FREE char *path = on->device ? context_path(capture->ctx, on->device) : NULL;
	uint64_t size = header_size(luks);
	AUTO_CLOSE int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	AUTO_FREE void *header = NULL;
	ssize_t n;

	if (!size || size > ATTACHMENT_LIMIT || size > luks->size)
		return lose_header(capture, luks, "its size makes no sense");
	if (fd < 0)
		return lose_header(capture, luks, on->device ? strerror(errno) : sentence_words(N_("its device is not known")));
	header = malloc((size_t)size);
	if (!header)
		return context_oom(capture->ctx);
	n = read_full_at(fd, header, (size_t)size, 0);
	if (n < 0 || (uint64_t)n < size)
		return lose_header(capture, luks, n < 0 ? strerror((int)-n) : sentence_words(N_("it is cut short")));
	context_warn(capture->ctx,
		     "The set holds the header of the encrypted container %s with its key slots: whoever has the set and a passphrase of "
		     "now can open the container for ever, also after the passphrase was changed. Keep the set as you keep keys",
		     luks->uuid);
	if (node_number_set(layout_find(layout, luks->id), "header_kept", 1) < 0)
		return context_oom(capture->ctx);
	return attach(capture, luks, "luks-header", "luks-", luks->uuid, ".header", header, (size_t)size);
}

/* The list at PATH of what the kernel RELEASE has built in. One that cannot be attached is read from the set's files. 0 or -errno with a sentence. */
static int attach_builtin(struct capture *capture, const char *path, const char *release)
{
	AUTO_FREE char *name = text_format("kernel-%s.builtin", release), *text = NULL;
	AUTO_CLOSE int fd = name ? volumes_open_file(capture->volumes, path, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK) : -ENOMEM;
	struct stat status;
	size_t length;

	if (!name)
		return context_oom(capture->ctx);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size > BUILTIN_MAX || !attachment_is_name(name) ||
	    capture->manifest->attachment_count == ATTACHMENTS_LIMIT || !machine_captures(capture, path))
		return 0;
	if (file_read_fd(fd, BUILTIN_MAX, &text, &length) < 0 || !length)
		return 0;
	return attach(capture, NULL, BUILTIN_ATTACHMENT, "kernel-", release, ".builtin", text, length);
}

/* Those of the kernels below MODULES. DONE: the directory that was looked at last, which may have two names. */
static int attach_builtins(struct capture *capture, const char *modules, struct stat *done)
{
	AUTO_CLOSE int fd = volumes_open_file(capture->volumes, modules, O_RDONLY | O_DIRECTORY);
	AUTO_CLOSEDIR DIR *dir = fd < 0 ? NULL : fdopendir(dup(fd));
	struct dirent *entry;
	struct stat status;
	int r = 0;

	if (!dir || fstat(fd, &status) < 0 || (status.st_dev == done->st_dev && status.st_ino == done->st_ino))
		return 0;
	*done = status;
	for (unsigned kernels = 0; r == 0 && kernels < KERNELS_MAX && directory_next(dir, &entry) == 1; kernels++) {
		AUTO_FREE char *path = text_format("%s/%s/modules.builtin", modules, entry->d_name);

		r = path ? attach_builtin(capture, path, entry->d_name) : context_oom(capture->ctx);
	}
	return r;
}

int attachments_write(struct capture *capture)
{
	struct stat done = { 0 };
	const struct layout *layout = capture->manifest->layout;
	int r = 0;

	for (size_t i = 0; r == 0 && i < layout->count; i++) {
		const struct node *node = layout->nodes[i];

		if (node->type == NODE_VG && node->vg.metadata && *node->vg.metadata)
			r = attach(capture, node, "lvm-metadata", "lvm-", node->label, ".vg", node->vg.metadata, strlen(node->vg.metadata));
		else if (node->type == NODE_LUKS && capture->options->luks_headers && node->uuid)
			r = attach_header(capture, node);
	}
	if (r == 0)
		r = attach_builtins(capture, "usr/lib/modules", &done);
	return r == 0 ? attach_builtins(capture, "lib/modules", &done) : r;
}
