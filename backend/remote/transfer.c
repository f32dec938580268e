/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One request to a server, and what is to be thought of its answer. libcurl takes a wrong stretch, a whole file instead of one, and the page
 * of a proxy for answers as good as any.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "../core/bytes.h"
#include "remote_parts.h"

#define CONNECT_S 15L
#define STALL_S 30L      /* without a byte, or with so few that nobody would wait for the rest */
#define CRAWL 100L       /* bytes a second */
#define REDIRECTS 5L
#define SLOW_S 600L      /* the same, of a server that works before it answers */
#define REFUSAL_LIMIT (256u << 10) /* of the page that comes with an error; a longer one ends the connection */

/* ---- the answer ---- */

/* "bytes FIRST-LAST/TOTAL" or "bytes * /TOTAL" (RFC 9110, 14.4). TOTAL may be '*'. */
static bool read_content_range(const char *text, uint64_t *ret_first, uint64_t *ret_end, uint64_t *ret_total)
{
	unsigned long long first = 0, last = 0, total = REMOTE_SIZE_UNKNOWN;
	int end = 0;

	if (!text)
		return false;
	if (sscanf(text, "bytes %llu-%llu/%n", &first, &last, &end) < 2 && sscanf(text, "bytes */%n", &end) < 0)
		return false;
	if (!end || last < first || (strcmp(text + end, "*") && sscanf(text + end, "%llu", &total) != 1))
		return false;
	*ret_first = first;
	*ret_end = last + 1;
	*ret_total = total;
	return true;
}

static void read_version(struct transfer *transfer)
{
	const char *value = transfer_header(transfer, "ETag");
	/* The next question takes the value away. */
	AUTO_FREE char *tag = strdup(value ? value : "");
	const char *date = transfer_header(transfer, "Last-Modified");
	AUTO_FREE char *all = text_format("%s %s %" PRIu64, tag ? tag : "", date ? date : "", transfer->total);

	if (!all || digest_buffer(all, strlen(all), transfer->version) < 0)
		transfer->version[0] = '\0';
}

static bool is_web_page(const struct transfer *transfer)
{
	const char *type = transfer_header(transfer, "Content-Type");

	return type && !strncasecmp(type, "text/html", strlen("text/html"));
}

/* An answer to a request, with whatever it has. */
static bool begin_answer(struct transfer *transfer)
{
	const char *tag = transfer_header(transfer, "ETag");
	curl_off_t length = -1;

	if (curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) == CURLE_OK && length >= 0 && !transfer->head)
		transfer->total = (uint64_t)length;
	transfer->tag = tag ? strdup(tag) : NULL;
	transfer->fault = tag && !transfer->tag ? -ENOMEM : 0;
	if (is_web_page(transfer))
		transfer->broken = N_("it sent a web page instead of an answer, as a proxy or a login does");
	return !transfer->broken && !transfer->fault;
}

static bool is_good(const struct transfer *transfer)
{
	return transfer->status == 200 || (transfer->request ? transfer->status == 204 : transfer->status == 206);
}

/* Reads what was said before the first byte. False: it is not what was asked for. */
static bool begin(struct transfer *transfer)
{
	curl_off_t length = -1;

	transfer->begun = true;
	curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &transfer->status);
	transfer->total = transfer->stretch_end = REMOTE_SIZE_UNKNOWN;
	if (!is_good(transfer))
		return true;
	if (transfer->request)
		return begin_answer(transfer);
	if (transfer->status == 206) {
		if (!read_content_range(transfer_header(transfer, "Content-Range"), &transfer->at, &transfer->stretch_end, &transfer->total) ||
		    transfer->at != transfer->begin)
			transfer->broken = N_("it sent another part of the file than it was asked for");
	} else {
		transfer->at = 0;
		if (curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) == CURLE_OK && length >= 0)
			transfer->total = transfer->stretch_end = (uint64_t)length;
		if (!transfer->head)
			atomic_store(&transfer->remote->whole_only, true);
	}
	/* Some small servers call every stretch of a file a page. */
	if (transfer->status != 206 && is_web_page(transfer))
		transfer->broken = N_("it sent a web page instead of the file, as a proxy or a login does");
	read_version(transfer);
	transfer->changed = transfer->expected && *transfer->expected && strcmp(transfer->expected, transfer->version);
	return !transfer->broken && !transfer->changed;
}

