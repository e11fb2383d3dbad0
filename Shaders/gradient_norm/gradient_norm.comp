#version 450
// Sum of squares of one slab of gradients, one partial a workgroup, which owns a run of RUN octets.
// g: `octets` groups of eight f32.
// partials[firstPartial + workgroup] = (Σ g², Σ (g·2⁻⁸⁰)², largest bits of |g|, 0).
// The plain sum holds up to a norm of 2⁶⁴; beyond, the finishing pass takes the scaled one, which no finite gradient
// can overflow: (2¹²⁸·2⁻⁸⁰)² = 2⁹⁶ an element.
// Summation order: the run in eight parts; in each, an invocation takes every eighth octet, by fours; then the four components
// of an invocation, and 8 times 8 invocations in order.
//! variants: WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/control.glsl"
layout(local_size_x = 64) in;

layout(set = 0, binding = 0) readonly buffer G { OCTET(f32) g[]; };
layout(set = 0, binding = 1) writeonly buffer Partials { uvec4 partials[]; };
layout(push_constant) uniform Push { uint octets; uint firstPartial; } p;

const uint RUN = 2048u;
shared vec2 sums[64];
shared uint largests[64];

vec4 plain = vec4(0.0), scaled = vec4(0.0);
uvec4 largest = uvec4(0u);

void take(vec4 value) {
    vec4 small = value * 8.271806125530277e-25; // 2⁻⁸⁰
    plain += value * value;
    scaled += small * small;
    largest = max(largest, magnitudeBits(value));
}

void main() {
    // Eight invocations share a run of 256 octets: whole cache lines, one after another.
    uint lane = gl_LocalInvocationID.x;
    uint begin = gl_WorkGroupID.x * RUN + lane / 8u * 256u;
    uint end = min(begin + 256u, p.octets);
    for (uint i = begin + lane % 8u; i < end; i += 8u) {
        Octet value = unpack(g[i]);
        take(value.low);
        take(value.high);
    }
    sums[lane] = vec2((plain.x + plain.y) + (plain.z + plain.w), (scaled.x + scaled.y) + (scaled.z + scaled.w));
    largests[lane] = max(max(largest.x, largest.y), max(largest.z, largest.w));
    barrier();
    if (lane < 8u) {
        for (uint i = 1u; i < 8u; ++i) {
            sums[lane * 8u] += sums[lane * 8u + i];
            largests[lane * 8u] = max(largests[lane * 8u], largests[lane * 8u + i]);
        }
    }
    barrier();
    if (lane == 0u) {
        vec2 sum = sums[0];
        uint top = largests[0];
        for (uint i = 8u; i < 64u; i += 8u) {
            sum += sums[i];
            top = max(top, largests[i]);
        }
        partials[p.firstPartial + gl_WorkGroupID.x] = uvec4(floatBitsToUint(sum), top, 0u);
    }
}
