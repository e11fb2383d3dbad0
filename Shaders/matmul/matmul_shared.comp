#version 450
// Matrix product, tiled in shared memory: include/matmul.glsl says what and in which order.
//
// A workgroup computes 64 × 64 elements of C in steps of 16 terms: it reads 16 terms of 64 rows of op(A) and of 64
// columns of op(B) into shared memory, each quad by one invocation and neighbours by neighbours, then every invocation
// adds them to its TILE_M × TILE_N sums. For GPUs, where a load is cheap only if a whole subgroup reads a line together.
//! variants: MODE = nn nt tn; A_TYPE = f32; B_TYPE = f32
//! variants: MODE = nn nt tn; A_TYPE = f16; B_TYPE = f16
//! variants: MODE = nn nt tn; A_TYPE = bf16; B_TYPE = bf16
//! variants: MODE = nn nt; A_TYPE = f32; B_TYPE = q8_0 q4_0 q4_k q6_k
//! variants: MODE = nn nt; A_TYPE = f16; B_TYPE = q8_0 q4_0 q4_k q6_k
//! variants: MODE = nn nt; A_TYPE = bf16; B_TYPE = q8_0 q4_0 q4_k q6_k
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x_id = 0) in;
// 64 · 64 / (TILE_M · TILE_N).
layout(constant_id = 0) const uint INVOCATIONS = 256;
layout(constant_id = 1) const uint TILE_M = 4;
layout(constant_id = 2) const uint TILE_N = 4;
layout(constant_id = 3) const bool C_IS_SINGLE = true;
#define EPILOGUE p.epilogue
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/matmul.glsl"

const uint EXTENT = 64; // rows and columns of a workgroup
const uint DEPTH = 16;  // terms of a step
const uint PITCH = EXTENT / 4 + 1; // quads from one term to the next; odd, so that transposing writes spread over banks
const uint COLUMNS = EXTENT / TILE_N; // invocations side by side
const uint LOADS = EXTENT * DEPTH / 4 / INVOCATIONS;

// [term][row of op(A)], then [term][column of op(B)].
shared vec4 tile[2 * DEPTH * PITCH];
const uint TILE_A = 0, TILE_B = DEPTH * PITCH;

// Stores quad `f` of a tile read along K: four terms of one row or column.
void storeAlong(uint base, uint f, vec4 terms) {
    uint extent = f / (DEPTH / 4), term = f % (DEPTH / 4) * 4;
    [[unroll]] for (uint i = 0; i < 4; i++) tile[base + (term + i) * PITCH + extent / 4][extent % 4] = terms[i];
}

// Stores quad `f` of a tile read across K: one term of four rows or columns.
void storeAcross(uint base, uint f, vec4 value) {
    tile[base + f / (EXTENT / 4) * PITCH + f % (EXTENT / 4)] = value;
}

void main() {
    Part w = part();
    uint local = gl_LocalInvocationID.x;
    uint m0 = gl_WorkGroupID.y * EXTENT, n0 = gl_WorkGroupID.x * EXTENT;
    uint row = local / COLUMNS * TILE_M;
    uint quad = local % COLUMNS; // an invocation's quads of columns are COLUMNS apart

    const uint QUADS_N = TILE_N / 4;
    vec4 sums[TILE_M * QUADS_N];
    [[unroll]] for (uint i = 0; i < TILE_M * QUADS_N; i++) sums[i] = vec4(0);
    if (EPILOGUE == RESUME) {
        [[unroll]] for (uint r = 0; r < TILE_M; r++) {
            [[unroll]] for (uint j = 0; j < QUADS_N; j++) {
                sums[r * QUADS_N + j] = initial(w, m0 + row + r, n0 / 4 + quad + j * COLUMNS);
            }
        }
    }

    for (uint k = w.begin; k < w.end; k += DEPTH) {
        [[unroll]] for (uint i = 0; i < LOADS; i++) {
            uint f = i * INVOCATIONS + local;
#ifdef MODE_IS_tn
            storeAcross(TILE_A, f, loadA(w, k + f / (EXTENT / 4), m0 / 4 + f % (EXTENT / 4)));
#else
            storeAlong(TILE_A, f, loadA(w, m0 + f / (DEPTH / 4), k / 4 + f % (DEPTH / 4)));
#endif
#ifdef MODE_IS_nt
            storeAlong(TILE_B, f, loadB(w, n0 + f / (DEPTH / 4), k / 4 + f % (DEPTH / 4)));
#else
            storeAcross(TILE_B, f, loadB(w, k + f / (EXTENT / 4), n0 / 4 + f % (EXTENT / 4)));
#endif
        }
        barrier();
        [[unroll]] for (uint t = 0; t < DEPTH; t++) {
            vec4 y[QUADS_N];
            [[unroll]] for (uint j = 0; j < QUADS_N; j++) y[j] = tile[TILE_B + t * PITCH + quad + j * COLUMNS];
            [[unroll]] for (uint r = 0; r < TILE_M; r++) {
                vec4 x = vec4(tile[TILE_A + t * PITCH + row / 4 + r / 4][r % 4]);
                [[unroll]] for (uint j = 0; j < QUADS_N; j++) {
                    sums[r * QUADS_N + j] = fma(x, y[j], sums[r * QUADS_N + j]);
                }
            }
        }
        barrier();
    }
    [[unroll]] for (uint r = 0; r < TILE_M; r++) {
        [[unroll]] for (uint j = 0; j < QUADS_N; j++) {
            store(w, m0 + row + r, n0 / 4 + quad + j * COLUMNS, sums[r * QUADS_N + j]);
        }
    }
}
