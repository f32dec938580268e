/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections of a PE file, the form of EFI programs ("PE Format", Microsoft: MS-DOS stub, COFF file header, section table). Nothing in the file is
 * trusted.
 */
#ifndef LIFEBOAT_FINISH_PE_SECTIONS_H
#define LIFEBOAT_FINISH_PE_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the first bytes of a file have to hold of headers. */
#define PE_HEAD_LIMIT 65536u

struct pe_section {
	uint64_t offset, length; /* bytes in the file */
};

/* The next section called NAME (at most 8 bytes) of the file that begins with the LENGTH bytes of HEAD and has SIZE bytes, from the section numbered
 * *AT on, which moves behind it: 1; 0: there is no more; -EBADMSG: it is no PE file, its headers are not in HEAD, or the section lies
 * outside of it. */
int pe_section_next(const unsigned char *head, size_t length, uint64_t size, const char *name, size_t *at, struct pe_section *ret);

#endif
