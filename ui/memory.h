/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory of the toolkit. A front end that cannot have any more ends at once: it holds nothing that the engine does
 * not know, and it is started again.
 */
#ifndef LIFEBOAT_UI_MEMORY_H
#define LIFEBOAT_UI_MEMORY_H

#include <stdlib.h>

#define UI_CLEANUP_FREE __attribute__((cleanup(ui_cleanup_free)))

static inline void ui_cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void *ui_allocate(size_t size)
{
	void *memory = calloc(1, size ? size : 1);

	if (!memory)
		abort();
	return memory;
}

static inline void *ui_reallocate(void *old, size_t size)
{
	void *memory = realloc(old, size ? size : 1);

	if (!memory)
		abort();
	return memory;
}

#endif
