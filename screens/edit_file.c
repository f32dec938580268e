/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "edit_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../backend/messages.h"
#include "text.h"

int edit_file_load(const char *name, const char *path, json_t **ret)
{
	AUTO_FREE char *scrubbed = sentence("%s", path), *shown = scrubbed ? text_printable(scrubbed) : NULL;
	json_error_t error;
	struct stat status;
	json_t *object;

	/* Neither opened nor waited for. */
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
		fprintf(stderr, _("lifeboat %s: the file of changes %s is no regular file.\n"), name, shown ? shown : "");
		return 1;
	}
	if (access(path, R_OK) < 0) {
		fprintf(stderr, _("lifeboat %s: the file of changes %s cannot be read: %s.\n"), name, shown ? shown : "", strerror(errno));
		return 1;
	}
	object = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!object) {
		fprintf(stderr, _("lifeboat %s: the file of changes %s is not valid JSON: line %d: %s.\n"), name, shown ? shown : "", error.line,
			error.text);
		return 1;
	}
	/* What 'lifeboat plan --json' printed has them beside much else. */
	*ret = json_incref(json_is_object(json_object_get(object, "wishes")) ? json_object_get(object, "wishes") : object);
	json_decref(object);
	return 0;
}
