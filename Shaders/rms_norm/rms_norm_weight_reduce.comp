#version 450
// dw[c] = Σ_k partial[k,c] by ascending k, or dw[c] += that.
// partial: (chunks, D) f32; dw: D, f32. An invocation owns an octet of columns.
//! variants: WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LOCAL = 64;

layout(set = 0, binding = 0) readonly buffer Partial { OCTET(f32) partial[]; };
layout(set = 0, binding = 1) buffer DW { OCTET(f32) dw[]; };
layout(push_constant) uniform Push {
    uint chunks;
    uint pitchOctets;
    uint accumulate;
} p;

void main() {
    uint o = gl_GlobalInvocationID.x;
    if (o >= p.pitchOctets) { return; }
    Octet sum = Octet(vec4(0), vec4(0));
    for (uint chunk = 0; chunk < p.chunks; chunk++) {
        Octet term = unpack(partial[chunk * p.pitchOctets + o]);
        sum.low += term.low;
        sum.high += term.high;
    }
    if (p.accumulate != 0) {
        Octet old = unpack(dw[o]);
        sum = Octet(old.low + sum.low, old.high + sum.high);
    }
    pack(dw[o], sum);
}
