#pragma once
#include <zlib.h>

// A macro, which Swift does not see; 16 asks for a gzip header and trailer.
static inline int keyfold_gunzip_init(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
