#version 450
// The gradient of y = x · r · w, r = rsqrt(mean(x²) + epsilon), with respect to x:
//   dx = r · w · dy - x · r³/D · Σ_c w · dy · x
// and r itself, which the gradient of w wants.
// x, dy, dx: (rows, D); w: D; inverse: f32, one a row. dx may be x or dy.
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
layout(set = 0, binding = 2) readonly buffer DY { OCTET(TYPE) dy[]; };
layout(set = 0, binding = 3) writeonly buffer DX { OCTET(TYPE) dx[]; };
layout(set = 0, binding = 4) writeonly buffer Inverse { float inverse[]; };
layout(push_constant) uniform Push {
    uint rows;
    uint pitchOctets;
    float inverseColumns; // 1/D
    float epsilon;
} p;

// Σ x² and Σ w · dy · x of a row.
vec2 sums(uint first) {
    vec4 squares = vec4(0);
    vec4 products = vec4(0);
    for (uint o = gl_LocalInvocationID.x; o < p.pitchOctets; o += LOCAL) {
        Octet v = unpack(x[first + o]);
        Octet d = unpack(dy[first + o]);
        Octet weight = unpack(w[o]);
        squares += v.low * v.low + v.high * v.high;
        products += weight.low * d.low * v.low + weight.high * d.high * v.high;
    }
    return workgroupSum(
        vec2(squares.x + squares.y + squares.z + squares.w, products.x + products.y + products.z + products.w));
}

void main() {
    uint firstRow = gl_WorkGroupID.x * ROWS;
    uint count = min(ROWS, p.rows - firstRow);
    float inverses = 0;
    float shrinks = 0;
    for (uint r = 0; r < count; r++) {
        vec2 both = sums((firstRow + r) * p.pitchOctets);
        float inverse_ = inversesqrt(both.x * p.inverseColumns + p.epsilon);
        inverses = keepForRow(inverses, inverse_, r);
        shrinks = keepForRow(shrinks, inverse_ * inverse_ * inverse_ * p.inverseColumns * both.y, r);
    }
    for (uint block = 0; block < p.pitchOctets; block += LOCAL) {
        uint o = block + gl_LocalInvocationID.x;
        bool inside = o < p.pitchOctets;
        Octet weight;
        if (inside) { weight = unpack(w[o]); }
        for (uint r = 0; r < count; r++) {
            float scale = keptForRow(inverses, r);
            float shrink = keptForRow(shrinks, r);
            uint i = (firstRow + r) * p.pitchOctets + o;
            if (inside) {
                Octet v = unpack(x[i]);
                Octet d = unpack(dy[i]);
                pack(dx[i],
                     Octet(scale * weight.low * d.low - shrink * v.low,
                           scale * weight.high * d.high - shrink * v.high));
            }
        }
    }
    // Invocation r holds row r's value: with one row, the first does.
    if (gl_LocalInvocationID.x < count) { inverse[firstRow + gl_LocalInvocationID.x] = inverses; }
}
