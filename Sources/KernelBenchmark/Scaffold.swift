// KernelBenchmark
