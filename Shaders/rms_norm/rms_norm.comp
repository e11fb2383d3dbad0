#version 450
// y[t,c] = x[t,c] · rsqrt(mean_c(x[t,c]²) + epsilon) · w[c] (Zhang & Sennrich 2019, eq. 4).
// x, y: (rows, D); w: D; rows of `pitchOctets` groups of eight elements, padded with zeros. y may be x.
// One workgroup ROWS rows; sums in the order of reduce.glsl, an invocation's own terms by ascending column first.
//! variants: TYPE = f32; WEIGHT = f32; WORDS = w32 w64
//! variants: TYPE = f16; WEIGHT = f16 f32; WORDS = w32 w64
//! variants: TYPE = bf16; WEIGHT = bf16 f32; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/row.glsl"
#include "include/reduce.glsl"

layout(set = 0, binding = 0) readonly buffer X { OCTET(TYPE) x[]; };
layout(set = 0, binding = 1) readonly buffer W { OCTET(WEIGHT) w[]; };
layout(set = 0, binding = 2) writeonly buffer Y { OCTET(TYPE) y[]; };
layout(push_constant) uniform Push {
    uint rows;
    uint pitchOctets;
    float inverseColumns; // 1/D
    float epsilon;
} p;

float inverseRMS(uint first) {
    vec4 squares = vec4(0);
    for (uint o = gl_LocalInvocationID.x; o < p.pitchOctets; o += LOCAL) {
        Octet v = unpack(x[first + o]);
        squares += v.low * v.low + v.high * v.high;
    }
    float sum = workgroupSum(squares.x + squares.y + squares.z + squares.w);
    return inversesqrt(sum * p.inverseColumns + p.epsilon);
}

void main() {
    uint firstRow = gl_WorkGroupID.x * ROWS;
    uint count = min(ROWS, p.rows - firstRow);
    float inverses = 0;
    for (uint r = 0; r < count; r++) {
        inverses = keepForRow(inverses, inverseRMS((firstRow + r) * p.pitchOctets), r);
    }
    for (uint block = 0; block < p.pitchOctets; block += LOCAL) {
        uint o = block + gl_LocalInvocationID.x;
        bool inside = o < p.pitchOctets;
        Octet weight;
        if (inside) { weight = unpack(w[o]); }
        for (uint r = 0; r < count; r++) {
            float inverse = keptForRow(inverses, r);
            uint i = (firstRow + r) * p.pitchOctets + o;
            if (inside) {
                Octet v = unpack(x[i]);
                pack(y[i], Octet(v.low * inverse * weight.low, v.high * inverse * weight.high));
            }
        }
    }
}
