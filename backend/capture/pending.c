/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pending.h"

#include <errno.h>
#include <stdlib.h>

struct pending_list {
	struct pending *items;
	size_t count, capacity;
};

struct pending_list *pending_new(void)
{
	return calloc(1, sizeof(struct pending_list));
}

void pending_free(struct pending_list *list)
{
	if (!list)
		return;
	while (list->count)
		free(list->items[--list->count].path);
	free(list->items);
	free(list);
}

int pending_push(struct pending_list *list, const struct volume *volume, char *path, const struct stat *st)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 256;
		struct pending *grown = reallocarray(list->items, capacity, sizeof(*grown));

		if (!grown) {
			free(path);
			return -ENOMEM;
		}
		list->items = grown;
		list->capacity = capacity;
	}
	list->items[list->count++] = (struct pending){ volume, path, st->st_dev, st->st_ino };
	return 0;
}

bool pending_take(struct pending_list *list, struct pending *ret)
{
	if (!list->count)
		return false;
	*ret = list->items[--list->count];
	return true;
}
