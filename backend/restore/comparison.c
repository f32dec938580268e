/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "comparison.h"

#include <string.h>

void compare_found(struct comparison *work, enum difference_kind kind, const char *path, const char *what)
{
	struct difference difference = { .kind = kind, .path = path, .what = what };

	if (pathset_contains(&work->expected, path_hash(&work->key, path, strlen(path))))
		return;
	pthread_mutex_lock(&work->lock);
	work->result->differences++;
	if (work->options->found)
		work->options->found(work->options->found_data, &difference);
	pthread_mutex_unlock(&work->lock);
}
