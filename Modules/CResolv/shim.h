#pragma once
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <resolv.h>

// What the library gives as macros.
static inline int keyfold_ns_flag(ns_msg message, ns_flag flag) { return ns_msg_getflag(message, flag); }
static inline int keyfold_ns_count(ns_msg message, ns_sect section) { return ns_msg_count(message, section); }
