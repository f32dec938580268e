/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts programs into the boot archive together with all they need to start: interpreters and shared libraries, found where
 * the dynamic linker would find them (ld.so(8)).
 */
#ifndef LIFEBOAT_IMAGE_PROGRAMS_H
#define LIFEBOAT_IMAGE_PROGRAMS_H

#include "contents.h"

struct programs;

/* Reads the dynamic linker's configuration. CONTENTS is borrowed. NULL when out of memory. */
struct programs *programs_new(struct context *ctx, struct contents *contents);
void programs_free(struct programs *programs);
static inline void cleanup_programs(struct programs **programs)
{
	programs_free(*programs);
}
#define AUTO_PROGRAMS CLEANUP(cleanup_programs)

/* The program or library PATH under its own name, with what it needs. 0, -ENOENT without a sentence when there is no such
 * file, -ELIBACC with a sentence when a library is nowhere, or another -errno with one. */
int programs_add(struct context *ctx, struct programs *programs, const char *path);
/* The same for the file SOURCE under the name PATH. */
int programs_add_as(struct context *ctx, struct programs *programs, const char *path, const char *source);
/* A command by name, from the system's directories for programs. */
int programs_add_command(struct context *ctx, struct programs *programs, const char *name);
/* A library that is opened at run time, by name ("libgcc_s.so.1"). */
int programs_add_library(struct context *ctx, struct programs *programs, const char *name);
/* Where command NAME lies on this machine, a new string, or NULL. */
char *programs_find_command(const char *name);
/* The same for one that the work here cannot do without: -ENOENT with a sentence that names Debian's PACKAGE. */
int programs_require(struct context *ctx, const char *name, const char *package, char **ret_path);

#endif
