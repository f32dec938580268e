/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a program whose libraries are looked for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../backend/core/bytes.h"
#include "../../backend/image/elf_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ELF_FILE struct elf_file file = { 0 };
	int r = elf_file_parse(data, size, &file);

	if (r < 0 && (file.needed || file.interpreter || file.search))
		abort();
	for (size_t i = 0; i < strv_length(file.needed); i++)
		if (!strlen(file.needed[i]))
			abort();
	return 0;
}
