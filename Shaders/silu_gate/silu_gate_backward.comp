#version 450
// The gradients of y = silu(gate) · up, with s = 1 / (1 + exp(-gate)):
//   dgate = dy · up · s · (1 + gate · (1 - s)),   dup = dy · gate · s
// Runs over the padding too (0 stays 0). All: `octets` groups of eight elements; an output may be an input.
//! variants: TYPE = f32 f16 bf16; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/flat.glsl"

layout(set = 0, binding = 0) readonly buffer Gate { OCTET(TYPE) gate[]; };
layout(set = 0, binding = 1) readonly buffer Up { OCTET(TYPE) up[]; };
layout(set = 0, binding = 2) readonly buffer DY { OCTET(TYPE) dy[]; };
layout(set = 0, binding = 3) writeonly buffer DGate { OCTET(TYPE) dgate[]; };
layout(set = 0, binding = 4) writeonly buffer DUp { OCTET(TYPE) dup[]; };
layout(push_constant) uniform Push { uint octets; } p;

void differentiate(vec4 g, vec4 u, vec4 d, out vec4 dg, out vec4 du) {
    vec4 s = 1 / (1 + exp(-g));
    dg = d * u * s * (1 + g * (1 - s));
    du = d * g * s;
}

void main() {
    for (uint k = 0; k < FLAT_EACH; k++) {
        uint i = flatIndex(k);
        if (i < p.octets) {
            Octet g = unpack(gate[i]);
            Octet u = unpack(up[i]);
            Octet d = unpack(dy[i]);
            Octet dg, du;
            differentiate(g.low, u.low, d.low, dg.low, du.low);
            differentiate(g.high, u.high, d.high, dg.high, du.high);
            pack(dgate[i], dg);
            pack(dup[i], du);
        }
    }
}
