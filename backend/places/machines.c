/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines of one host name ("localhost", "debian") are told apart by what their disks hold: two of them share no filesystem. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sets.h"

struct mark {
	const char *text;
	size_t set;              /* from FIRST on */
};

static int by_text(const void *a, const void *b)
{
	const struct mark *one = a, *other = b;

	return strcmp(one->text, other->text);
}

static size_t first_of(size_t *machines, size_t set)
{
	while (machines[set] != set)
		set = machines[set] = machines[machines[set]];
	return set;
}

static void join(size_t *machines, size_t a, size_t b)
{
	a = first_of(machines, a);
	b = first_of(machines, b);
	if (a < b)
		machines[b] = a;
	else
		machines[a] = b;
}

int sets_tell_machines(const struct sets *sets, size_t first, size_t end, size_t *ret_machines)
{
	size_t count = 0, plain = end - first;
	struct mark *marks;

	for (size_t i = first; i < end; i++) {
		ret_machines[i - first] = i - first;
		for (char **mark = sets->sets[i].marks; mark && *mark; mark++)
			count++;
	}
	marks = calloc(count + 1, sizeof(*marks));
	if (!marks)
		return -ENOMEM;
	count = 0;
	for (size_t i = first; i < end; i++) {
		char **mark = sets->sets[i].marks;

		if (!mark && plain == end - first)
			plain = i - first;
		if (!mark)
			join(ret_machines, plain, i - first);
		for (; mark && *mark; mark++)
			marks[count++] = (struct mark){ *mark, i - first };
	}
	qsort(marks, count, sizeof(*marks), by_text);
	for (size_t i = 1; i < count; i++)
		if (!strcmp(marks[i - 1].text, marks[i].text))
			join(ret_machines, marks[i - 1].set, marks[i].set);
	free(marks);
	for (size_t i = 0; i < end - first; i++)
		ret_machines[i] = first_of(ret_machines, i);
	return 0;
}
