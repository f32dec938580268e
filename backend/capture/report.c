/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report.h"

#include <errno.h>
#include <string.h>

#include "parts.h"

struct report {
	char *what;              /* N_("could not be read: Permission denied") */
	char *first;             /* the first path, escaped */
	uint64_t count;
};

/* With capture->lock held: LINE at the end of LINES, of which there are *COUNT. What readers would not take is an error now. */
static int keep_line(struct capture *capture, char ***lines, size_t *count, const char *line)
{
	const struct manifest *manifest = capture->manifest;

	/* Indent, quotes, comma, end of line; and a backslash before each quote. */
	capture->lines_length += strlen(line) + 8;
	for (const char *c = line; (c = strpbrk(c, "\"\\")); c++)
		capture->lines_length++;
	if (manifest->lost_count + manifest->excluded_count >= EXCLUDED_LIMIT || capture->lines_length >= EXCLUDED_TEXT_LIMIT)
		return context_fail(capture->ctx, EFBIG, "more paths are left out or cannot be read than a set can name (%zu, the last %s): exclude "
				    "the directory they lie in", manifest->lost_count + manifest->excluded_count, line);
	return strv_append_counted(lines, count, line);
}

static int exclude_line(struct capture *capture, const char *line)
{
	struct manifest *manifest = capture->manifest;
	int r;

	pthread_mutex_lock(&capture->lock);
	r = keep_line(capture, &manifest->excluded, &manifest->excluded_count, line);
	pthread_mutex_unlock(&capture->lock);
	context_info(capture->ctx, "left out: %s", line);
	return r;
}

/* "/path: reason"; what is no path of the tree begins with a slash, too. */
static char *line_of(const char *escaped, const char *reason)
{
	reason = sentence_words(reason);
	return *escaped == '/' ? sentence("%s: %s", escaped, reason) : sentence("/%s: %s", escaped, reason);
}

int capture_exclude(struct capture *capture, const char *path, const char *reason)
{
	AUTO_FREE char *escaped = bytes_escape(path, strlen(path));
	AUTO_FREE char *line = escaped ? line_of(escaped, reason) : NULL;

	return line ? exclude_line(capture, line) : -ENOMEM;
}

int capture_exclude_pattern(struct capture *capture, const char *pattern, uint64_t names)
{
	AUTO_FREE char *escaped = bytes_escape(pattern, strlen(pattern));
	AUTO_FREE char *line = escaped ? sentence(PLURAL(names, "%s: pattern of the operator, %llu name left out",
							    "%s: pattern of the operator, %llu names left out"), escaped, (unsigned long long)names)
				     : NULL;

	return line ? exclude_line(capture, line) : -ENOMEM;
}

int capture_lose(struct capture *capture, const char *what, const char *reason)
{
	AUTO_FREE char *escaped = bytes_escape(what, strlen(what));
	AUTO_FREE char *line = escaped ? line_of(escaped, reason) : NULL;
	int r;

	if (!line)
		return -ENOMEM;
	pthread_mutex_lock(&capture->lock);
	capture->result->lost++;
	r = keep_line(capture, &capture->manifest->lost, &capture->manifest->lost_count, line);
	pthread_mutex_unlock(&capture->lock);
	context_warn(capture->ctx, "%s", line);
	return r;
}

/* With capture->lock held. */
static int count_report(struct capture *capture, const char *what, const char *escaped)
{
	struct report *grown;

	for (size_t i = 0; i < capture->report_count; i++) {
		if (!strcmp(capture->reports[i].what, what)) {
			capture->reports[i].count++;
			return 0;
		}
	}
	grown = reallocarray(capture->reports, capture->report_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	capture->reports = grown;
	grown[capture->report_count] = (struct report){ strdup(what), strdup(escaped), 1 };
	capture->report_count++;
	return grown[capture->report_count - 1].what && grown[capture->report_count - 1].first ? 0 : -ENOMEM;
}

/* COUNTER is one of the result's; LOST: also a line of manifest->lost. */
static int report(struct capture *capture, uint64_t *counter, const char *path, const char *what, bool lost)
{
	AUTO_FREE char *escaped = bytes_escape(path, strlen(path));
	AUTO_FREE char *line = escaped ? sentence("/%s: %s", escaped, sentence_words(what)) : NULL;
	int r = line ? 0 : -ENOMEM;

	pthread_mutex_lock(&capture->lock);
	++*counter;
	if (r == 0)
		r = count_report(capture, what, escaped);
	if (r == 0 && lost)
		r = keep_line(capture, &capture->manifest->lost, &capture->manifest->lost_count, line);
	pthread_mutex_unlock(&capture->lock);
	if (line)
		context_debug(capture->ctx, "%s", line);
	return r;
}

int capture_not_read(struct capture *capture, const char *path, const char *reason)
{
	return report(capture, &capture->result->unreadable, path, reason, true);
}

int capture_failed_to_read(struct capture *capture, const char *path, const char *what, int error)
{
	AUTO_FREE char *reason = sentence("%s: %s", sentence_words(what), strerror(error));

	return reason ? capture_not_read(capture, path, reason) : -ENOMEM;
}

int capture_unreadable(struct capture *capture, const char *path, int error)
{
	return capture_failed_to_read(capture, path, N_("could not be read"), error);
}

int capture_changed(struct capture *capture, const char *path, const char *what)
{
	return report(capture, &capture->result->changed, path, what, false);
}

void capture_say_reports(struct capture *capture)
{
	for (size_t i = 0; i < capture->report_count; i++) {
		const struct report *report = &capture->reports[i];

		if (report->count == 1)
			context_warn(capture->ctx, "/%s: %s", report->first, sentence_words(report->what));
		else
			context_warn(capture->ctx, "%llu files: %s; the first is /%s", (unsigned long long)report->count,
				     sentence_words(report->what), report->first);
	}
}

void capture_reports_free(struct capture *capture)
{
	for (size_t i = 0; i < capture->report_count; i++) {
		free(capture->reports[i].what);
		free(capture->reports[i].first);
	}
	free(capture->reports);
}

int capture_write_failed(struct capture *capture, int r)
{
	const char *output = capture->options->output;

	if (*context_detail(capture->ctx))
		return r;
	switch (-r) {
	case ENOMEM:
		return context_oom(capture->ctx);
	case ENOSPC:
	case EDQUOT:
		return context_fail(capture->ctx, -r,
				    "there is no space left at %s for the recovery set: make room or choose another "
				    "place",
				    output);
	case EFBIG:
		return context_fail(capture->ctx, EFBIG,
				    "the recovery set at %s cannot be written: the index, or one of its segments, would be longer than readers take; "
				    "capture the machine in several sets (--exclude)", output);
	default:
		return context_fail(capture->ctx, -r, "the recovery set at %s cannot be written: %s", output, strerror(-r));
	}
}
