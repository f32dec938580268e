/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory of JSON values is overwritten when it is freed: answers to secret questions travel as JSON, and leave no copy behind. */
#ifndef LIFEBOAT_CORE_WIPED_JSON_H
#define LIFEBOAT_CORE_WIPED_JSON_H

/* For the whole process, before it makes the first value. What json_dumps() gives is still freed with free(), and wiped by its owner. */
void json_wipe_when_freed(void);

#endif
