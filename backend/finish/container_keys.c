/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "container_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../plan/plan_keys.h"
#include "fields.h"
#include "identifiers.h"
#include "rooted.h"

#define CRYPTTAB_PATH "etc/crypttab"
#define CRYPTTAB_LIMIT (1u << 20)
/* Where systemd looks for the key of NAME when crypttab names none (crypttab(5)). */
#define KEYS_DIRECTORY "/etc/cryptsetup-keys.d"
#define SLOTS 32

/* Whether NODE is a container that the plan made with a new key. */
static bool has_new_key(const struct plan *plan, const struct node *node)
{
	return node && plan_makes(plan, node) && !node_number(node, "header_kept");
}

/* The container that SPEC of crypttab finds; NULL: none with a new key. */
static const struct node *container_of(const struct plan *plan, const char *spec)
{
	const struct node *found = identifier_find(plan, spec);
	const struct node *container = found ? identifier_beneath(plan->target.result, found, NODE_LUKS) : NULL;

	return has_new_key(plan, container) ? container : NULL;
}

/* The file with the key of TARGET, below the root; "" when it has none. New string; NULL when out of memory. */
static char *key_path(const struct finish_job *job, const char *target, const char *key, const char *options)
{
	AUTO_FREE char *usual = text_format(KEYS_DIRECTORY "/%s.key", target);

	/* A script makes the key; PATH:DEVICE lies on another device. */
	if (options_has(options, "keyscript") || !strncmp(key, "/dev/", strlen("/dev/")) || strchr(key, ':'))
		return strdup("");
	if (*key == '/')
		return strdup(key);
	return !usual || !rooted_has_content(job->root_fd, usual) ? strdup("") : TAKE_POINTER(usual);
}

/* The number that the option NAME of crypttab has; 0: none. */
static uint64_t number_option(const char *options, const char *name)
{
	size_t length = 0;
	const char *value = options_value(options, name, &length);
	AUTO_FREE char *text = value ? strndup(value, length) : NULL;
	uint64_t number = 0;

	return text && parse_u64(text, &number) ? number : 0;
}

static int enroll(struct context *ctx, struct finish_job *job, const struct node *container, const char *path, const char *options)
{
	AUTO_CLOSE int fd = root_open_regular(job->root_fd, path, O_RDONLY);
	AUTO_FREE char *name = node_describe(container),
		       *before = sentence("The key file %s does not open the %s: ", path, name ? name : container->id);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r;

	if (!before)
		return -ENOMEM;
	if (fd < 0)
		return job_reason(job, "The key file %s, which opened the %s, cannot be read, so it does not open it any more: %s.", path,
				  name ? name : container->id, root_strerror(fd));
	job_step(ctx, "Enrolling the key file %s", path);
	r = plan_enroll_key(ctx, job->options->plan, container, fd, number_option(options, "keyfile-offset"), number_option(options, "keyfile-size"));
	if (r < 0)
		return job_absorb(ctx, job, r, false, before);
	return r ? job_note(job, "The key file %s opens the %s again.", path, name ? name : container->id) : 0;
}

static int enroll_line(struct context *ctx, struct finish_job *job, const char *line, size_t length)
{
	AUTO_FREE char *target = NULL, *spec = NULL, *key = NULL, *options = NULL, *path = NULL;
	const struct node *container;
	struct fields fields;

	fields_split(line, length, &fields);
	if (fields.count < 2)
		return 0;
	target = fields_decode(&fields, 0, "");
	spec = fields_decode(&fields, 1, "");
	key = fields_decode(&fields, 2, "");
	options = fields_decode(&fields, 3, "");
	path = target && key && options ? key_path(job, target, key, options) : NULL;
	if (!spec || !path)
		return -ENOMEM;
	container = *path ? container_of(job->options->plan, spec) : NULL;
	return container ? enroll(ctx, job, container, path, options) : 0;
}

static int enroll_files(struct context *ctx, struct finish_job *job)
{
	AUTO_FREE char *text = NULL;
	int r = rooted_read(job->root_fd, CRYPTTAB_PATH, CRYPTTAB_LIMIT, &text);

	/* That it cannot be read was said where it is corrected. */
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (const char *line = text; r == 0 && *line; line += strcspn(line, "\n"), line += *line == '\n')
		r = enroll_line(ctx, job, line, strcspn(line, "\n"));
	return r;
}

/* The tokens of NODE, with commas between. New string; NULL when out of memory. */
static char *tokens_of(const struct node *node)
{
	char *list = strdup("");

	for (unsigned i = 0; list && i < SLOTS; i++) {
		AUTO_FREE char *key = text_format("token_%u", i), *before = NULL;
		const char *type = key ? node_property(node, key) : NULL;

		if (!type)
			continue;
		before = list;
		list = text_format("%s%s%s", before, *before ? ", " : "", type);
	}
	return list;
}

static size_t count_slots(const struct node *node)
{
	size_t count = 0;

	for (unsigned i = 0; i < SLOTS; i++) {
		AUTO_FREE char *key = text_format("keyslot_%u_type", i);

		count += key && node_property(node, key);
	}
	return count;
}

/* What opened it beside one passphrase. */
static int tell_others(struct finish_job *job, const struct node *container)
{
	AUTO_FREE char *tokens = tokens_of(container), *name = node_describe(container);

	if (!tokens || !name)
		return -ENOMEM;
	if (*tokens)
		return job_reason(job,
				  "The %s has a new key, so its tokens (%s) do not open it: enroll them anew, with systemd-cryptenroll or clevis luks bind.",
				  name, tokens);
	return count_slots(container) < 2 ?
		       0 :
		       job_note(job,
				"The %s has a new key: of its %zu keys only the passphrase that was entered and key files that crypttab names open it; enroll "
				"others anew, with cryptsetup luksAddKey.",
				name, count_slots(container));
}

int container_keys_finish(struct context *ctx, struct finish_job *job)
{
	const struct layout *result = job->options->plan->target.result;
	int r = enroll_files(ctx, job);

	for (size_t i = 0; r == 0 && i < result->count; i++)
		if (result->nodes[i]->type == NODE_LUKS && has_new_key(job->options->plan, result->nodes[i]))
			r = tell_others(job, result->nodes[i]);
	return r;
}
