#version 450
// y[t] = table[tokens[t]] of a quantised table, as `embedding.comp` of one with plain numbers.
// tokens: i32, one a row of y; table: (rangeRows, D) in planes; y: (T, D), D a multiple of 32.
// One workgroup a row of y.
//! variants: A_TYPE = f32 f16 bf16; B_TYPE = q8_0 q4_0 q4_k q6_k
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "include/storage.glsl"
#include "include/octets.glsl"
layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LOCAL = 64;

layout(set = 0, binding = 0) readonly buffer Tokens { int tokens[]; };
layout(set = 0, binding = 1) writeonly buffer Y { A_TYPE y[]; };
#include "include/quantized.glsl"
layout(push_constant) uniform Push {
    uint pitchQuads;
    uint firstRow;
    uint rangeRows;
    uint tableRows;
} p;

void main() {
    uint t = gl_WorkGroupID.x;
    uint token = uint(tokens[t]); // a negative one becomes larger than any table
    if (token - p.firstRow < p.rangeRows) {
        for (uint q = gl_LocalInvocationID.x; q < p.pitchQuads; q += LOCAL) {
            pack(y[t * p.pitchQuads + q], dequantized(token - p.firstRow, q, p.pitchQuads));
        }
    } else if (token >= p.tableRows && p.firstRow == 0) {
        for (uint q = gl_LocalInvocationID.x; q < p.pitchQuads; q += LOCAL) {
            pack(y[t * p.pitchQuads + q], vec4(0));
        }
    }
}
