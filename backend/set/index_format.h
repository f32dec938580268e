/* Names of types in index.zst, which its reader and its writer share. Only for index_*.c. */
#ifndef LIFEBOAT_SET_INDEX_FORMAT_H
#define LIFEBOAT_SET_INDEX_FORMAT_H

#include <sys/stat.h>

#define INDEX_TYPE_COUNT 7

struct index_type {
	const char *name;
	mode_t type;
};

extern const struct index_type index_types[INDEX_TYPE_COUNT];

#endif
