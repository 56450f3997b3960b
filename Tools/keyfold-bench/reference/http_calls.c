// The plain way to make many calls with libcurl: one multi handle, curl_multi_perform and curl_multi_poll, an easy
// handle for each call on its way, used again for the next. What Keyfold's calls are measured against.
//
//   cc -O2 -o http_calls http_calls.c -lcurl
//   ./http_calls URL COUNT IN-FLIGHT [CERTIFICATE-AUTHORITIES]
//
// Call number N goes to URL with N behind it. Every answer must be 200 and have a body.
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call {
  CURL *easy;
  char *url;
  size_t url_size;
  char *body;
  size_t length, capacity;
};

static const char *base;
static long count, begun, answered;

static size_t take(char *bytes, size_t size, size_t n, void *context) {
  struct call *call = context;
  size_t more = size * n;
  if(call->length + more > 65536) return 0;
  if(call->length + more > call->capacity) {
    call->capacity = (call->length + more) * 2;
    call->body = realloc(call->body, call->capacity);
    if(!call->body) abort();
  }
  memcpy(call->body + call->length, bytes, more);
  call->length += more;
  return more;
}

static void begin(CURLM *multi, struct call *call) {
  call->length = 0;
  snprintf(call->url, call->url_size, "%s%ld", base, begun++);
  curl_easy_setopt(call->easy, CURLOPT_URL, call->url);
  if(curl_multi_add_handle(multi, call->easy)) abort();
}

int main(int argc, char **argv) {
  if(argc < 4) return 64;
  base = argv[1];
  count = atol(argv[2]);
  long in_flight = atol(argv[3]);
  int is_plain = !strncmp(base, "http:", 5);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM *multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 256L);

  struct call *calls = calloc((size_t)in_flight, sizeof *calls);
  for(long i = 0; i < in_flight && begun < count; i++) {
    struct call *call = &calls[i];
    call->easy = curl_easy_init();
    call->url_size = strlen(base) + 32;
    call->url = malloc(call->url_size);
    curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(call->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS, 10000L);
    curl_easy_setopt(call->easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(call->easy, CURLOPT_HTTP_VERSION, is_plain ? (long)CURL_HTTP_VERSION_1_1 : (long)CURL_HTTP_VERSION_2TLS);
    if(argc > 4) {
      curl_easy_setopt(call->easy, CURLOPT_CAINFO, argv[4]);
      curl_easy_setopt(call->easy, CURLOPT_CAPATH, NULL);
    }
    begin(multi, call);
  }

  int running = 1;
  while(answered < count) {
    curl_multi_perform(multi, &running);
    CURLMsg *message;
    int left, again = 0;
    while((message = curl_multi_info_read(multi, &left))) {
      if(message->msg != CURLMSG_DONE) continue;
      CURL *easy = message->easy_handle;
      CURLcode code = message->data.result;
      struct call *call;
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      if(code || status != 200 || !call->length) {
        fprintf(stderr, "http_calls: %s: %s, status %ld\n", call->url, curl_easy_strerror(code), status);
        return 1;
      }
      answered++;
      curl_multi_remove_handle(multi, easy);
      if(begun < count) {
        begin(multi, call);
        again = 1;
      }
    }
    if(!again && answered < count) curl_multi_poll(multi, NULL, 0, 1000, NULL);
  }
  for(long i = 0; i < in_flight; i++) {
    curl_easy_cleanup(calls[i].easy);
    free(calls[i].body);
    free(calls[i].url);
  }
  free(calls);
  curl_multi_cleanup(multi);
  curl_global_cleanup();
  return 0;
}
