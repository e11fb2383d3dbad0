#version 450
// Matrix product, tiled in registers straight from storage: include/matmul.glsl says what and in which order.
//
// One workgroup is one subgroup and computes TILE_M rows × LANES · TILE_N columns of C; a lane owns columns. The lanes
// share the reading of A: each reads a part of the tile's rows and hands it to the others by shuffles, so that A is read
// once a workgroup and no load is repeated by the lanes. CPU drivers pay per lane for every load, and nothing for a
// shuffle from a constant lane.
//! variants: MODE = nn nt tn; A_TYPE = f32; B_TYPE = f32; WORDS = w32 w64
//! variants: MODE = nn nt tn; A_TYPE = f16; B_TYPE = f16; WORDS = w32
//! variants: MODE = nn nt tn; A_TYPE = bf16; B_TYPE = bf16; WORDS = w32
//! variants: MODE = nn nt; A_TYPE = f32; B_TYPE = q8_0 q4_0 q4_k q6_k; WORDS = w32
//! variants: MODE = nn nt; A_TYPE = f16; B_TYPE = q8_0 q4_0 q4_k q6_k; WORDS = w32
//! variants: MODE = nn nt; A_TYPE = bf16; B_TYPE = q8_0 q4_0 q4_k q6_k; WORDS = w32
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 8;
layout(constant_id = 1) const uint TILE_M = 16;
layout(constant_id = 2) const uint TILE_N = 4;
// Quads along K of one step.
layout(constant_id = 3) const uint DEPTH = 1;
layout(constant_id = 4) const bool C_IS_SINGLE = true;
layout(constant_id = 5) const uint EPILOGUE = 0;
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/matmul.glsl"

const uint QUADS_N = TILE_N / 4;
// Quads of A that a lane reads in a step: the tile's TILE_M · DEPTH, shared out.
const uint QUADS_A = (TILE_M * DEPTH + LANES - 1) / LANES;

void main() {
    Part w = part();
    uint lane = gl_LocalInvocationID.x;
    uint m0 = gl_WorkGroupID.y * TILE_M;
    uint n0 = gl_WorkGroupID.x * LANES * QUADS_N + lane; // a lane's quads of columns are LANES apart

    vec4 sums[TILE_M * QUADS_N];
    [[unroll]] for (uint i = 0; i < TILE_M * QUADS_N; i++) sums[i] = vec4(0);
    if (EPILOGUE == RESUME) {
        [[unroll]] for (uint r = 0; r < TILE_M; r++) {
            [[unroll]] for (uint j = 0; j < QUADS_N; j++) sums[r * QUADS_N + j] = initial(w, m0 + r, n0 + j * LANES);
        }
    }

    for (uint k = w.begin; k < w.end; k += 4 * DEPTH) {
        vec4 x[QUADS_A]; // quad f of the tile of A is x[f / LANES] of lane f % LANES
        [[unroll]] for (uint i = 0; i < QUADS_A; i++) {
            uint f = i * LANES + lane;
#ifdef MODE_IS_tn
            x[i] = loadA(w, k + f / (TILE_M / 4), m0 / 4 + f % (TILE_M / 4));
#else
            x[i] = loadA(w, m0 + f % TILE_M, k / 4 + min(f / TILE_M, DEPTH - 1));
#endif
        }
        [[unroll]] for (uint d = 0; d < DEPTH; d++) {
            [[unroll]] for (uint j = 0; j < QUADS_N; j++) {
                uint quad = n0 + j * LANES;
                mat4 y; // y[i]: term k + 4 d + i of four columns
#ifdef MODE_IS_nt
                [[unroll]] for (uint i = 0; i < 4; i++) y[i] = loadB(w, 4 * quad + i, k / 4 + d);
                y = transpose(y);
#else
                [[unroll]] for (uint i = 0; i < 4; i++) y[i] = loadB(w, k + 4 * d + i, quad);
#endif
                [[unroll]] for (uint r = 0; r < TILE_M; r++) {
                    vec4 sum = sums[r * QUADS_N + j];
                    [[unroll]] for (uint i = 0; i < 4; i++) {
#ifdef MODE_IS_tn
                        uint f = (4 * d + i) * (TILE_M / 4) + r / 4;
                        float term = subgroupShuffle(x[f / LANES][r % 4], f % LANES);
#else
                        uint f = d * TILE_M + r;
                        float term = subgroupShuffle(x[f / LANES][i], f % LANES);
#endif
                        sum = fma(vec4(term), y[i], sum);
                    }
                    sums[r * QUADS_N + j] = sum;
                }
            }
        }
    }
    [[unroll]] for (uint r = 0; r < TILE_M; r++) {
        [[unroll]] for (uint j = 0; j < QUADS_N; j++) store(w, m0 + r, n0 + j * LANES, sums[r * QUADS_N + j]);
    }
}
