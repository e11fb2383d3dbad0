#version 450
// y[t] = x[t] + row: the same row added to every row, as a projection's bias is. Runs over the padding too (0 + 0 = 0);
// y may be x.
// x, y: `octets` groups of eight elements in rows of `pitch`; row: one of them.
//! variants: TYPE = f32 f16 bf16; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/flat.glsl"

layout(set = 0, binding = 0) readonly buffer X { OCTET(TYPE) x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { OCTET(TYPE) y[]; };
layout(set = 0, binding = 2) readonly buffer Row { OCTET(TYPE) row[]; };
layout(push_constant) uniform Push {
    uint octets;
    uint first; // octet of x, counted from its start, at which the bound part begins
    uint pitch; // octets from one row to the next
} p;

void main() {
    for (uint k = 0; k < FLAT_EACH; k++) {
        uint i = flatIndex(k);
        if (i < p.octets) {
            Octet value = unpack(x[i]);
            Octet bias = unpack(row[(p.first + i) % p.pitch]);
            pack(y[i], Octet(value.low + bias.low, value.high + bias.high));
        }
    }
}
