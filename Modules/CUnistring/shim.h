#pragma once
#include <stdlib.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistring/version.h>

// UNINORM_NFC is a macro over a global, and the version a global variable: Swift 6 reads neither.
static inline uninorm_t keyfold_uninorm_nfc(void) { return UNINORM_NFC; }
static inline int keyfold_unistring_version(void) { return _libunistring_version; }
