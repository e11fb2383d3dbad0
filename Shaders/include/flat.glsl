// The index space of element-wise kernels: octets 0..<n, a workgroup taking 256 consecutive ones, an invocation four.
// The invocations of a run interleave theirs, so that a subgroup's accesses are contiguous (coalesced on a GPU) and
// follow one another in memory (prefetched on a CPU). RUN is the device's subgroup size; it changes speed alone.
//
//   for (uint k = 0; k < FLAT_EACH; k++) { uint i = flatIndex(k); if (i < p.octets) { ... } }

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint RUN = 8;

const uint FLAT_EACH = 4;

uint flatIndex(uint k) {
    uint invocation = gl_GlobalInvocationID.x;
    return invocation / RUN * (RUN * FLAT_EACH) + k * RUN + invocation % RUN;
}
