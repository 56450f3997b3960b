import CMalloc

/// Has the allocator keep what was freed for the next batch.
///
/// A batch of captures takes some ten megabytes and gives them back. Left alone, glibc returns them to the
/// system each time, and asks for them anew page by page: a twentieth of the time of a long stream.
func keepFreedMemory() {
  mallopt(M_TOP_PAD, 16 << 20)
  mallopt(M_TRIM_THRESHOLD, 256 << 20)
  mallopt(M_MMAP_THRESHOLD, 32 << 20)
}
