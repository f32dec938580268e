/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "programs.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "elf_file.h"

#define CONFIG_LIMIT (1u << 20)
#define INCLUDE_DEPTH 8

struct programs {
	struct contents *contents;
	char **directories;      /* where libraries are looked for, in order */
	char *standard;          /* directory of the C library in the archive: looked at without any configuration */
	char **seen;             /* real paths whose needs are in already */
};

static int read_config(struct programs *programs, const char *path, int depth);

static int read_includes(struct programs *programs, const char *pattern, int depth)
{
	AUTO_FREE char *absolute = *pattern == '/' ? strdup(pattern) : text_format("/etc/%s", pattern);
	glob_t found;
	int r = 0;

	if (!absolute)
		return -ENOMEM;
	if (glob(absolute, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
		r = read_config(programs, found.gl_pathv[i], depth + 1);
	globfree(&found);
	return r;
}

/* /etc/ld.so.conf: a directory a line, "include PATTERN", comments (ldconfig(8)). What cannot be read names no directory. */
static int read_config(struct programs *programs, const char *path, int depth)
{
	AUTO_FREE char *text = NULL;
	char *save = NULL;
	int r = 0;

	if (depth > INCLUDE_DEPTH || file_read(AT_FDCWD, path, CONFIG_LIMIT, &text, NULL) < 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &save); r == 0 && line; line = strtok_r(NULL, "\n", &save)) {
		AUTO_FREE char *word = NULL;

		line[strcspn(line, "#")] = 0;
		word = text_strip(line);
		if (!word)
			return -ENOMEM;
		if (!strncmp(word, "include ", 8))
			r = read_includes(programs, word + 8 + strspn(word + 8, " \t"), depth);
		else if (*word == '/')
			r = strv_append(&programs->directories, word);
	}
	return r;
}

void programs_free(struct programs *programs)
{
	if (!programs)
		return;
	strv_free(programs->directories);
	free(programs->standard);
	strv_free(programs->seen);
	free(programs);
}

/* A library counts when it is of this machine's kind: 32-bit twins lie in the same lists of directories. */
static bool is_library(const char *path)
{
	struct elf_file AUTO_ELF_FILE file = { 0 };

	return access(path, F_OK) == 0 && elf_file_read(path, &file) == 0 && file.is_elf;
}

/* DIRECTORY with $ORIGIN and ${ORIGIN} at its start replaced by the directory of USER. */
static char *expand_origin(const char *directory, const char *user)
{
	static const char *const names[] = { "$ORIGIN", "${ORIGIN}" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (!strncmp(directory, names[i], strlen(names[i])))
			return text_format("%.*s%s", (int)(strrchr(user, '/') - user), user, directory + strlen(names[i]));
	return strdup(directory);
}

static char *find_in(char *const *directories, const char *user, const char *name)
{
	for (char *const *directory = directories; directory && *directory; directory++) {
		AUTO_FREE char *expanded = expand_origin(*directory, user);
		AUTO_FREE char *path = expanded ? text_format("%s/%s", expanded, name) : NULL;

		if (path && *path == '/' && is_library(path))
			return TAKE_POINTER(path);
	}
	return NULL;
}

static int find_standard(struct programs *programs)
{
	AUTO_FREE char *libc = find_in(programs->directories, "/", "libc.so.6");

	programs->standard = contents_merged(libc ? libc : "/usr/lib/libc.so.6");
	if (!programs->standard)
		return -ENOMEM;
	*strrchr(programs->standard, '/') = 0;
	return 0;
}

struct programs *programs_new(struct context *ctx, struct contents *contents)
{
	static const char *const usual[] = { "/lib64", "/usr/lib64", "/lib", "/usr/lib" };
	struct programs *programs = calloc(1, sizeof(*programs));
	int r = programs ? read_config(programs, "/etc/ld.so.conf", 0) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(usual); i++)
		r = strv_append(&programs->directories, usual[i]);
	if (r == 0)
		r = find_standard(programs);
	if (r < 0) {
		programs_free(programs);
		context_oom(ctx);
		return NULL;
	}
	programs->contents = contents;
	return programs;
}

/* The archive has no cache of libraries: the dynamic linker there looks where the C library lies. What was found by this
 * machine's own configuration elsewhere gets a link there. */
static int link_library(struct programs *programs, const char *name, const char *path)
{
	AUTO_FREE char *merged = contents_merged(path);
	AUTO_FREE char *standard = text_format("%s/%s", programs->standard, name);

	if (!merged || !standard)
		return -ENOMEM;
	return strcmp(standard, merged) ? contents_link(programs->contents, standard, merged) : 0;
}

static int add_library(struct context *ctx, struct programs *programs, const char *name, const char *user,
		       char *const *search)
{
	AUTO_FREE char *path = NULL;
	int r;

	if (strchr(name, '/'))
		return programs_add(ctx, programs, name);
	path = find_in(search, user, name);
	if (path)
		return programs_add(ctx, programs, path);
	path = find_in(programs->directories, user, name);
	if (!path)
		return -ENOENT;
	r = programs_add(ctx, programs, path);
	if (r == 0 && link_library(programs, name, path) < 0)
		r = context_oom(ctx);
	return r;
}

/* What the file SOURCE needs, once for each file. */
static int add_needs(struct context *ctx, struct programs *programs, const char *source)
{
	struct elf_file AUTO_ELF_FILE file = { 0 };
	int r;

	if (strv_contains(programs->seen, source))
		return 0;
	if (strv_append(&programs->seen, source) < 0)
		return context_oom(ctx);
	r = elf_file_read(source, &file);
	if (r < 0)
		return context_fail(ctx, -r, "Cannot find out which libraries %s needs: %s", source,
				    r == -EBADMSG ? sentence_words(N_("the program file is damaged")) :
				    r == -ENOEXEC ? sentence_words(N_("it is no 64-bit program of this machine's kind")) : strerror(-r));
	if (file.interpreter)
		r = programs_add(ctx, programs, file.interpreter);
	if (r == -ENOENT)
		return context_fail(ctx, ELIBACC, "%s needs %s to run, which is not on this machine", source, file.interpreter);
	if (r < 0)
		return r;
	for (char **name = file.needed; name && *name; name++) {
		r = add_library(ctx, programs, *name, source, file.search);
		if (r == -ENOENT)
			return context_fail(ctx, ELIBACC, "%s needs the library %s, which is not on this machine", source, *name);
		if (r < 0)
			return r;
	}
	/* What is not here now will not be missed there. */
	for (char **name = file.opened; name && *name; name++) {
		r = add_library(ctx, programs, *name, source, file.search);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

int programs_add(struct context *ctx, struct programs *programs, const char *path)
{
	AUTO_FREE char *source = NULL;
	int r = contents_take(ctx, programs->contents, path, &source);

	if (r == -ENOMEM)
		return context_oom(ctx);
	return r < 0 ? r : add_needs(ctx, programs, source);
}

int programs_add_as(struct context *ctx, struct programs *programs, const char *path, const char *source)
{
	AUTO_FREE char *real = realpath(source, NULL);

	if (!real)
		return context_fail(ctx, errno, "Cannot find the program %s: %s", source, strerror(errno));
	if (contents_file(programs->contents, path, 0755, real) < 0)
		return context_oom(ctx);
	return add_needs(ctx, programs, real);
}

char *programs_find_command(const char *name)
{
	static const char *const places[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin" };

	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		char *path = text_format("%s/%s", places[i], name);

		if (path && access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

int programs_require(struct context *ctx, const char *name, const char *package, char **ret_path)
{
	*ret_path = programs_find_command(name);
	return *ret_path ? 0 : context_fail(ctx, ENOENT, "Making rescue media needs the program %s, which is not on this machine: "
					    "install the package %s", name, package);
}

int programs_add_command(struct context *ctx, struct programs *programs, const char *name)
{
	AUTO_FREE char *path = programs_find_command(name);

	return path ? programs_add(ctx, programs, path) : -ENOENT;
}

int programs_add_library(struct context *ctx, struct programs *programs, const char *name)
{
	return add_library(ctx, programs, name, "/", NULL);
}
