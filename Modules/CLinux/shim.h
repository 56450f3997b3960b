#pragma once
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Members of the C library's structures belong to whichever module came to include their header first, so Swift
// touches none of them.

// An extension that string.h shows only to those who ask before anybody includes it.
void *memmem(const void *text, size_t count, const void *part, size_t partCount);

// Whether one string of bytes is in another.
static inline bool keyfold_contains(const void *text, size_t count, const void *part, size_t partCount) {
  return memmem(text, count, part, partCount) != NULL;
}

// Lets two paths change places, in one step (renameat2(2)); -1 and errno where they cannot.
static inline int keyfold_exchange(const char *a, const char *b) {
  return (int)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2u /* RENAME_EXCHANGE */);
}

static inline uint64_t keyfold_monotonic_nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// Keeps the process's signals off the calling thread, and gives it a name for people who look.
static inline void keyfold_prepare_thread(void) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  prctl(PR_SET_NAME, "keyfold-http");
}
