/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an EFI program: no section lies outside of it, and the table ends. */
#include <stdint.h>
#include <stdlib.h>

#include "../../backend/finish/pe_sections.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pe_section section;
	size_t length = size < PE_HEAD_LIMIT ? size : PE_HEAD_LIMIT, at = 0, count = 0;

	while (pe_section_next(data, length, size, ".cmdline", &at, &section) == 1)
		if (section.offset > size || section.length > size - section.offset || ++count > 65535)
			abort();
	return 0;
}