static size_t on_data(char *bytes, size_t size, size_t count, void *data)
{
	struct transfer *transfer = data;
	size_t length = size * count, skipped = 0, taken = length;
	int r = 0;

	if (!transfer->begun && !begin(transfer))
		return 0;
	if (!is_good(transfer)) {
		transfer->at += length;
		if (transfer->remote->s3 && transfer->at <= REFUSAL_LIMIT && buffer_append(&transfer->refusal, bytes, length) < 0)
			transfer->fault = -ENOMEM;
		return transfer->at > REFUSAL_LIMIT ? 0 : length;
	}
	if (transfer->at < transfer->begin)
		skipped = transfer->begin - transfer->at < length ? (size_t)(transfer->begin - transfer->at) : length;
	transfer->at += length;
	if (transfer->at > transfer->end)
		taken = transfer->at - transfer->end < length ? length - (size_t)(transfer->at - transfer->end) : 0;
	if (taken > skipped)
		r = transfer->take(transfer->data, bytes + skipped, taken - skipped);
	transfer->fault = r < 0 ? r : 0;
	/* The rest of a file that was sent whole is not waited for. */
	transfer->enough = r == 1 || transfer->at > transfer->end;
	return r < 0 || transfer->enough ? 0 : length;
}

static int on_progress(void *data, curl_off_t wanted, curl_off_t come, curl_off_t to_send, curl_off_t sent)
{
	const struct transfer *transfer = data;

	(void)wanted;
	(void)come;
	(void)to_send;
	(void)sent;
	return atomic_load(&transfer->remote->stopped) || remote_is_late(transfer->remote);
}

/* ---- what is sent ---- */

static size_t on_send(char *buffer, size_t size, size_t count, void *data)
{
	struct transfer *transfer = data;
	size_t left = transfer->request->length - transfer->sent, length = size * count < left ? size * count : left;

	if (length)
		memcpy(buffer, (const char *)transfer->request->body + transfer->sent, length);
	transfer->sent += length;
	return length;
}

/* A connection that was idle too long is opened again, and what went into it is sent again. */
static int on_seek(void *data, curl_off_t offset, int origin)
{
	struct transfer *transfer = data;

	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > transfer->request->length)
		return CURL_SEEKFUNC_FAIL;
	transfer->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* ---- what is to be thought of it ---- */

/* Past the end of the file is no error: there are no bytes. */
static bool is_past_the_end(struct transfer *transfer)
{
	uint64_t first, end;

	if (transfer->status != 416 || !read_content_range(transfer_header(transfer, "Content-Range"), &first, &end, &transfer->total))
		return false;
	read_version(transfer);
	return transfer->total != REMOTE_SIZE_UNKNOWN && transfer->begin >= transfer->total;
}

/* A server may send less than it was asked for, and then says so. Where it said nothing of lengths the connection's end is the file's. */
static bool is_cut(const struct transfer *transfer)
{
	uint64_t end = transfer->total != REMOTE_SIZE_UNKNOWN ? transfer->total : transfer->stretch_end;

	if (end == REMOTE_SIZE_UNKNOWN || transfer->head || transfer->enough)
		return false;
	return transfer->at < (end < transfer->end ? end : transfer->end);
}

