/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What cppcheck cannot see without the system's headers: macros that look like calls otherwise. */
#define json_array_foreach(array, index, value) for (index = 0; (value = json_array_get(array, index)); index++)
#define json_object_foreach(object, key, value) \
	for (void *iterator_ = json_object_iter(object); (key = json_object_iter_key(iterator_)) && (value = json_object_iter_value(iterator_)); \
	     iterator_ = json_object_iter_next(object, iterator_))
