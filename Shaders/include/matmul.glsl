// Operands of the matrix product, shared by its tilings: C (+)= alpha op(A) op(B), in units of quads.
//
//   nn: A[M,K] B[K,N]      nt: A[M,K] B[N,K] transposed      tn: A[K,M] transposed, B[K,N]
//
// A tiling sums each element of C over k ascending, one fma a term, in f32: every tiling and tile gives the same bits.
// Needs storage.glsl and octets.glsl. f32 operands are read by WORDS (octets.glsl).
// Workgroup z is batch z / splits and part z % splits of K; with splits > 1, C is an f32 workspace of all the parts.

#ifdef A_TYPE_IS_f32
layout(set = 0, binding = 0) readonly buffer A { Bytes16 a[]; };
vec4 operandA(uint quad) { return uintBitsToFloat(words(a[quad])); }
#else
layout(set = 0, binding = 0) readonly buffer A { A_TYPE a[]; };
vec4 operandA(uint quad) { return unpack(a[quad]); }
#endif
layout(set = 0, binding = 1) buffer C { A_TYPE c[]; };
layout(set = 0, binding = 1) buffer CSingle { f32 cSingle[]; };

layout(push_constant) uniform Push {
    uint m, n, k;                // extents
    uint aPitch, bPitch, cPitch; // quads from one row to the next
    uint aRows, bRows;           // rows of one batch
    uint aQuad, cQuad;           // first column used of A and of C, in quads
    uint splits, chunk;          // parts of K and the terms of a part, a multiple of 8
    float alpha;
    uint epilogue;               // what becomes of C
} p;

// Values of `EPILOGUE`, which a tiling defines as the field above or, where that compiles faster, as a constant.
const uint OVERWRITE = 0;  // C = alpha sum
const uint ACCUMULATE = 1; // C += alpha sum
const uint RESUME = 2;     // C = alpha sum, and the sum starts from C: a product cut along K goes on

#ifdef B_TYPE_IS_f32
layout(set = 0, binding = 2) readonly buffer B { Bytes16 b[]; };
vec4 operandB(uint row, uint quad) { return uintBitsToFloat(words(b[row * p.bPitch + quad])); }
#elif defined(B_TYPE_IS_f16) || defined(B_TYPE_IS_bf16)
layout(set = 0, binding = 2) readonly buffer B { B_TYPE b[]; };
vec4 operandB(uint row, uint quad) { return unpack(b[row * p.bPitch + quad]); }
#else
#include "include/quantized.glsl"
vec4 operandB(uint row, uint quad) { return dequantized(row, quad, p.bPitch); }
#endif

// What a workgroup computes.
struct Part {
    uint aRow, bRow, cRow; // first rows of the operands
    uint begin, end;       // range of k
};

Part part() {
    uint batch = gl_WorkGroupID.z / p.splits;
    uint begin = gl_WorkGroupID.z % p.splits * p.chunk;
    return Part(batch * p.aRows, batch * p.bRows, gl_WorkGroupID.z * p.m, begin, min(begin + p.chunk, p.k));
}

// Rows and columns past the end repeat the last: they reach only elements of C that are not stored. Terms past the end
// are zero on both sides.
vec4 orZero(bool inside, vec4 value) { return mix(vec4(0), value, bvec4(inside)); }

#ifndef MODE_IS_tn
// A[row][4 quad ..]: four terms of a row of C.
vec4 loadA(Part w, uint row, uint quad) {
    uint column = p.aQuad + min(quad, (w.end - 1) / 4);
    return orZero(4 * quad < w.end, operandA((w.aRow + min(row, p.m - 1)) * p.aPitch + column));
}
#else
// A[k][4 quad ..]: one term of four rows of C.
vec4 loadA(Part w, uint k, uint quad) {
    uint column = p.aQuad + min(quad, (p.m - 1) / 4);
    return orZero(k < w.end, operandA((w.aRow + min(k, w.end - 1)) * p.aPitch + column));
}
#endif

#ifdef MODE_IS_nt
// B[row][4 quad ..]: four terms of a column of C.
vec4 loadB(Part w, uint row, uint quad) {
    return orZero(4 * quad < w.end, operandB(w.bRow + min(row, p.n - 1), min(quad, (w.end - 1) / 4)));
}
#else
// B[k][4 quad ..]: one term of four columns of C.
vec4 loadB(Part w, uint k, uint quad) {
    return orZero(k < w.end, operandB(w.bRow + min(k, w.end - 1), min(quad, (p.n - 1) / 4)));
}
#endif

vec4 readC(uint i) { return C_IS_SINGLE ? unpack(cSingle[i]) : unpack(c[i]); }

// What the sums of C[row][4 quad ..] start from.
vec4 initial(Part w, uint row, uint quad) {
    return readC((w.cRow + min(row, p.m - 1)) * p.cPitch + p.cQuad + min(quad, (p.n - 1) / 4));
}

// Writes the sums of C[row][4 quad ..], zero in the padding; what lies outside of C is skipped.
void store(Part w, uint row, uint quad, vec4 sum) {
    if (row >= p.m || quad >= (p.n + 7) / 8 * 2) return;
    uint i = (w.cRow + row) * p.cPitch + p.cQuad + quad;
    vec4 value = EPILOGUE == ACCUMULATE ? fma(vec4(p.alpha), sum, readC(i)) : p.alpha * sum;
    value = mix(vec4(0), value, lessThan(4 * quad + uvec4(0, 1, 2, 3), uvec4(p.n)));
    if (C_IS_SINGLE) pack(cSingle[i], value); else pack(c[i], value);
}
