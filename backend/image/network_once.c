/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_once.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "network_menu.h"

#define WORD "lifeboat.once="
#define TOKEN_DIGITS 32
#define ENTRY_LIMIT (64u << 10)
#define MENU_LIMIT (1u << 20)

int network_once_token(struct context *ctx, char **ret)
{
	unsigned char random[TOKEN_DIGITS / 2];
	char text[TOKEN_DIGITS + sizeof(".0")];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return context_fail(ctx, errno, "No random numbers can be had: %s", strerror(errno));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(text + 2 * i, 3, "%02x", random[i]);
	memcpy(text + TOKEN_DIGITS, ".0", sizeof(".0"));
	*ret = strdup(text);
	return *ret ? 0 : context_oom(ctx);
}

static int check_menu(struct context *ctx, const char *tree, const char *name, const char *word)
{
	AUTO_FREE char *path = text_format("%s/%s", tree, name), *text = NULL;
	int r = path ? file_read(AT_FDCWD, path, MENU_LIMIT, &text, NULL) : -ENOMEM;

	if (r < 0)
		return context_fail(ctx, -r, "%s/%s cannot be read: %s; make the tree first (lifeboat media pxe -o %s)", tree, name, strerror(-r), tree);
	return strstr(text, word) ? 0 : context_fail(ctx, EINVAL, "The menus in %s were made by an earlier version, which knows no entries that are used up; "
						     "make the tree again (lifeboat media pxe -o %s)", tree, tree);
}

int network_once_check(struct context *ctx, const char *tree)
{
	int r = check_menu(ctx, tree, "boot.ipxe", NETWORK_MENU_IPXE_LOCAL);

	return r < 0 ? r : check_menu(ctx, tree, "grub/grub.cfg", NETWORK_MENU_GRUB_LOCAL);
}

/* ---- the files of an entry ---- */

struct files {
	char *paths[2];          /* iPXE's and GRUB's */
	char *used[2];           /* what they were before they were used up */
};

static void files_done(struct files *files)
{
	for (size_t i = 0; i < 2; i++) {
		free(files->paths[i]);
		free(files->used[i]);
	}
}
#define AUTO_FILES CLEANUP(files_done)

static int name_files(struct context *ctx, const char *tree, const char *id, struct files *ret)
{
	AUTO_FREE char *ipxe = NULL, *grub = NULL;
	int r = network_menu_names(ctx, id, &ipxe, &grub);

	if (r < 0)
		return r;
	for (size_t i = 0; i < 2; i++) {
		ret->paths[i] = text_format("%s/machines/%s", tree, i ? grub : ipxe);
		ret->used[i] = text_format("%s/machines/%s.used", tree, i ? grub : ipxe);
		if (!ret->paths[i] || !ret->used[i])
			return context_oom(ctx);
	}
	return 0;
}

/* The place of the token in TEXT; NULL: it holds none. */
static const char *find_token(const char *text)
{
	const char *at = strstr(text, WORD);

	return at ? at + strlen(WORD) : NULL;
}

static size_t token_length(const char *token)
{
	return strspn(token, "0123456789abcdef.");
}

static bool holds(const char *text, const char *token)
{
	const char *at = find_token(text);

	return at && token_length(at) == strlen(token) && !strncmp(at, token, strlen(token));
}

static int read_entry(struct context *ctx, const char *path, char **ret)
{
	int r = file_read(AT_FDCWD, path, ENTRY_LIMIT, ret, NULL);

	if (r == -ENOENT)
		return r;
	return r < 0 ? context_fail(ctx, -r, "%s cannot be read: %s", path, strerror(-r)) : 0;
}

static int write_entry(struct context *ctx, const char *path, const char *text)
{
	int r = file_replace(AT_FDCWD, path, text, strlen(text), 0644);

	return r < 0 ? context_fail(ctx, -r, "Cannot write %s: %s", path, strerror(-r)) : 0;
}

bool network_once_has(struct context *ctx, const char *tree, const char *id, const char *token)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	AUTO_FILES struct files files = { 0 };

	if (name_files(ctx, tree, id, &files) < 0)
		return false;
	for (size_t i = 0; i < 2; i++) {
		AUTO_FREE char *text = NULL;

		if (read_entry(ctx, files.paths[i], &text) == 0 && holds(text, token))
			return true;
	}
	return false;
}

int network_once_use_up(struct context *ctx, const char *tree, const char *id, const char *token)
{
	AUTO_FILES struct files files = { 0 };
	int r = name_files(ctx, tree, id, &files);

	for (size_t i = 0; r == 0 && i < 2; i++) {
		AUTO_FREE char *text = NULL;

		r = read_entry(ctx, files.paths[i], &text);
		/* One that was used up before, or another one that took its place. */
		if (r == -ENOENT || (r == 0 && !holds(text, token))) {
			r = 0;
			continue;
		}
		if (r == 0)
			r = write_entry(ctx, files.used[i], text);
		if (r == 0)
			r = write_entry(ctx, files.paths[i], i ? network_menu_grub_used : network_menu_ipxe_used);
	}
	return r;
}

/* TEXT with the next generation of its token. New string; NULL: it holds none, or there is no memory. */
static char *next_generation(const char *text)
{
	const char *token = find_token(text);
	size_t length = token ? token_length(token) : 0;
	AUTO_FREE char *number = length > TOKEN_DIGITS + 1 ? strndup(token + TOKEN_DIGITS + 1, length - TOKEN_DIGITS - 1) : NULL;
	uint64_t generation;

	if (!number || token[TOKEN_DIGITS] != '.' || !parse_decimal(number, &generation))
		return NULL;
	return text_format("%.*s.%llu%s", (int)(token + TOKEN_DIGITS - text), text, (unsigned long long)generation + 1, token + length);
}

int network_once_resume(struct context *ctx, const char *tree, const char *id)
{
	AUTO_FILES struct files files = { 0 };
	AUTO_FREE char *ipxe = NULL, *grub = NULL;
	char **texts[] = { &ipxe, &grub };
	int r = name_files(ctx, tree, id, &files);

	for (size_t i = 0; r == 0 && i < 2; i++) {
		AUTO_FREE char *text = NULL;

		r = read_entry(ctx, files.used[i], &text);
		if (r == -ENOENT)
			return context_fail(ctx, ENOENT, "%s has no entry in %s that was used up: there is nothing to resume", id, tree);
		*texts[i] = r == 0 ? next_generation(text) : NULL;
		if (r == 0 && !*texts[i])
			r = context_fail(ctx, EINVAL, "%s holds no token", files.used[i]);
	}
	for (size_t i = 0; r == 0 && i < 2; i++)
		r = write_entry(ctx, files.paths[i], *texts[i]);
	return r;
}

int network_once_forget(struct context *ctx, const char *tree, const char *id)
{
	AUTO_FILES struct files files = { 0 };
	int r = name_files(ctx, tree, id, &files);

	for (size_t i = 0; r == 0 && i < 2; i++)
		if (unlink(files.used[i]) < 0 && errno != ENOENT)
			r = context_fail(ctx, errno, "%s cannot be removed: %s", files.used[i], strerror(errno));
	return r;
}
