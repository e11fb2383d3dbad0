#version 450
// loss[word] = (accumulate ? loss[word] : 0) + Σ_t nll[t]; the `padding` words after it become zero.
// nll: f32[T] as `quads` groups of four, its padding zero. One workgroup.
// Summation order: an invocation takes every 256th quad and then its four components; then 16 times 16 invocations in
// order.
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
layout(local_size_x = 256) in;

layout(set = 0, binding = 0) readonly buffer NLL { f32 nll[]; };
layout(set = 0, binding = 1) buffer Loss { float loss[]; };
layout(push_constant) uniform Push { uint quads; uint word; uint accumulate; uint padding; } p;

shared float sums[256];

void main() {
    uint lane = gl_LocalInvocationID.x;
    vec4 sum = vec4(0.0);
    for (uint i = lane; i < p.quads; i += 256u) sum += unpack(nll[i]);
    sums[lane] = (sum.x + sum.y) + (sum.z + sum.w);
    barrier();
    if (lane < 16u) {
        float partial = 0.0;
        for (uint i = 0u; i < 16u; ++i) partial += sums[lane * 16u + i];
        sums[lane * 16u] = partial;
    }
    barrier();
    if (lane == 0u) {
        float total = 0.0;
        for (uint i = 0u; i < 16u; ++i) total += sums[i * 16u];
        loss[p.word] = (p.accumulate != 0u ? loss[p.word] : 0.0) + total;
        for (uint i = 1u; i <= p.padding; ++i) loss[p.word + i] = 0.0;
    }
}
