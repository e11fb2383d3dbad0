#version 450
// y = x W transposed for few rows of x, a lane to each row of W: include/matvec.glsl.
//
// One workgroup is one subgroup. A lane reads its rows of W 64 elements at a time; the lanes share the reading of x, and
// hand it to each other by shuffles. For CPU drivers, where the loads of neighbouring lanes are separate anyway. An
// element of y is a sum over k ascending, one fma a term in f32: the bits of the matrix product, however many rows.
//! variants: A_TYPE = f32; B_TYPE = f32; WORDS = w32 w64
//! variants: A_TYPE = f32; B_TYPE = q8_0 q4_0 q4_k q6_k; WORDS = w32
//! variants: A_TYPE = f16; B_TYPE = f16 q8_0 q4_0 q4_k q6_k; WORDS = w32
//! variants: A_TYPE = bf16; B_TYPE = bf16 q8_0 q4_0 q4_k q6_k; WORDS = w32
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 8;
// Rows of W of a lane.
layout(constant_id = 1) const uint COLUMNS = 2;
// Rows of x, those past the last repeated.
layout(constant_id = 2) const uint ROWS = 1;
layout(constant_id = 3) const bool Y_IS_SINGLE = true;
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/matvec.glsl"

// Quads of two blocks of one row of x that a lane reads.
const uint SHARE = (16 + LANES - 1) / LANES;

void main() {
    uint lane = gl_LocalInvocationID.x;
    uint first = gl_WorkGroupID.y * ROWS;
    float sums[ROWS * COLUMNS];
    [[unroll]] for (uint i = 0; i < ROWS * COLUMNS; i++) sums[i] = 0.0;

    for (uint block = 0; block < (p.wPitch + 7) / 8; block += 2) {
        vec4 x[ROWS * SHARE]; // quad f of row r is x[r * SHARE + f / LANES] of lane f % LANES
        [[unroll]] for (uint i = 0; i < ROWS * SHARE; i++) {
            x[i] = loadX(first + i / SHARE, 8 * block + min(i % SHARE * LANES + lane, 15));
        }
        [[unroll]] for (uint j = 0; j < COLUMNS; j++) {
            uint row = (gl_WorkGroupID.x * COLUMNS + j) * LANES + lane;
            Scales scales = readScales(row, block);
            [[unroll]] for (uint half_ = 0; half_ < 2; half_++) {
                vec4 terms[8];
                loadBlock(row, block + half_, scales, terms);
                [[unroll]] for (uint r = 0; r < ROWS; r++) {
                    float sum = sums[r * COLUMNS + j];
                    [[unroll]] for (uint i = 0; i < 32; i++) {
                        uint f = 8 * half_ + i / 4;
                        sum = fma(subgroupShuffle(x[r * SHARE + f / LANES][i % 4], f % LANES), terms[i / 4][i % 4], sum);
                    }
                    sums[r * COLUMNS + j] = sum;
                }
            }
        }
    }
    // The first quarter of the lanes collect the elements of a quad each.
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        [[unroll]] for (uint j = 0; j < COLUMNS; j++) {
            vec4 value;
            [[unroll]] for (uint i = 0; i < 4; i++) {
                value[i] = subgroupShuffle(sums[r * COLUMNS + j], min(4 * lane + i, LANES - 1));
            }
            if (lane < LANES / 4) store(first + r, (gl_WorkGroupID.x * COLUMNS + j) * (LANES / 4) + lane, value);
        }
    }
}
