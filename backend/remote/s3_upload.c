/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects that are sent in parts (multipart upload). */
#include "s3.h"

#include <errno.h>
#include <string.h>

#include "remote_parts.h"
#include "s3_xml.h"

struct s3_upload {
	struct remote *remote;
	char *name, *id;         /* id: escaped */
	struct buffer parts;     /* the text that makes one of them */
	uint64_t length;
	unsigned count;
};

static int fail_answer(struct context *ctx, const struct remote *remote, const char *name)
{
	return context_fail(ctx, EPROTO, "the server %s does not follow the S3 protocol when %s is sent in parts", remote->host, name);
}

/* ---- beginning ---- */

static int take_id(void *data, const char *path, const char *text)
{
	char **ret = data;

	if (strcmp(path, "UploadId"))
		return 0;
	if (*ret || !*text)
		return -EBADMSG;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

/* *RET: a new string. */
static int begin(struct context *ctx, struct remote *remote, const char *name, char **ret)
{
	struct request request = { .method = "POST", .query = "uploads=", .body = "" };
	AUTO_BUFFER struct buffer answer = { 0 };
	AUTO_FREE char *id = NULL;
	char *escaped;
	int r = request_run(ctx, remote, name, &request, &answer, NULL);

	if (r == 0)
		r = s3_xml_read(answer.data, answer.length, "InitiateMultipartUploadResult", take_id, &id);
	else if (r != -ENOENT)
		return r;
	if (r < 0 || !id)
		return r == -ENOMEM ? context_oom(ctx) : fail_answer(ctx, remote, name);
	escaped = curl_easy_escape(NULL, id, 0);
	*ret = escaped ? strdup(escaped) : NULL;
	curl_free(escaped);
	return *ret ? 0 : context_oom(ctx);
}

int s3_upload_begin(struct context *ctx, struct remote *remote, const char *name, struct s3_upload **ret)
{
	struct s3_upload *upload = calloc(1, sizeof(*upload));
	int r;

	if (!upload || !(upload->name = strdup(name))) {
		free(upload);
		return context_oom(ctx);
	}
	upload->remote = remote;
	r = begin(ctx, remote, name, &upload->id);
	if (r < 0)
		s3_upload_free(upload);
	else
		*ret = upload;
	return r;
}

/* ---- parts ---- */

/* The server's name of a part stands in XML; those that there are have no character that would be something there. */
static bool is_plain_tag(const char *tag)
{
	return tag && *tag && strlen(tag) < 256 && !strpbrk(tag, "<>&");
}

int s3_upload_part(struct context *ctx, struct s3_upload *upload, const void *data, size_t length)
{
	AUTO_FREE char *query = text_format("partNumber=%u&uploadId=%s", upload->count + 1, upload->id), *tag = NULL, *part = NULL;
	struct request request = { .method = "PUT", .query = query, .body = data, .length = length };
	int r = query ? request_run(ctx, upload->remote, upload->name, &request, NULL, &tag) : context_oom(ctx);

	if (r == 0 && !is_plain_tag(tag))
		r = -ENOENT;
	if (r < 0)
		return r == -ENOENT ? fail_answer(ctx, upload->remote, upload->name) : r;
	part = text_format("<Part><PartNumber>%u</PartNumber><ETag>%s</ETag></Part>", ++upload->count, tag);
	upload->length += length;
	return part && buffer_append(&upload->parts, part, strlen(part)) == 0 ? 0 : context_oom(ctx);
}

/* ---- the end ---- */

static int take_end(void *data, const char *path, const char *text)
{
	bool *whole = data;

	/* What it holds, servers do not agree on; an error is another element. */
	(void)text;
	*whole |= !*path;
	return 0;
}

/* The server makes one object of the parts. */
static int join(struct context *ctx, struct s3_upload *upload, bool only_new, struct buffer *ret)
{
	AUTO_FREE char *query = text_format("uploadId=%s", upload->id);
	AUTO_FREE char *body = text_format("<CompleteMultipartUpload>%s</CompleteMultipartUpload>", upload->parts.data ? upload->parts.data : "");
	struct request request = { .method = "POST", .query = query, .body = body, .length = body ? strlen(body) : 0, .slow = true, .only_new = only_new };
	int r = query && body ? 0 : context_oom(ctx);

	if (r == 0 && only_new)
		r = request_run_new(ctx, upload->remote, upload->name, &request, ret);
	if ((r == 0 && !only_new) || r == -EOPNOTSUPP) {
		request.only_new = false;
		r = request_run(ctx, upload->remote, upload->name, &request, ret, NULL);
	}
	return r;
}

int s3_upload_end(struct context *ctx, struct s3_upload *upload, bool only_new)
{
	AUTO_BUFFER struct buffer answer = { 0 };
	struct remote_file file;
	bool whole = false;
	int r = join(ctx, upload, only_new, &answer);

	/* The server may begin a good answer before it knows that it is one. */
	if (r == 0)
		r = s3_xml_read(answer.data, answer.length, "CompleteMultipartUploadResult", take_end, &whole);
	else if (r != -ENOENT && r != -EEXIST)
		return r;
	/* An attempt whose answer was lost has done it, or not. */
	if (r == -ENOENT || r == -EEXIST)
		whole = remote_look(ctx, upload->remote, upload->name, false, &file) == 0 && (r == -ENOENT || file.size == upload->length);
	if (!whole && r == -EEXIST)
		return r;
	if (!whole)
		return fail_answer(ctx, upload->remote, upload->name);
	return 0;
}

static int abort_one(struct context *ctx, struct remote *remote, const char *name, const char *id)
{
	AUTO_FREE char *query = text_format("uploadId=%s", id);
	struct request request = { .method = "DELETE", .query = query };
	int r = query ? request_run(ctx, remote, name, &request, NULL, NULL) : context_oom(ctx);

	return r == -ENOENT ? 0 : r;
}

void s3_upload_free(struct s3_upload *upload)
{
	if (!upload)
		return;
	free(upload->name);
	free(upload->id);
	buffer_done(&upload->parts);
	free(upload);
}

/* ---- what others left ---- */

struct left {
	char *name, *id;
	char **names, **ids;
	const char *base;        /* of the address, from the bucket on, with a '/' at its end */
	size_t count, id_count;
	bool truncated;
};

static int take_left(void *data, const char *path, const char *text)
{
	struct left *left = data;
	char **ret = !strcmp(path, "Upload/Key") ? &left->name : !strcmp(path, "Upload/UploadId") ? &left->id : NULL;
	int r = 0;

	if (!strcmp(path, "IsTruncated"))
		left->truncated = !strcmp(text, "true");
	if (ret) {
		if (*ret || !*text)
			return -EBADMSG;
		*ret = strdup(text);
		return *ret ? 0 : -ENOMEM;
	}
	if (strcmp(path, "Upload"))
		return 0;
	if (!left->name || !left->id || strncmp(left->name, left->base, strlen(left->base)))
		return -EBADMSG;
	r = strv_append_counted(&left->names, &left->count, left->name + strlen(left->base));
	if (r == 0)
		r = strv_append_counted(&left->ids, &left->id_count, left->id);
	free(left->name);
	free(left->id);
	left->name = left->id = NULL;
	return r;
}

/* A page of them; *RET_MORE: there are others. */
static int abort_page(struct context *ctx, struct remote *remote, const char *base, const char *prefix, bool *ret_more)
{
	struct left left = { .base = base };
	AUTO_FREE char *whole = text_format("%s%s", base, prefix), *query = NULL;
	char *escaped = whole ? curl_easy_escape(NULL, whole, 0) : NULL;
	AUTO_BUFFER struct buffer answer = { 0 };
	int r;

	query = escaped ? text_format("prefix=%s&uploads=", escaped) : NULL;
	curl_free(escaped);
	r = query ? request_run(ctx, remote, "", &(struct request){ .method = "GET", .query = query, .bucket = true }, &answer, NULL) : context_oom(ctx);
	if (r == 0) {
		r = s3_xml_read(answer.data, answer.length, "ListMultipartUploadsResult", take_left, &left);
		r = r == -ENOMEM ? context_oom(ctx) : r < 0 ? fail_answer(ctx, remote, prefix) : 0;
	}
	for (size_t i = 0; r == 0 && i < left.count; i++) {
		char *id = curl_easy_escape(NULL, left.ids[i], 0);

		r = id ? abort_one(ctx, remote, left.names[i], id) : context_oom(ctx);
		curl_free(id);
	}
	*ret_more = r == 0 && left.truncated && left.count;
	free(left.name);
	free(left.id);
	strv_free(left.names);
	strv_free(left.ids);
	return r == -ENOENT ? fail_answer(ctx, remote, prefix) : r;
}

int s3_abort_all(struct context *ctx, struct remote *remote, const char *prefix)
{
	AUTO_FREE char *plain = bytes_unescape(remote->s3->prefix, NULL);
	AUTO_FREE char *base = !plain ? NULL : *plain ? text_format("%s/", plain + 1) : strdup("");
	bool more = true;
	int r = base ? 0 : context_oom(ctx);

	while (r == 0 && more)
		r = abort_page(ctx, remote, base, prefix, &more);
	return r;
}
