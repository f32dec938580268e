/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grub_menu.h"

#include <errno.h>
#include <string.h>

#include "grub_paths.h"
#include "grub_others.h"
#include "identifiers.h"
#include "rooted.h"

#define MENU_LIMIT (8u << 20)
#define ENTRIES "boot/loader/entries"

/* What one entry of a menu starts. */
struct entry {
	char *search;	 /* UUID of the filesystem it looks for */
	char *kernel;	 /* as written: below the filesystem it found */
	char *root;	 /* value of root= */
	char **archives; /* what initrd loads */
};

static void entry_done(struct entry *entry)
{
	free(entry->search);
	free(entry->kernel);
	free(entry->root);
	strv_free(entry->archives);
	memset(entry, 0, sizeof(*entry));
}

/* Words of a line, quotes taken off. NULL for an empty line or out of memory. */
static char **split_words(const char *line, size_t length)
{
	AUTO_FREE char *copy = strndup(line, length);
	AUTO_STRV char **words = NULL;
	char *rest = NULL;

	for (char *word = copy ? strtok_r(copy, " \t\r", &rest) : NULL; word; word = strtok_r(NULL, " \t\r", &rest)) {
		size_t n = strlen(word);

		if (n >= 2 && strchr("'\"", word[0]) && word[n - 1] == word[0]) {
			word[n - 1] = '\0';
			word++;
		}
		if (strv_append(&words, word) < 0)
			return NULL;
	}
	return TAKE_POINTER(words);
}

static int set_text(char **text, const char *value)
{
	free(*text);
	*text = strdup(value);
	return *text ? 0 : -ENOMEM;
}

static int take_root(struct entry *entry, char *const *words)
{
	for (; *words; words++)
		if (!strncmp(*words, "root=", 5) && set_text(&entry->root, *words + 5) < 0)
			return -ENOMEM;
	return 0;
}

/* linux, linux16, linuxefi; initrd likewise. */
static bool is_command(const char *word, const char *command)
{
	size_t length = strlen(command);

	return !strncmp(word, command, length) &&
	       (!word[length] || !strcmp(word + length, "16") || !strcmp(word + length, "efi"));
}

static int take_command(struct entry *entry, char *const *words)
{
	size_t count = strv_length(words);
	int r = 0;

	if (!strcmp(words[0], "search") && (strv_contains(words, "--fs-uuid") || strv_contains(words, "-u")) &&
	    count > 2)
		return set_text(&entry->search, words[count - 1]);
	if (is_command(words[0], "linux") && count > 1) {
		r = set_text(&entry->kernel, words[1]);
		return r < 0 ? r : take_root(entry, words + 2);
	}
	for (size_t i = 1; is_command(words[0], "initrd") && r == 0 && i < count; i++)
		r = strv_append(&entry->archives, words[i]);
	return r;
}

/* NULL when what the entry calls the root filesystem is the one that was mounted there; else the reason. */
static char *misses_root(const struct plan *plan, const char *spec, const char *title)
{
	const struct node *root = identifier_mounted_at(plan, "/"), *found = identifier_find(plan, spec);
	int fit = identifier_check(plan, spec, NULL);

	if (fit == IDENTIFIER_OLD || fit == IDENTIFIER_UNKNOWN)
		return sentence("%s takes %s as the root filesystem, which this machine does not have.", title, spec);
	if (fit != IDENTIFIER_FITS || !root || found == root)
		return NULL;
	return sentence("%s takes %s as the root filesystem, which does not hold the restored system.", title, spec);
}

/* 0 fits, 1 does not (*RET_WHY), -ENOMEM. TITLE: how the sentence calls the entry. */
static int check_entry(const struct plan *plan, int root_fd, const struct entry *entry, const char *title,
		       char **ret_why)
{
	const struct node *filesystem = NULL;

	*ret_why = NULL;
	if (entry->search && !strchr(entry->search, '$')) {
		AUTO_FREE char *spec = text_format("UUID=%s", entry->search);

		if (!spec)
			return -ENOMEM;
		filesystem = identifier_find(plan, spec);
		if (!filesystem)
			*ret_why = sentence(
				"%s looks for the filesystem %s, which the restored system does not have.", title,
				entry->search);
	}
	if (!*ret_why && !grub_path_is_there(plan, root_fd, filesystem, entry->kernel))
		*ret_why = sentence("%s starts the kernel %s, which is not there.", title, entry->kernel);
	for (size_t i = 0; !*ret_why && entry->archives && entry->archives[i]; i++)
		if (!grub_path_is_there(plan, root_fd, filesystem, entry->archives[i]))
			*ret_why = sentence("%s loads the initramfs %s, which is not there.", title,
					       entry->archives[i]);
	if (!*ret_why && entry->root && !strchr(entry->root, '$'))
		*ret_why = misses_root(plan, entry->root, title);
	return *ret_why != NULL;
}