static int judge(struct context *ctx, struct transfer *transfer, CURLcode code, bool *ret_again)
{
	if (transfer->fault < 0)
		return transfer->fault;
	if (atomic_load(&transfer->remote->stopped))
		return -ECANCELED;
	if (transfer->broken)
		return context_fail(ctx, EPROTO, "the server %s: %s", transfer->remote->host, sentence_words(transfer->broken));
	*ret_again = transfer->changed;
	if (transfer->enough || transfer->changed)
		return 0;
	if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && transfer->status >= 400))
		return transfer_fail(ctx, transfer, code, ret_again);
	if (!transfer->begun && !begin(transfer))
		return judge(ctx, transfer, code, ret_again);
	if (!is_good(transfer) && transfer->remote->s3)
		return s3_refused(ctx, transfer, ret_again);
	if (!is_good(transfer))
		return is_past_the_end(transfer) ? 0 : transfer_refused(ctx, transfer, ret_again);
	if (is_cut(transfer))
		return transfer_fail(ctx, transfer, CURLE_PARTIAL_FILE, ret_again);
	return 0;
}

/* ---- the request ---- */

/* The file's whole address; names are escaped, what a person wrote stays as it is. New string. */
static char *print_url(CURL *curl, const struct remote *remote, const struct request *request, const char *name)
{
	const char *query = request ? request->query : remote->query;
	AUTO_BUFFER struct buffer escaped = { 0 };

	if (request && request->bucket)
		return text_format("%s://%s%s/%s%s", remote->scheme, remote->host, remote->s3->root, query ? "?" : "", query ? query : "");
	for (const char *part = name; *part;) {
		size_t length = strcspn(part, "/");
		char *text = length ? curl_easy_escape(curl, part, (int)length) : NULL;
		int r = buffer_append(&escaped, "/", 1);

		if (r == 0 && text)
			r = buffer_append(&escaped, text, strlen(text));
		curl_free(text);
		if (r < 0 || (length && !text))
			return NULL;
		part += length + (part[length] == '/');
	}
	return text_format("%s://%s%s%s%s%s", remote->scheme, remote->host, remote->path, escaped.data ? escaped.data : "",
			   query ? "?" : "", query ? query : "");
}

char *transfer_url(const struct remote *remote)
{
	const char *query = remote->query;

	return text_format("%s://%s%s%s%s%s", remote->scheme, remote->host, remote->path, remote->slash ? "/" : "", query ? "?" : "", query ? query : "");
}

/* libcurl's setters fail for no other reason here. */
int transfer_set_access(CURL *curl, const struct remote *remote)
{
	const struct access *access = &remote->access;
	bool encrypted = !strcmp(remote->scheme, "https");
	int bad = 0;

	if (!remote->s3)
		bad |= curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC | CURLAUTH_DIGEST);
	if (remote->user)
		bad |= curl_easy_setopt(curl, CURLOPT_USERNAME, remote->user);
	if (remote->password)
		bad |= curl_easy_setopt(curl, CURLOPT_PASSWORD, remote->password);
	if (!remote->user && !remote->s3 && access->netrc) {
		bad |= curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
		bad |= curl_easy_setopt(curl, CURLOPT_NETRC_FILE, access->netrc);
	}
	if (access->authorities) {
		struct curl_blob blob = { access->authorities, strlen(access->authorities), CURL_BLOB_NOCOPY };

		bad |= curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
	}
	if (access->client)
		bad |= curl_easy_setopt(curl, CURLOPT_SSLCERT, access->client);
	if (access->proxy)
		bad |= curl_easy_setopt(curl, CURLOPT_PROXY, access->proxy);
	bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, remote->scheme);
	/* Never from a checked server to one that anybody can be. */
	bad |= curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, encrypted ? "https" : "http,https");
	return bad ? -ENOMEM : 0;
}

/* The stretch of a file. */
static int set_range(const struct transfer *transfer)
{
	AUTO_FREE char *range = transfer->end == UINT64_MAX ? text_format("%" PRIu64 "-", transfer->begin) :
							      text_format("%" PRIu64 "-%" PRIu64, transfer->begin, transfer->end - 1);

	if (!range)
		return -ENOMEM;
	if (transfer->head)
		return curl_easy_setopt(transfer->curl, CURLOPT_NOBODY, 1L) ? -ENOMEM : 0;
	return curl_easy_setopt(transfer->curl, CURLOPT_RANGE, range) ? -ENOMEM : 0;
}

