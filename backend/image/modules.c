/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "modules.h"

#include <errno.h>
#include <fts.h>
#include <glob.h>
#include <libkmod.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/run.h"
#include "programs.h"

struct collector {
	struct context *ctx;
	struct contents *contents;
	struct kmod_ctx *kmod;
	const char *release;
	char *directory;         /* of the release on this machine: "/lib/modules/RELEASE" */
	char *stage;             /* the same below the work directory: links to the modules taken, for depmod */
	char **queue;            /* paths of modules that are taken and whose needs are still to be looked at, in order */
	size_t count;            /* length of the queue */
	char **missing_firmware;
	size_t firmware;         /* files of firmware taken */
};

static int out_of_memory(struct context *ctx)
{
	return context_oom(ctx);
}

static void cleanup_kmod_module(struct kmod_module **module)
{
	kmod_module_unref(*module);
}

/* Takes the module file PATH of this machine, once. */
static int take(struct collector *collector, const char *path)
{
	size_t above = strlen(collector->directory);
	bool is_below = !strncmp(path, collector->directory, above) && path[above] == '/';
	const char *relative = is_below ? path + above + 1 : "";
	AUTO_FREE char *name = text_format("/lib/modules/%s/%s", collector->release, relative);
	AUTO_FREE char *link = text_format("%s/%s", collector->stage, relative);
	AUTO_FREE char *source = realpath(path, NULL);
	AUTO_FREE char *folder = NULL;
	int r;

	if (!is_below)
		return context_fail(collector->ctx, EINVAL, "The module index of kernel %s names %s, which is not one of its modules; "
				    "run 'depmod %s'", collector->release, path, collector->release);
	if (name && contents_has(collector->contents, name))
		return 0;
	if (!source)
		return context_fail(collector->ctx, errno, "Cannot read the kernel module %s: %s; "
				    "run 'depmod %s' if it was removed", path, strerror(errno), collector->release);
	if (!name || !link || contents_file(collector->contents, name, 0644, source) < 0 || strv_append(&collector->queue, path) < 0)
		return out_of_memory(collector->ctx);
	collector->count++;
	folder = strndup(link, (size_t)(strrchr(link, '/') - link));
	r = folder ? make_directories(folder, 0755) : -ENOMEM;
	if (r == 0 && symlink(source, link) < 0)
		r = -errno;
	return r < 0 ? context_fail(collector->ctx, -r, "Cannot write %s: %s", link, strerror(-r)) : 0;
}

static int take_list(struct collector *collector, struct kmod_list *list)
{
	struct kmod_list *item;
	int r = 0;

	kmod_list_foreach(item, list) {
		struct kmod_module *module CLEANUP(cleanup_kmod_module) = kmod_module_get_module(item);
		const char *path = kmod_module_get_path(module); /* NULL: built into the kernel */

		if (r == 0 && path)
			r = take(collector, path);
	}
	return r;
}

/* The value of a "softdep" or "weakdep" entry, "pre: NAME... post: NAME...": names of modules or aliases. All are taken; one
 * that nothing provides is no error, since it is soft. */
static int take_soft(struct collector *collector, const char *value)
{
	AUTO_FREE char *words = strdup(value);
	char *save = NULL;
	int r = 0;

	if (!words)
		return out_of_memory(collector->ctx);
	for (char *word = strtok_r(words, " \t,", &save); r == 0 && word; word = strtok_r(NULL, " \t,", &save)) {
		struct kmod_list *found = NULL;

		if (word[strlen(word) - 1] == ':')
			continue;
		if (kmod_module_new_from_lookup(collector->kmod, word, &found) == 0)
			r = take_list(collector, found);
		kmod_module_unref_list(found);
	}
	return r;
}

