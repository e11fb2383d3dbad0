#version 450
// y[t,c] = x[t,c] · rsqrt(mean_c(x[t,c]²) + epsilon) · w[c] (Zhang & Sennrich 2019, eq. 4).
// x, y: (rows, D); w: D; rows of `pitchOctets` groups of eight elements, padded with zeros. y may be x.
// A workgroup takes `workgroupRows` rows, ROWS at a time. Of each row an invocation keeps the first CACHED octets that
// it reads, and the weight's: they are read once. Sums are in the order of reduce.glsl, an invocation's own terms by
// ascending column first, whatever CACHED is.
//! variants: TYPE = f32; WEIGHT = f32; WORDS = w32 w64
//! variants: TYPE = f16; WEIGHT = f16 f32; WORDS = w32 w64
//! variants: TYPE = bf16; WEIGHT = bf16 f32; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/row.glsl"
#include "include/reduce.glsl"

layout(constant_id = 2) const uint CACHED = 4; // CACHED * LOCAL octets at the most in a row
const uint SLOTS = CACHED > 0 ? CACHED : 1;

layout(set = 0, binding = 0) readonly buffer X { OCTET(TYPE) x[]; };
layout(set = 0, binding = 1) readonly buffer W { OCTET(WEIGHT) w[]; };
layout(set = 0, binding = 2) writeonly buffer Y { OCTET(TYPE) y[]; };
layout(push_constant) uniform Push {
    uint rows;
    uint workgroupRows;
    uint pitchOctets;
    float inverseColumns; // 1/D
    float epsilon;
} p;

vec4 squared(Octet v) { return v.low * v.low + v.high * v.high; }

Octet normalised(Octet v, float inverse, Octet weight) {
    return Octet(v.low * inverse * weight.low, v.high * inverse * weight.high);
}

void main() {
    uint lane = gl_LocalInvocationID.x;
    Octet weights[SLOTS];
    for (uint k = 0; k < CACHED; k++) { weights[k] = unpack(w[k * LOCAL + lane]); }
    uint begin = gl_WorkGroupID.x * p.workgroupRows;
    uint end = min(begin + p.workgroupRows, p.rows);
    for (uint firstRow = begin; firstRow < end; firstRow += ROWS) {
        uint count = min(ROWS, end - firstRow);
        float inverses = 0;
        for (uint r = 0; r < count; r++) {
            uint first = (firstRow + r) * p.pitchOctets;
            vec4 squares = vec4(0);
            Octet kept[SLOTS];
            for (uint k = 0; k < CACHED; k++) {
                kept[k] = unpack(x[first + k * LOCAL + lane]);
                squares += squared(kept[k]);
            }
            for (uint o = CACHED * LOCAL + lane; o < p.pitchOctets; o += LOCAL) {
                squares += squared(unpack(x[first + o]));
            }
            float sum = workgroupSum(squares.x + squares.y + squares.z + squares.w);
            float inverse = inversesqrt(sum * p.inverseColumns + p.epsilon);
            for (uint k = 0; k < CACHED; k++) {
                pack(y[first + k * LOCAL + lane], normalised(kept[k], inverse, weights[k]));
            }
            inverses = keepForRow(inverses, inverse, r);
        }
        // What was not kept is read again, the weight once for all the rows.
        for (uint block = CACHED * LOCAL; block < p.pitchOctets; block += LOCAL) {
            uint o = block + lane;
            bool inside = o < p.pitchOctets;
            Octet weight;
            if (inside) { weight = unpack(w[o]); }
            for (uint r = 0; r < count; r++) {
                float inverse = keptForRow(inverses, r);
                uint i = (firstRow + r) * p.pitchOctets + o;
                if (inside) { pack(y[i], normalised(unpack(x[i]), inverse, weight)); }
            }
        }
    }
}
