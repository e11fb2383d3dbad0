#version 450
// y += x. Runs over the padding too (0 + 0 = 0).
// x, y: `octets` groups of eight elements.
//! variants: FROM = f32 f16 bf16; TO = f32; WORDS = w32 w64
//! variants: FROM = f16; TO = f16; WORDS = w32 w64
//! variants: FROM = bf16; TO = bf16; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/flat.glsl"

layout(set = 0, binding = 0) readonly buffer X { OCTET(FROM) x[]; };
layout(set = 0, binding = 1) buffer Y { OCTET(TO) y[]; };
layout(push_constant) uniform Push { uint octets; } p;

void main() {
    for (uint k = 0; k < FLAT_EACH; k++) {
        uint i = flatIndex(k);
        if (i < p.octets) {
            Octet sum = unpack(y[i]);
            Octet term = unpack(x[i]);
            pack(y[i], Octet(sum.low + term.low, sum.high + term.high));
        }
    }
}