/* Adds what PATTERN (a name below a firmware directory, which may hold * and ?) stands for; true when there was any. */
static int take_firmware_at(struct collector *collector, const char *pattern, bool *found)
{
	glob_t matches;
	int r = 0;

	if (glob(pattern, GLOB_NOSORT, NULL, &matches) != 0)
		return 0;
	for (size_t i = 0; r == 0 && i < matches.gl_pathc; i++) {
		struct stat st;

		if (stat(matches.gl_pathv[i], &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		r = contents_take(collector->ctx, collector->contents, matches.gl_pathv[i], NULL);
		*found = true;
		collector->firmware++;
	}
	globfree(&matches);
	return r == -ENOMEM ? out_of_memory(collector->ctx) : r;
}

/* The directories and suffixes of the kernel's firmware loader (Documentation/driver-api/firmware/fw_search_path.rst). */
static int take_firmware(struct collector *collector, const char *name)
{
	static const char *const suffixes[] = { "", ".zst", ".xz" };
	AUTO_FREE char *updates = text_format("/lib/firmware/updates/%s", collector->release);
	AUTO_FREE char *own = text_format("/lib/firmware/%s", collector->release);
	const char *const directories[] = { updates, "/lib/firmware/updates", own, "/lib/firmware" };
	bool found = false;

	if (*name == '/' || strstr(name, "..") || strv_contains(collector->missing_firmware, name))
		return 0;
	for (size_t i = 0; i < ARRAY_LENGTH(directories); i++) {
		for (size_t k = 0; k < ARRAY_LENGTH(suffixes); k++) {
			AUTO_FREE char *pattern = text_format("%s/%s%s", directories[i] ? directories[i] : "", name, suffixes[k]);
			int r = pattern ? take_firmware_at(collector, pattern, &found) : out_of_memory(collector->ctx);

			if (r < 0)
				return r;
		}
	}
	return found || strv_append(&collector->missing_firmware, name) == 0 ? 0 : out_of_memory(collector->ctx);
}

/* What the module at PATH names: modules it cannot do without, modules it may ask for, firmware. */
static int take_needs(struct collector *collector, const char *path)
{
	struct kmod_module *module CLEANUP(cleanup_kmod_module) = NULL;
	struct kmod_list *list = NULL, *item;
	int r = kmod_module_new_from_path(collector->kmod, path, &module);

	if (r < 0)
		return context_fail(collector->ctx, -r, "Cannot read the kernel module %s: %s", path, strerror(-r));
	list = kmod_module_get_dependencies(module);
	r = take_list(collector, list);
	kmod_module_unref_list(list);
	list = NULL;
	if (r < 0)
		return r;
	r = kmod_module_get_info(module, &list);
	if (r < 0)
		return context_fail(collector->ctx, -r, "Cannot read the kernel module %s: %s", path, strerror(-r));
	r = 0;
	kmod_list_foreach(item, list) {
		const char *key = kmod_module_info_get_key(item), *value = kmod_module_info_get_value(item);

		if (r < 0)
			break;
		if (!strcmp(key, "softdep") || !strcmp(key, "weakdep"))
			r = take_soft(collector, value);
		else if (!strcmp(key, "firmware"))
			r = take_firmware(collector, value);
	}
	kmod_module_info_free_list(list);
	return r;
}

static bool is_module(const char *name)
{
	static const char *const suffixes[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz" };
	size_t length = strlen(name);

	for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++)
		if (length > strlen(suffixes[i]) && !strcmp(name + length - strlen(suffixes[i]), suffixes[i]))
			return true;
	return false;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int take_wanted(struct collector *collector)
{
	char *const paths[] = { collector->directory, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *entry;
	int r = 0;

	if (!walk)
		return out_of_memory(collector->ctx);
	while (r == 0 && (entry = fts_read(walk))) {
		if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS)
			r = context_fail(collector->ctx, entry->fts_errno, "Cannot read %s: %s", entry->fts_path,
					 strerror(entry->fts_errno));
		else if ((entry->fts_info == FTS_F || entry->fts_info == FTS_SL) && is_module(entry->fts_name) &&
			 modules_is_wanted(entry->fts_path + strlen(collector->directory) + 1))
			r = take(collector, entry->fts_path);
		if (r == 0)
			r = context_check_cancel(collector->ctx);
	}
	fts_close(walk);
	return r;
}

/* New indexes for the subset: with the whole machine's, modprobe would look for modules that are not there. */
static int make_indexes(struct collector *collector, const char *work)
{
	static const char *const given[] = { "modules.builtin", "modules.builtin.modinfo", "modules.order" };
	static const char *const made[] = {
		"modules.alias", "modules.alias.bin", "modules.builtin.alias.bin", "modules.builtin.bin", "modules.dep",
		"modules.dep.bin", "modules.devname", "modules.softdep", "modules.weakdep",
	};
	AUTO_FREE char *depmod = NULL;
	int r = programs_require(collector->ctx, "depmod", "kmod", &depmod);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LENGTH(given); i++) {
		AUTO_FREE char *source = text_format("%s/%s", collector->directory, given[i]);
		AUTO_FREE char *link = text_format("%s/%s", collector->stage, given[i]);
		AUTO_FREE char *name = text_format("/lib/modules/%s/%s", collector->release, given[i]);

		if (!source || !link || !name)
			return out_of_memory(collector->ctx);
		if (access(source, F_OK) < 0)
			continue;
		if (symlink(source, link) < 0)
			return context_fail(collector->ctx, errno, "Cannot write %s: %s", link, strerror(errno));
		if (contents_file(collector->contents, name, 0644, source) < 0)
			return out_of_memory(collector->ctx);
	}
	r = run_simple(collector->ctx, depmod, "-b", work, collector->release, (char *)NULL);
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(made); i++) {
		AUTO_FREE char *source = text_format("%s/%s", collector->stage, made[i]);
		AUTO_FREE char *name = text_format("/lib/modules/%s/%s", collector->release, made[i]);

		if (!source || !name || (access(source, F_OK) == 0 && contents_file(collector->contents, name, 0644, source) < 0))
			return out_of_memory(collector->ctx);
	}
	return r;
}

static int collect(struct collector *collector, const char *work)
{
	AUTO_FREE char *lib = text_format("%s/lib", work);
	int r = lib && collector->directory && collector->stage ? make_directories(collector->stage, 0755) : -ENOMEM;

	/* depmod looks below lib/modules or usr/lib/modules, as it was built. */
	if (r == 0 && symlink("usr/lib", lib) < 0)
		r = -errno;
	if (r < 0)
		return context_fail(collector->ctx, -r, "Cannot write into %s: %s", work, strerror(-r));
	collector->kmod = kmod_new(collector->directory, (const char *const[]){ NULL });
	if (!collector->kmod)
		return out_of_memory(collector->ctx);
	r = take_wanted(collector);
	/* The queue grows while it is walked. */
	for (size_t i = 0; r == 0 && i < collector->count; i++) {
		r = take_needs(collector, collector->queue[i]);
		if (r == 0)
			r = context_check_cancel(collector->ctx);
	}
	if (r == 0 && collector->count == 0)
		return context_fail(collector->ctx, ENOENT, "There are no kernel modules in %s", collector->directory);
	return r < 0 ? r : make_indexes(collector, work);
}

int modules_add(struct context *ctx, struct contents *contents, const char *release, const char *work)
{
	struct collector collector = {
		.ctx = ctx, .contents = contents, .release = release,
		.directory = text_format("/lib/modules/%s", release),
		.stage = text_format("%s/usr/lib/modules/%s", work, release),
	};
	int r = collect(&collector, work);

	if (r == 0) {
		size_t missing = strv_length(collector.missing_firmware);

		context_info(ctx, "%zu kernel modules and %zu files of firmware", collector.count, collector.firmware);
		if (missing)
			context_info(ctx, PLURAL(missing, "%zu file of firmware which drivers name is not on this machine (%s)",
						 "%zu files of firmware which drivers name are not on this machine (%s and others)"), missing,
				     collector.missing_firmware[0]);
		for (size_t i = 0; i < missing; i++)
			context_debug(ctx, "no firmware %s", collector.missing_firmware[i]);
	}
	kmod_unref(collector.kmod);
	free(collector.directory);
	free(collector.stage);
	strv_free(collector.queue);
	strv_free(collector.missing_firmware);
	return r;
}
