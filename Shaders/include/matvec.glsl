// Operands of the product of few rows with a weight, shared by its two kernels: y[R,N] = x[R,K] W[N,K] transposed.
// W is read 32 elements of a row at a time (a block). Needs storage.glsl and octets.glsl.

layout(set = 0, binding = 0) readonly buffer X { A_TYPE x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { A_TYPE y[]; };
layout(set = 0, binding = 1) writeonly buffer YSingle { f32 ySingle[]; };

layout(push_constant) uniform Push {
    uint rows, n;                // R and N
    uint xPitch, wPitch, yPitch; // quads from one row to the next
    uint yQuad;                  // first column of y, in quads
} p;

// x[row][4 quad ..], zero past the end.
vec4 loadX(uint row, uint quad) {
    vec4 value = unpack(x[min(row, p.rows - 1) * p.xPitch + min(quad, p.xPitch - 1)]);
    return mix(vec4(0), value, bvec4(quad < p.xPitch));
}

#if defined(B_TYPE_IS_f32) || defined(B_TYPE_IS_f16) || defined(B_TYPE_IS_bf16)
layout(set = 0, binding = 2) readonly buffer W { OCTET(B_TYPE) w[]; };

struct Scales { uint none; };
Scales readScales(uint row, uint block) { return Scales(0); }

// W[row][32 block ..], zero past the end.
void loadBlock(uint row, uint block, Scales scales, out vec4 value[8]) {
    uint pitch = p.wPitch / 2, at = min(row, p.n - 1) * pitch;
    [[unroll]] for (uint i = 0; i < 4; i++) {
        uint octet = 4 * block + i;
        Octet terms = unpack(w[at + min(octet, pitch - 1)]);
        value[2 * i] = mix(vec4(0), terms.low, bvec4(octet < pitch));
        value[2 * i + 1] = mix(vec4(0), terms.high, bvec4(octet < pitch));
    }
}
#else
#include "include/quantized.glsl"
Scales readScales(uint row, uint block) { return readScales(min(row, p.n - 1), block, p.wPitch); }
void loadBlock(uint row, uint block, Scales scales, out vec4 value[8]) {
    dequantize(min(row, p.n - 1), min(block, p.wPitch / 8 - 1), p.wPitch, scales, value);
}
#endif

// Writes y[row][4 quad ..], zero in the padding; what lies outside of y is skipped.
void store(uint row, uint quad, vec4 value) {
    if (row >= p.rows || quad >= (p.n + 7) / 8 * 2) return;
    value = mix(vec4(0), value, lessThan(4 * quad + uvec4(0, 1, 2, 3), uvec4(p.n)));
    uint i = row * p.yPitch + p.yQuad + quad;
    if (Y_IS_SINGLE) pack(ySingle[i], value); else pack(y[i], value);
}
