#version 450
// y = x W transposed for few rows of x, a lane to four rows of W: include/matvec.glsl.
//
// One workgroup is one subgroup. A lane reads its rows of W 32 elements at a time; the lanes share the reading of x, and
// hand it to each other by shuffles. For CPU drivers, where the loads of neighbouring lanes are separate anyway. An
// element of y is a sum over k ascending, one fma a term in f32: the bits of the matrix product, however many rows.
//! variants: A_TYPE = f32; B_TYPE = f32 q8_0 q4_0 q4_k q6_k
//! variants: A_TYPE = f16; B_TYPE = f16 q8_0 q4_0 q4_k q6_k
//! variants: A_TYPE = bf16; B_TYPE = bf16 q8_0 q4_0 q4_k q6_k
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 8;
// Rows of x, those past the last repeated.
layout(constant_id = 1) const uint ROWS = 1;
layout(constant_id = 2) const bool Y_IS_SINGLE = true;
#include "include/storage.glsl"
#include "include/matvec.glsl"

// Quads of a block of one row of x that a lane reads.
const uint QUADS_X = (8 + LANES - 1) / LANES;

void main() {
    uint lane = gl_LocalInvocationID.x;
    uint quad = gl_WorkGroupID.x * LANES + lane;
    uint first = gl_WorkGroupID.y * ROWS;
    vec4 sums[ROWS];
    [[unroll]] for (uint r = 0; r < ROWS; r++) sums[r] = vec4(0);

    for (uint block = 0; block < (p.wPitch + 7) / 8; block++) {
        vec4 share[ROWS * QUADS_X]; // quad f of the block of row r is share[r * QUADS_X + f / LANES] of lane f % LANES
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            [[unroll]] for (uint i = 0; i < QUADS_X; i++) {
                share[r * QUADS_X + i] = loadX(first + r, 8 * block + min(i * LANES + lane, 7));
            }
        }
        [[unroll]] for (uint j = 0; j < 4; j++) {
            vec4 terms[8];
            loadBlock(4 * quad + j, block, terms);
            [[unroll]] for (uint r = 0; r < ROWS; r++) {
                float sum = sums[r][j];
                [[unroll]] for (uint f = 0; f < 8; f++) {
                    [[unroll]] for (uint i = 0; i < 4; i++) {
                        sum = fma(subgroupShuffle(share[r * QUADS_X + f / LANES][i], f % LANES), terms[f][i], sum);
                    }
                }
                sums[r][j] = sum;
            }
        }
    }
    [[unroll]] for (uint r = 0; r < ROWS; r++) store(first + r, quad, sums[r]);
}
