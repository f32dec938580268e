/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs programs from argv arrays, with a deadline, never through a shell. A program that fails is an error with a sentence
 * that quotes the last line it said, or one that names an error of the disk; output is logged at debug level. Secrets go through standard input,
 * never argv.
 */
#ifndef LIFEBOAT_CORE_RUN_H
#define LIFEBOAT_CORE_RUN_H

#include <stddef.h>

#include "context.h"

struct run {
	const char *const *argv;       /* NULL-ended; argv[0] is looked up in PATH */
	const char *root;              /* chroot here first; NULL: no chroot */
	bool *contained;               /* with ROOT; not NULL and true: in namespaces of its own (contained.h), where nothing outlives it; false
					* afterwards, with a warning, where the kernel refuses that */
	const char *input;             /* bytes for standard input; NULL: /dev/null */
	size_t input_length;
	const int *input_file;         /* an open file or pipe as standard input instead, borrowed; NULL: none */
	const char *const *environment; /* "NAME=value" beside or instead of ours, NULL-ended, or NULL; LC_ALL=C where it is not among them */
	const int *inherit;            /* descriptors (above 2) that the program gets under the same numbers, ended by -1; NULL: none */
	unsigned deadline_s;           /* kill the whole process group after this; 0: 600 seconds */
	bool releases;                 /* it lets go of what is held, so a cancel does not end it */
	bool trial;                    /* on a stand-in, before anything is written: log and errors say so */
	void (*line)(void *data, const char *line); /* each line of output as it comes; may be NULL */
	void *line_data;
	bool accept[256];              /* exit statuses that count as success beside 0 */
};

struct run_result {
	int status;                    /* exit status, or 128 + signal */
	char *output;                  /* standard output, NUL-ended, at most 16 MiB; owned by the caller */
	size_t output_length;
};

/* Runs the program through ctx->ops. RESULT may be NULL. 0 on success; -ENOENT when the program is missing, -ETIMEDOUT past
 * the deadline, -ECANCELED, or -EIO when it failed, each with a sentence in the context. */
int run_program(struct context *ctx, const struct run *run, struct run_result *result);
/* The short form: run_simple(ctx, "mkfs.ext4", "-F", path, NULL). */
int run_simple(struct context *ctx, ...) __attribute__((sentinel));
/* The real work behind ops_real.run: fork, exec, wait. */
int run_real(struct context *ctx, const struct run *run, struct run_result *result);

void run_result_done(struct run_result *result);
#define AUTO_RUN_RESULT CLEANUP(run_result_done)

/* True when NAME is an executable in PATH (below ROOT when not NULL). */
bool run_is_present(const char *root, const char *name);

/* ARGV as one printable line, for logs and dry runs. Caller frees. */
char *run_print(const char *const *argv);

#endif
