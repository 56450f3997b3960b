#pragma once

// Allocations of the calling thread since it began.
unsigned long keyfold_bench_allocations(void);
