/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of S3 servers (ListObjectsV2), a page at a time. */
#include "s3.h"

#include <errno.h>
#include <string.h>

#include "remote_parts.h"
#include "s3_xml.h"

#define PAGES_MAX 100000

struct list {
	const char *prefix;      /* of all names asked for, from the bucket on */
	size_t skip;             /* bytes of it that the address has */
	int (*each)(void *data, const struct s3_item *item);
	void *data;
	/* The item, as its parts come. */
	char *name;
	struct s3_item item;
	bool sized, truncated, told; /* TOLD: whether it is truncated */
	char *token;
	int said;                /* by EACH, not 0 */
};

/* "2026-11-28T22:46:03.000Z"; 0 for all else. */
static time_t read_time(const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	return end && (*end == '.' || *end == 'Z') ? timegm(&tm) : 0;
}

static int copy(const char *text, char **ret)
{
	if (*ret)
		return -EBADMSG;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

/* Hands the item on that is whole now. The server is to tell what it was asked for. */
static int tell(struct list *list, bool folder)
{
	size_t length = list->name ? strlen(list->name) : 0;
	int r;

	if (!length || strncmp(list->name, list->prefix, strlen(list->prefix)) || length < list->skip || (!folder && !list->sized) ||
	    (folder && list->name[length - 1] != '/'))
		return -EBADMSG;
	if (folder)
		list->name[length - 1] = '\0';
	list->item.name = list->name + list->skip;
	list->item.folder = folder;
	/* An object that ends in '/' stands for a folder that somebody made by hand. */
	r = *list->item.name && (folder || list->name[length - 1] != '/') ? list->each(list->data, &list->item) : 0;
	if (r)
		list->said = r;
	free(list->name);
	list->name = NULL;
	list->item = (struct s3_item){ 0 };
	list->sized = false;
	return r ? -EINTR : 0;
}

static int take(void *data, const char *path, const char *text)
{
	struct list *list = data;

	if (!strcmp(path, "Contents/Key") || !strcmp(path, "CommonPrefixes/Prefix"))
		return copy(text, &list->name);
	if (!strcmp(path, "Contents/Size")) {
		list->sized = parse_u64(text, &list->item.size);
		return list->sized ? 0 : -EBADMSG;
	}
	if (!strcmp(path, "Contents/LastModified"))
		list->item.changed = read_time(text);
	if (!strcmp(path, "Contents") || !strcmp(path, "CommonPrefixes"))
		return tell(list, *path == 'C' && path[2] == 'm');
	if (!strcmp(path, "IsTruncated")) {
		list->told = true;
		list->truncated = !strcmp(text, "true");
		return list->truncated || !strcmp(text, "false") ? 0 : -EBADMSG;
	}
	if (!strcmp(path, "NextContinuationToken"))
		return copy(text, &list->token);
	return 0;
}

/* Sorted by their names, as signatures want them. */
static char *print_query(const char *prefix, const char *token, bool deep)
{
	char *escaped = curl_easy_escape(NULL, prefix, 0), *more = token ? curl_easy_escape(NULL, token, 0) : NULL, *query = NULL;

	if (escaped && (more || !token))
		query = text_format("%s%s%s%slist-type=2&prefix=%s", more ? "continuation-token=" : "", more ? more : "", more ? "&" : "",
				    deep ? "" : "delimiter=%2F&", escaped);
	curl_free(escaped);
	curl_free(more);
	return query;
}

int s3_list_read(const void *xml, size_t length, const char *prefix, size_t skip, int (*each)(void *data, const struct s3_item *item), void *data,
		 char **ret_token)
{
	struct list list = { .prefix = prefix, .skip = skip, .each = each, .data = data };
	int r = s3_xml_read(xml, length, "ListBucketResult", take, &list);

	free(list.name);
	/* A server that only gives the token has more, too: half a list is never taken for all. */
	list.truncated |= !list.told && list.token && *list.token;
	if (list.said)
		r = list.said;
	else if (r == 0 && list.truncated && !list.token)
		r = -EBADMSG;
	if (r == 0 && list.truncated)
		*ret_token = TAKE_POINTER(list.token);
	free(list.token);
	return r;
}

/* What EACH says; it is told apart from what the reader says by *SAID. */
struct listener {
	int (*each)(void *data, const struct s3_item *item);
	void *data;
	bool said;
};

static int hand_on(void *data, const struct s3_item *item)
{
	struct listener *listener = data;
	int r = listener->each(listener->data, item);

	listener->said |= r != 0;
	return r;
}

/* The page that TOKEN asks for; *RET_TOKEN asks for the next. */
static int list_page(struct context *ctx, struct remote *remote, const char *prefix, size_t skip, const char *token, bool deep,
		     struct listener *listener,
		     char **ret_token)
{
	AUTO_FREE char *query = print_query(prefix, token, deep);
	struct request request = { .method = "GET", .query = query, .bucket = true };
	AUTO_BUFFER struct buffer answer = { 0 };
	int r = query ? request_run(ctx, remote, "", &request, &answer, NULL) : context_oom(ctx);

	if (r < 0)
		return r == -ENOENT ? context_fail(ctx, ENXIO, "there is no bucket %s on the server %s: check the name", remote->s3->bucket, remote->host) : r;
	r = s3_list_read(answer.data, answer.length, prefix, skip, hand_on, listener, ret_token);
	if (listener->said)
		return r;
	if (r == -ENOMEM)
		return context_oom(ctx);
	if (r < 0 || (token && *ret_token && !strcmp(*ret_token, token)))
		return context_fail(ctx, EPROTO, "the server %s sends a list of the bucket %s that is not valid", remote->host, remote->s3->bucket);
	return 0;
}

int s3_list(struct context *ctx, struct remote *remote, const char *prefix, bool deep, int (*each)(void *data, const struct s3_item *item),
	    void *data)
{
	AUTO_FREE char *base = bytes_unescape(remote->s3->prefix, NULL), *whole = NULL, *token = NULL;
	const char *below = base && *base ? base + 1 : "";
	struct listener listener = { each, data };
	int r;

	whole = base ? text_format("%s%s%s", below, *below ? "/" : "", prefix) : NULL;
	if (!whole)
		return context_oom(ctx);
	for (unsigned pages = 0; pages < PAGES_MAX; pages++) {
		AUTO_FREE char *next = NULL;

		r = list_page(ctx, remote, whole, strlen(whole) - strlen(prefix), token, deep, &listener, &next);
		if (r != 0 || !next)
			return r;
		free(token);
		token = TAKE_POINTER(next);
	}
	return context_fail(ctx, EPROTO, "the list that the server %s sends of the bucket %s does not end", remote->host, remote->s3->bucket);
}
