#version 450
// The gradient of y = x · r · w, r = rsqrt(mean(x²) + epsilon), with respect to x:
//   dx = r · w · dy - x · r³/D · Σ_c w · dy · x
// and r itself, which the gradient of w wants.
// x, dy, dx: (rows, D); w: D; inverse: f32, one a row. dx may be x or dy.
// One workgroup a row; sums in the order of reduce.glsl, an invocation's own terms by ascending column first.
//! variants: TYPE = f32; WEIGHT = f32
//! variants: TYPE = f16; WEIGHT = f16 f32
//! variants: TYPE = bf16; WEIGHT = bf16 f32
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
    uint pitchOctets;
    float inverseColumns; // 1/D
    float epsilon;
} p;

void main() {
    uint row = gl_WorkGroupID.x;
    uint first = row * p.pitchOctets;
    vec4 squares = vec4(0);
    vec4 products = vec4(0);
    for (uint o = gl_LocalInvocationID.x; o < p.pitchOctets; o += LOCAL) {
        Octet v = unpack(x[first + o]);
        Octet d = unpack(dy[first + o]);
        Octet weight = unpack(w[o]);
        squares += v.low * v.low + v.high * v.high;
        products += weight.low * d.low * v.low + weight.high * d.high * v.high;
    }
    vec2 sums = workgroupSum(
        vec2(squares.x + squares.y + squares.z + squares.w, products.x + products.y + products.z + products.w));
    float r = inversesqrt(sums.x * p.inverseColumns + p.epsilon);
    float shrink = r * r * r * p.inverseColumns * sums.y;
    for (uint o = gl_LocalInvocationID.x; o < p.pitchOctets; o += LOCAL) {
        Octet v = unpack(x[first + o]);
        Octet d = unpack(dy[first + o]);
        Octet weight = unpack(w[o]);
        pack(dx[first + o],
             Octet(r * weight.low * d.low - shrink * v.low, r * weight.high * d.high - shrink * v.high));
    }
    if (gl_LocalInvocationID.x == 0) { inverse[row] = r; }
}