/* One good entry is enough: which is the default depends on GRUB's saved environment, versions and the operator. */
static int check_specified_entries(const struct plan *plan, int root_fd, char **ret_why)
{
	AUTO_STRV char **names = NULL;
	AUTO_FREE char *first_why = NULL;
	int r = rooted_list(root_fd, ENTRIES, &names);

	if (r == -ENOMEM)
		return r;
	for (size_t i = 0; names && names[i]; i++) {
		CLEANUP(entry_done) struct entry entry = { 0 };
		AUTO_FREE char *path = text_format(ENTRIES "/%s", names[i]), *text = NULL, *why = NULL;
		size_t length = strlen(names[i]);

		if (!path)
			return -ENOMEM;
		if (length < 5 || strcmp(names[i] + length - 5, ".conf") ||
		    rooted_read(root_fd, path, MENU_LIMIT, &text) < 0)
			continue;
		for (const char *line = text; *line;) {
			size_t n = strcspn(line, "\n");
			AUTO_STRV char **words = split_words(line, n);

			line += n + (line[n] == '\n');
			if (!words)
				continue;
			r = !strcmp(words[0], "options") ? take_root(&entry, words + 1) : take_command(&entry, words);
			if (r < 0)
				return r;
		}
		if (!entry.kernel)
			continue;
		r = check_entry(plan, root_fd, &entry, path, &why);
		if (r <= 0)
			return r;
		if (!first_why)
			first_why = TAKE_POINTER(why);
	}
	*ret_why = first_why ? TAKE_POINTER(first_why)
			     : sentence("GRUB's menu takes its entries from /%s, which has none.", ENTRIES);
	return *ret_why ? 1 : -ENOMEM;
}

int grub_menu_check_text(const struct plan *plan, int root_fd, const char *text, char **ret_why)
{
	CLEANUP(entry_done) struct entry entry = { 0 };
	bool inside = false, specified = false;
	int r = 0;

	*ret_why = NULL;
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");
		AUTO_STRV char **words = split_words(line, length);

		line += length + (line[length] == '\n');
		if (!words || words[0][0] == '#')
			continue;
		if (!strcmp(words[0], "menuentry")) {
			entry_done(&entry);
			inside = true;
		} else if (!strcmp(words[0], "blscfg")) {
			specified = true;
		} else if (inside && !strcmp(words[0], "}")) {
			/* The first entry that starts Linux is the one that starts by itself; memory tests, which
			 * are loaded by the same command, have neither a root nor an initramfs, and chain loaders no
			 * kernel. */
			if (entry.kernel && (entry.root || entry.archives))
				return check_entry(plan, root_fd, &entry, "GRUB's menu", ret_why);
			inside = false;
		} else if (inside) {
			r = take_command(&entry, words);
			if (r < 0)
				return r;
		}
	}
	if (specified)
		return check_specified_entries(plan, root_fd, ret_why);
	*ret_why = sentence("GRUB's menu has no entry that starts Linux.");
	return *ret_why ? 1 : -ENOMEM;
}

const char *grub_menu_path(int root_fd)
{
	static const char *const paths[] = { "boot/grub/grub.cfg", "boot/grub2/grub.cfg" };

	for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
		if (rooted_has_content(root_fd, paths[i]))
			return paths[i];
	if (rooted_is_directory(root_fd, "boot/grub"))
		return paths[0];
	return rooted_is_directory(root_fd, "boot/grub2") ? paths[1] : NULL;
}

