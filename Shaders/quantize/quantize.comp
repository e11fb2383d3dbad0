#version 450
// Q8_0 or Q4_0 planes of x (QuantizedLayout in Sources/Kernels), with the values of ggml's quantize_row_q8_0_ref and
// quantize_row_q4_0_ref (ggml/src/ggml-quants.c), bit for bit.
//
// Q8_0: scale d = largest magnitude / 127, quants x/d rounded, halves away from zero.
// Q4_0: d = (first element of largest magnitude) / -8, quants min(15, trunc(x/d + 8.5)), stored less 8.
// x: [rows, K], K a multiple of 32. One invocation takes two blocks of 32, whose f16 scales share a word.
//! variants: A_TYPE = f32 f16 bf16; B_TYPE = q8_0 q4_0
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "include/storage.glsl"
layout(local_size_x = 64) in;

layout(set = 0, binding = 0) readonly buffer X { A_TYPE x[]; };
layout(set = 0, binding = 1) writeonly buffer Quants { uint quants[]; };
layout(set = 0, binding = 2) writeonly buffer Scales { uint scales[]; };
layout(push_constant) uniform Push {
    uint rows, columns;
    uint pairs; // words of a row of scales, padding included
} p;

// a / b rounded to nearest, from a division that may be some units off: the remainder of the product is exact by Dekker's
// splitting (1971), which needs no fused multiply-add (a driver may round twice in `fma`).
float quotient(float a, float b) {
    precise float q = a / b;
    precise float product = q * b;
    precise float qHigh = q * 4097.0 - (q * 4097.0 - q), bHigh = b * 4097.0 - (b * 4097.0 - b);
    precise float qLow = q - qHigh, bLow = b - bHigh;
    precise float below = ((qHigh * bHigh - product) + qHigh * bLow + qLow * bHigh) + qLow * bLow;
    precise float better = q + ((a - product) - below) / b;
    return isinf(better) || isnan(better) ? q : better;
}

uint four(vec4 q, uint bits) {
    uvec4 word = uvec4(ivec4(q)) & ((1u << bits) - 1);
    return word.x | word.y << bits | word.z << 2 * bits | word.w << 3 * bits;
}

// Writes the quants of block `block` of `row`; returns the bits of its scale.
uint quantized(uint row, uint block) {
    uint base = row * ((p.columns + 7) / 8 * 2) + 8 * block;
    vec4 value[8];
    float largest = 0.0; // keeps its sign in Q4_0
    [[unroll]] for (uint i = 0; i < 8; i++) {
        value[i] = unpack(x[base + i]);
        [[unroll]] for (uint j = 0; j < 4; j++) {
            float element = value[i][j];
#ifdef B_TYPE_IS_q8_0
            largest = max(largest, abs(element));
#else
            largest = abs(element) > abs(largest) ? element : largest;
#endif
        }
    }
#ifdef B_TYPE_IS_q8_0
    float scale = quotient(largest, 127.0);
    float inverse = scale != 0.0 ? quotient(1.0, scale) : 0.0;
    [[unroll]] for (uint i = 0; i < 8; i++) {
        precise vec4 scaled = value[i] * inverse; // rounded, before anything else is done with it
        vec4 whole = floor(abs(scaled));
        whole += mix(vec4(0), vec4(1), greaterThanEqual(abs(scaled) - whole, vec4(0.5)));
        quants[row * (p.columns / 4) + 8 * block + i] = four(sign(scaled) * whole, 8);
    }
#else
    float scale = largest / -8.0;
    float inverse = scale != 0.0 ? quotient(1.0, scale) : 0.0;
    [[unroll]] for (uint i = 0; i < 8; i += 2) {
        precise vec4 low = value[i] * inverse, high = value[i + 1] * inverse;
        low = min(trunc(low + 8.5), 15.0) - 8.0;
        high = min(trunc(high + 8.5), 15.0) - 8.0;
        quants[row * (p.columns / 8) + 4 * block + i / 2] = four(low, 4) | four(high, 4) << 16;
    }
#endif
    return halfBits(scale);
}

void main() {
    uint pair = gl_WorkGroupID.x * 64 + gl_LocalInvocationID.x;
    uint row = gl_WorkGroupID.y;
    uint blocks = p.columns / 32;
    if (pair >= p.pairs) return;
    uint word = 0; // zero in the padding
    if (2 * pair < blocks) word = quantized(row, 2 * pair);
    if (2 * pair + 1 < blocks) word |= quantized(row, 2 * pair + 1) << 16;
    scales[row * p.pairs + pair] = word;
}
