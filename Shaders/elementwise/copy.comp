#version 450
// y = x, bit for bit, whatever the type. x, y: `units` groups of 16 bytes.
//! variants: WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/flat.glsl"

layout(set = 0, binding = 0) readonly buffer X { Bytes16 x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { Bytes16 y[]; };
layout(push_constant) uniform Push { uint units; } p;

void main() {
    for (uint k = 0; k < FLAT_EACH; k++) {
        uint i = flatIndex(k);
        if (i < p.units) { y[i] = x[i]; }
    }
}