/* GRUB's own parser, where the system has it as a program: a menu it cannot read starts nothing. 0, 1, -errno. */
static int check_syntax(struct context *ctx, struct finish_job *job, const char *path, char **ret_why)
{
	AUTO_FREE char *program = rooted_program(job->root_fd, "grub-script-check"), *menu = text_format("/%s", path);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r;

	if (!program)
		program = rooted_program(job->root_fd, "grub2-script-check");
	if (!program)
		return 0;
	r = menu ? job_run(ctx, job, (const char *const[]){ program, menu, NULL }, NULL) : -ENOMEM;
	if (r == 0 || r == -ECANCELED || r == -ENOMEM)
		return context_scope_keep(&scope, r);
	*ret_why = sentence("GRUB cannot read its menu: %s.", context_detail(ctx));
	return *ret_why ? 1 : -ENOMEM;
}

/* 0 fits, 1 does not, -errno. The tree is entered. */
static int check_menu(struct context *ctx, struct finish_job *job, const char *path, char **ret_why)
{
	AUTO_FREE char *text = NULL;
	int r = rooted_read(job->root_fd, path, MENU_LIMIT, &text);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		*ret_why = sentence("/%s cannot be read: %s.", path, strerror(-r));
		return *ret_why ? 1 : -ENOMEM;
	}
	r = grub_menu_check_text(job->options->plan, job->root_fd, text, ret_why);
	return r == 0 ? check_syntax(ctx, job, path, ret_why) : r;
}

/* os-prober may not find on the rescue system what it found on the captured one. BEFORE: the saved menu; NULL: there was none. */
static int tell_others(struct finish_job *job, const char *path, const char *before)
{
	AUTO_FREE char *now = NULL;
	AUTO_STRV char **titles = NULL;
	int r = before ? rooted_read(job->root_fd, path, MENU_LIMIT, &now) : 0;

	if (!before || r < 0)
		return r == -ENOMEM ? r : 0;
	r = grub_others_lost(before, now, &titles);
	for (char **title = titles; r == 0 && title && *title; title++)
		r = job_reason(job, "The GRUB menu that was rebuilt lacks the entry of another system, '%s', which the saved one had: run "
			       "update-grub (or grub-mkconfig) once on the restored system", *title);
	return r;
}

int grub_menu_finish(struct context *ctx, struct finish_job *job)
{
	static const char *const programs[] = { "grub-mkconfig", "grub2-mkconfig" };
	const char *path = grub_menu_path(job->root_fd), *cause;
	AUTO_FREE char *why = NULL, *program = NULL, *output = NULL, *before = NULL;
	int r = path ? check_menu(ctx, job, path, &why) : 0;

	if (r < 0 || !path || (r == 0 && !job->loader_settings_changed))
		return r;
	for (size_t i = 0; !program && i < ARRAY_LENGTH(programs); i++)
		program = rooted_program(job->root_fd, programs[i]);
	output = text_format("/%s", path);
	if (!output)
		return -ENOMEM;
	/* Without the program the menu stays; grub_menu_verify() says what is wrong with it. */
	if (!program)
		return 0;
	cause = why ? why : sentence_words(job->options->plan->notices ? N_("the firmware or a partition table is another one here.") :
									  N_("its settings were corrected."));
	job_step(ctx, "Rebuilding GRUB's menu: %s", cause);
	if (rooted_has_content(job->root_fd, path)) {
		if (rooted_read(job->root_fd, path, MENU_LIMIT, &before) == -ENOMEM)
			return -ENOMEM;
		r = rooted_keep_original(job->root_fd, path);
		if (r < 0)
			return job_breaks(job, "The original of /%s could not be kept, so it was not rebuilt: %s.",
					  path, strerror(-r));
	}
	r = job_run(ctx, job, (const char *const[]){ program, "-o", output, NULL }, NULL);
	if (r < 0)
		return job_absorb(ctx, job, r, true, N_("GRUB's menu could not be rebuilt: "));
	r = job_reason(job, "The saved GRUB menu did not fit and was rebuilt: %s", cause);
	return r < 0 ? r : tell_others(job, path, before);
}

int grub_menu_verify(struct context *ctx, struct finish_job *job)
{
	const char *path = grub_menu_path(job->root_fd);
	AUTO_FREE char *why = NULL;
	int r;

	if (!path)
		return job_breaks(job, "The restored system has no GRUB menu in /boot.");
	r = check_menu(ctx, job, path, &why);
	if (r == 0)
		context_info(ctx, "/%s starts the restored system", path);
	return r > 0 ? job_breaks(job, "%s", why) : r;
}