static int set_method(struct transfer *transfer)
{
	const struct request *request = transfer->request;
	CURL *curl = transfer->curl;
	int bad = 0;

	if (!strcmp(request->method, "PUT")) {
		bad |= curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
		bad |= curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->length);
		bad |= curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
		bad |= curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_send);
		bad |= curl_easy_setopt(curl, CURLOPT_READDATA, transfer);
		bad |= curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
		bad |= curl_easy_setopt(curl, CURLOPT_SEEKDATA, transfer);
	} else if (!strcmp(request->method, "POST")) {
		bad |= curl_easy_setopt(curl, CURLOPT_POST, 1L);
		bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->length);
		bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body ? request->body : "");
	} else if (!strcmp(request->method, "HEAD")) {
		bad |= curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	} else if (strcmp(request->method, "GET")) {
		bad |= curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	}
	return bad ? -ENOMEM : 0;
}

static int set_request(struct transfer *transfer, struct curl_slist **ret_headers)
{
	AUTO_FREE char *url = print_url(transfer->curl, transfer->remote, transfer->request, transfer->name);
	long stall = transfer->request && transfer->request->slow ? SLOW_S : STALL_S;
	CURL *curl = transfer->curl;
	int bad = 0;

	if (!url || transfer_set_access(curl, transfer->remote) < 0)
		return -ENOMEM;
	bad |= curl_easy_setopt(curl, CURLOPT_URL, url);
	bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "lifeboat");
	/* A signed request is good for one address only. */
	bad |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, transfer->remote->s3 ? 0L : 1L);
	bad |= curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS);
	bad |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	bad |= curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, stall == STALL_S ? CRAWL : 1L);
	bad |= curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, stall);
	bad |= curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 512L << 10);
	bad |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->text);
	bad |= curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	bad |= curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	bad |= curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
	bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	bad |= transfer->request ? set_method(transfer) : set_range(transfer);
	bad |= transfer->remote->s3 ? s3_sign(transfer, ret_headers) : 0;
	return bad ? -ENOMEM : 0;
}

static CURL *take_handle(struct remote *remote)
{
	CURL *curl = NULL;

	pthread_mutex_lock(&remote->lock);
	if (remote->idle_count)
		curl = remote->idle[--remote->idle_count];
	pthread_mutex_unlock(&remote->lock);
	return curl ? curl : curl_easy_init();
}

/* One that failed is not taken again: its connection is gone, and libcurl 7.88 then takes a name that is not known for a lack of memory.
 * Nothing of the transfer stays in it: its buffer for errors, which libcurl may write to when it closes a connection, ends with it. */
static void give_handle(struct remote *remote, CURL *curl, bool good)
{
	curl_easy_reset(curl);
	pthread_mutex_lock(&remote->lock);
	if (good && remote->idle_count < HANDLES)
		remote->idle[remote->idle_count++] = TAKE_POINTER(curl);
	pthread_mutex_unlock(&remote->lock);
	curl_easy_cleanup(curl);
}

int transfer_run(struct context *ctx, struct transfer *transfer, bool *ret_again)
{
	struct curl_slist *headers = NULL;
	CURLcode code;
	int r;

	*ret_again = false;
	transfer->curl = take_handle(transfer->remote);
	if (!transfer->curl)
		return context_oom(ctx);
	r = set_request(transfer, &headers);
	code = r == 0 ? curl_easy_perform(transfer->curl) : CURLE_OUT_OF_MEMORY;
	r = judge(ctx, transfer, code, ret_again);
	give_handle(transfer->remote, TAKE_POINTER(transfer->curl), code == CURLE_OK);
	curl_slist_free_all(headers);
	return r;
}

void transfer_done(struct transfer *transfer)
{
	free(transfer->tag);
	buffer_done(&transfer->refusal);
	transfer->tag = NULL;
}
