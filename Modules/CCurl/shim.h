#pragma once
#include <curl/curl.h>

// Swift calls no variadic functions, and curl's checks of their arguments are macros around them.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

static inline CURLcode keyfold_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode keyfold_set_text(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode keyfold_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode keyfold_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode keyfold_set_writer(CURL *easy, CURLoption option, curl_write_callback value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode keyfold_set_opener(CURL *easy, curl_opensocket_callback value) {
  return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, value);
}
static inline CURLcode keyfold_set_closer(CURL *easy, curl_closesocket_callback value, void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, value);
  return code ? code : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, context);
}
static inline CURLcode keyfold_set_prerequest(CURL *easy, curl_prereq_callback value) {
  return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, value);
}
// What no call of ours ever does, whatever it is. Signals, the environment's proxies and the user's files are the
// host's business; credentials follow nothing; servers are who they say they are.
// NULL for the system's authorities, and for no certificate of our own; a proxy of "" is none.
static inline CURLcode keyfold_restrict(
  CURL *easy, const char *protocols, const char *proxy, const char *authorities, const char *certificate,
  const char *key) {
  const struct { CURLoption option; long value; } numbers[] = {
    {CURLOPT_NOSIGNAL, 1}, {CURLOPT_FOLLOWLOCATION, 0}, {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1}, {CURLOPT_PATH_AS_IS, 1}, {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2}, {CURLOPT_SSL_VERIFYPEER, 1}, {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2}, {CURLOPT_PROXY_SSL_VERIFYPEER, 1},
    {CURLOPT_PROXY_SSL_VERIFYHOST, 2},
    // Otherwise a call that ends while its name is being looked up would wait for the end of that.
    {CURLOPT_QUICK_EXIT, 1},
  };
  CURLcode code = CURLE_OK;
  for(size_t i = 0; !code && i < sizeof numbers / sizeof *numbers; i++)
    code = curl_easy_setopt(easy, numbers[i].option, numbers[i].value);
  if(!code) code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols);
  if(!code) code = curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
  if(!code) code = curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  // The system's folder would be trusted beside the file, and keep libcurl from remembering what is in the file.
  if(!code) code = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  if(!code) code = curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
  if(!code && authorities) code = curl_easy_setopt(easy, CURLOPT_CAINFO, authorities);
  // Without a proxy it matters to nobody, and libcurl would copy it for each request.
  if(!code && (authorities || !*proxy))
    code = curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, *proxy ? authorities : NULL);
  if(!code && certificate) code = curl_easy_setopt(easy, CURLOPT_SSLCERT, certificate);
  if(!code && key) code = curl_easy_setopt(easy, CURLOPT_SSLKEY, key);
  return code;
}
static inline CURLcode keyfold_get_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode keyfold_get_pointer(CURL *easy, CURLINFO info, void **value) {
  return curl_easy_getinfo(easy, info, value);
}
static inline CURLMcode keyfold_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode keyfold_multi_watch(
  CURLM *multi, curl_socket_callback sockets, curl_multi_timer_callback timer, void *context) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, sockets);
  if(!code) code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  if(!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
  if(!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
  return code;
}
static inline CURLcode keyfold_result(const CURLMsg *message) { return message->data.result; }
