/* The mail client of libcurl, with its variadic calls made typed: Swift sees no variadic C. */
#pragma once
#include <curl/curl.h>
#include <stddef.h>
#include <string.h>

/* The bytes that an upload still has to send. */
struct busker_upload {
    const char *bytes;
    size_t count;
    size_t sent;
};

/* The last bytes that the server said; it is cut, never overrun. */
struct busker_reply {
    char text[512];
    size_t count;
};

static inline size_t busker_curl_read(char *to, size_t size, size_t count, void *context)
{
    struct busker_upload *upload = context;
    size_t room = size * count;
    size_t left = upload->count - upload->sent;
    size_t piece = left < room ? left : room;
    memcpy(to, upload->bytes + upload->sent, piece);
    upload->sent += piece;
    return piece;
}

static inline size_t busker_curl_reply(char *from, size_t size, size_t count, void *context)
{
    struct busker_reply *reply = context;
    size_t all = size * count;
    size_t piece = all < sizeof reply->text ? all : sizeof reply->text;
    memcpy(reply->text, from, piece);
    reply->count = piece;
    return all;
}

static inline CURLcode busker_curl_set_text(CURL *handle, CURLoption option, const char *value)
{
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode busker_curl_set_number(CURL *handle, CURLoption option, long value)
{
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode busker_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value)
{
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode busker_curl_set_upload(CURL *handle, struct busker_upload *upload)
{
    CURLcode code = curl_easy_setopt(handle, CURLOPT_READFUNCTION, busker_curl_read);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_READDATA, upload);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)upload->count);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    return code;
}

static inline CURLcode busker_curl_set_reply(CURL *handle, struct busker_reply *reply)
{
    CURLcode code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, busker_curl_reply);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_HEADERDATA, reply);
    return code;
}

static inline long busker_curl_response(CURL *handle)
{
    long code = 0;
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}

static inline CURLcode busker_curl_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
