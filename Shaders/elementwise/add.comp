#version 450
// y = a + b. Runs over the padding too (0 + 0 = 0); y may be a or b.
// a, b, y: `octets` groups of eight elements.
//! variants: TYPE = f32 f16 bf16; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/flat.glsl"

layout(set = 0, binding = 0) readonly buffer A { OCTET(TYPE) a[]; };
layout(set = 0, binding = 1) readonly buffer B { OCTET(TYPE) b[]; };
layout(set = 0, binding = 2) writeonly buffer Y { OCTET(TYPE) y[]; };
layout(push_constant) uniform Push { uint octets; } p;

void main() {
    for (uint k = 0; k < FLAT_EACH; k++) {
        uint i = flatIndex(k);
        if (i < p.octets) {
            Octet first = unpack(a[i]);
            Octet second = unpack(b[i]);
            pack(y[i], Octet(first.low + second.low, first.high + second.high));
        }
    }
}
