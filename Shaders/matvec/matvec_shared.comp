#version 450
// y = x W transposed for few rows of x, a workgroup of 64 to four rows of W: include/matvec.glsl.
//
// Invocation i sums blocks i, i + 64, ... of 32 terms, one fma a term in f32; the 64 sums are added in a tree through
// shared memory: i and i + 32, then i and i + 16, down to one. The order depends on nothing but K, whatever the
// device's subgroups and however many the rows. For GPUs, where neighbours read neighbouring memory together.
//! variants: A_TYPE = f32; B_TYPE = f32 q8_0 q4_0 q4_k q6_k
//! variants: A_TYPE = f16; B_TYPE = f16 q8_0 q4_0 q4_k q6_k
//! variants: A_TYPE = bf16; B_TYPE = bf16 q8_0 q4_0 q4_k q6_k
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x = 64) in;
// Rows of x, those past the last repeated.
layout(constant_id = 0) const uint ROWS = 1;
layout(constant_id = 1) const bool Y_IS_SINGLE = true;
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/matvec.glsl"

shared vec4 partial[ROWS * 64];

void main() {
    uint local = gl_LocalInvocationID.x;
    uint quad = gl_WorkGroupID.x;
    uint first = gl_WorkGroupID.y * ROWS;
    vec4 sums[ROWS];
    [[unroll]] for (uint r = 0; r < ROWS; r++) sums[r] = vec4(0);

    // One loop over blocks and, within a block, the four rows of W. As two, compilers keep x of all rows and a whole block
    // in registers over the inner one, and spill.
    uint blocks = (p.wPitch + 7) / 8;
    for (uint round = 0; local + round / 4 * 64 < blocks; round++) {
        uint block = local + round / 4 * 64;
        uint j = round % 4;
        bvec4 column = equal(uvec4(j), uvec4(0, 1, 2, 3));
        vec4 terms[8];
        loadBlock(4 * quad + j, block, readScales(4 * quad + j, block), terms);
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            float sum = mix(mix(sums[r].x, sums[r].y, column.y), mix(sums[r].z, sums[r].w, column.w), j >= 2);
            [[unroll]] for (uint f = 0; f < 8; f++) {
                vec4 value = loadX(first + r, 8 * block + f);
                [[unroll]] for (uint i = 0; i < 4; i++) sum = fma(value[i], terms[f][i], sum);
            }
            sums[r] = mix(sums[r], vec4(sum), column);
        }
    }
    [[unroll]] for (uint r = 0; r < ROWS; r++) partial[r * 64 + local] = sums[r];
    for (uint half_ = 32; half_ > 0; half_ /= 2) {
        barrier();
        if (local < half_) {
            [[unroll]] for (uint r = 0; r < ROWS; r++) partial[r * 64 + local] += partial[r * 64 + local + half_];
        }
    }
    barrier();
    if (local < ROWS) store(first + local, quad, partial[local * 64]);
}
