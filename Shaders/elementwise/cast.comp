#version 450
// y = x in another storage type, rounded to nearest even. Runs over the padding too (0 stays 0).
// x, y: `octets` groups of eight elements.
//! variants: FROM = f32; TO = f16 bf16; WORDS = w32 w64
//! variants: FROM = f16; TO = f32 bf16; WORDS = w32 w64
//! variants: FROM = bf16; TO = f32 f16; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/flat.glsl"

layout(set = 0, binding = 0) readonly buffer X { OCTET(FROM) x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { OCTET(TO) y[]; };
layout(push_constant) uniform Push { uint octets; } p;

void main() {
    for (uint k = 0; k < FLAT_EACH; k++) {
        uint i = flatIndex(k);
        if (i < p.octets) { pack(y[i], unpack(x[i])); }
    }
}
