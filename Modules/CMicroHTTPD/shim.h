#pragma once
#include <microhttpd.h>

// Variadic functions cannot be called from Swift.

// Paths and queries are taken apart by whoever knows what stands in them: a value may hold '/' and '%'.
static size_t keyfold_leave_escaped(void *context, struct MHD_Connection *connection, char *text) {
  size_t length = 0;
  (void)context;
  (void)connection;
  while (text[length] != '\0') length++;
  return length;
}

// Starts to serve a socket that listens; certificate and key are PEM texts or NULL. Returns NULL where that fails.
static inline struct MHD_Daemon *keyfold_serve(
    int socket, unsigned int threads, unsigned int connections, unsigned int timeout_seconds,
    const char *certificate, const char *key, MHD_AccessHandlerCallback handle,
    MHD_RequestCompletedCallback completed, void *context) {
  unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME;
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)certificate},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key},
      {MHD_OPTION_END, 0, NULL},
  };
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  if (certificate != NULL) flags |= MHD_USE_TLS;
  return MHD_start_daemon(
      flags, 0, NULL, NULL, handle, context, MHD_OPTION_LISTEN_SOCKET, (MHD_socket)socket,
      MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_LIMIT, connections,
      MHD_OPTION_CONNECTION_TIMEOUT, timeout_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)65536,
      MHD_OPTION_UNESCAPE_CALLBACK, &keyfold_leave_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED, completed, context,
      MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY, certificate != NULL ? tls : none, MHD_OPTION_END);
}
