#version 450
// y = silu(gate) · up with silu(g) = g / (1 + exp(-g)) (Shazeer 2020, SwiGLU). Runs over the padding too (0 stays 0).
// gate, up, y: `octets` groups of eight elements; y may be gate or up.
//! variants: TYPE = f32 f16 bf16; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/flat.glsl"

layout(set = 0, binding = 0) readonly buffer Gate { OCTET(TYPE) gate[]; };
layout(set = 0, binding = 1) readonly buffer Up { OCTET(TYPE) up[]; };
layout(set = 0, binding = 2) writeonly buffer Y { OCTET(TYPE) y[]; };
layout(push_constant) uniform Push { uint octets; } p;

vec4 gated(vec4 g, vec4 u) { return g / (1 + exp(-g)) * u; }

void main() {
    for (uint k = 0; k < FLAT_EACH; k++) {
        uint i = flatIndex(k);
        if (i < p.octets) {
            Octet g = unpack(gate[i]);
            Octet u = unpack(up[i]);
            pack(y[i], Octet(gated(g.low, u.low), gated(g.high, u.high)));
        }
    }
}
