/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a program needs to start: read out of the ELF file itself (System V ABI, gABI chapters 4 and 5, <elf.h>), never by
 * running it. Also the interpreter of scripts. Nothing in the file is trusted: offsets and counts are bounded.
 */
#ifndef LIFEBOAT_IMAGE_ELF_FILE_H
#define LIFEBOAT_IMAGE_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct elf_file {
	bool is_elf;
	char *interpreter;       /* PT_INTERP, or what follows "#!" in a script; NULL: neither */
	char **needed;           /* names of libraries, DT_NEEDED */
	char **opened;           /* libraries it may open while it runs, where they are there (".note.dlopen": uapi-group.org, ELF dlopen metadata) */
	char **search;           /* directories of DT_RUNPATH, else of DT_RPATH; may hold $ORIGIN */
};

/* Reads PATH. A file that is neither ELF nor a script is no error: nothing is set. Only little-endian 64-bit ELF of this
 * machine's kind counts: others are -ENOEXEC, damaged ones -EBADMSG; else -errno of reading. */
int elf_file_read(const char *path, struct elf_file *ret);
/* The same of LENGTH bytes in memory. */
int elf_file_parse(const void *data, size_t length, struct elf_file *ret);
void elf_file_done(struct elf_file *file);
#define AUTO_ELF_FILE CLEANUP(elf_file_done)

#endif
