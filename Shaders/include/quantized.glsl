// The right operand of a product, quantised: planes laid out by QuantizedLayout (Sources/Kernels), a binding each. Rows
// of every plane are padded to 16 bytes; `pitch` is the quads of a row. Each value is one rounding away from its exact
// one at most: products of scales and quants fit in 24 bits.

// Kernels read either quads (`dequantized`) or blocks of 32 elements (`dequantize`). Needs storage.glsl and octets.glsl.

layout(set = 0, binding = 2) readonly buffer Quants { uint quants[]; };
layout(set = 0, binding = 2) readonly buffer QuantLines { Bytes16 quantLines[]; }; // the same, 16 bytes at a time
layout(set = 0, binding = 3) readonly buffer ScalePlane { uint scalePlane[]; };
#if defined(B_TYPE_IS_q4_k) || defined(B_TYPE_IS_q6_k)
layout(set = 0, binding = 4) readonly buffer SuperPlane { uint superPlane[]; };
#endif

// Everything that scales the blocks 2i and 2i + 1 of a row, as stored.
struct Scales { uint pair, super; };

Scales readScales(uint row, uint block, uint pitch) {
#if defined(B_TYPE_IS_q8_0) || defined(B_TYPE_IS_q4_0)
    return Scales(scalePlane[row * ((pitch / 8 + 7) / 8 * 4) + block / 2], 0);
#elif defined(B_TYPE_IS_q4_k)
    uint super = superPlane[row * ((pitch / 64 + 3) / 4 * 4) + block / 8];
    return Scales(scalePlane[row * (pitch / 16) + block / 2], super);
#else
    uint super = superPlane[row * ((pitch / 64 + 7) / 8 * 4) + block / 16] >> (block / 8 % 2 * 16);
    return Scales(scalePlane[row * (pitch / 16) + block / 2], super);
#endif
}

float halfAt(uint word, uint index) { return unpackHalf2x16(word >> (index % 2 * 16)).x; }

// Four signed bytes.
vec4 signedBytes(uint word) {
    return vec4(int(word << 24) >> 24, int(word << 16) >> 24, int(word << 8) >> 24, int(word) >> 24);
}

// The low four of eight signed and unsigned four-bit numbers.
vec4 signedNibbles(uint word) {
    return vec4(int(word << 28) >> 28, int(word << 24) >> 28, int(word << 20) >> 28, int(word << 16) >> 28);
}
vec4 nibbles(uint word) { return vec4(word & 15, word >> 4 & 15, word >> 8 & 15, word >> 12 & 15); }

#ifdef B_TYPE_IS_q8_0
vec4 dequantized(uint row, uint quad, uint pitch) {
    return halfAt(readScales(row, quad / 8, pitch).pair, quad / 8) * signedBytes(quants[row * pitch + quad]);
}

// Elements 32 block ..< 32 block + 32 of a row.
void dequantize(uint row, uint block, uint pitch, Scales scales, out vec4 w[8]) {
    float scale = halfAt(scales.pair, block);
    [[unroll]] for (uint i = 0; i < 2; i++) {
        uvec4 line = words(quantLines[row * (pitch / 4) + 2 * block + i]);
        [[unroll]] for (uint j = 0; j < 4; j++) w[4 * i + j] = scale * signedBytes(line[j]);
    }
}
#endif

#ifdef B_TYPE_IS_q4_0
vec4 dequantized(uint row, uint quad, uint pitch) {
    uint low = quants[row * (pitch / 2) + quad / 2] >> (quad % 2 * 16);
    return halfAt(readScales(row, quad / 8, pitch).pair, quad / 8) * signedNibbles(low);
}

void dequantize(uint row, uint block, uint pitch, Scales scales, out vec4 w[8]) {
    float scale = halfAt(scales.pair, block);
    uvec4 line = words(quantLines[row * (pitch / 8) + block]);
    [[unroll]] for (uint i = 0; i < 8; i++) w[i] = scale * signedNibbles(line[i / 2] >> (i % 2 * 16));
}
#endif

#ifdef B_TYPE_IS_q4_k
// Scale and minimum of a block.
vec2 blockScale(Scales scales, uint block) {
    uint packed = scales.pair >> (block % 2 * 16);
    return unpackHalf2x16(scales.super) * vec2(packed & 255, packed >> 8 & 255);
}

vec4 dequantized(uint row, uint quad, uint pitch) {
    vec2 scale = blockScale(readScales(row, quad / 8, pitch), quad / 8);
    return nibbles(quants[row * (pitch / 2) + quad / 2] >> (quad % 2 * 16)) * scale.x - scale.y;
}

void dequantize(uint row, uint block, uint pitch, Scales scales, out vec4 w[8]) {
    vec2 scale = blockScale(scales, block);
    uvec4 line = words(quantLines[row * (pitch / 8) + block]);
    [[unroll]] for (uint i = 0; i < 8; i++) w[i] = nibbles(line[i / 2] >> (i % 2 * 16)) * scale.x - scale.y;
}
#endif

#ifdef B_TYPE_IS_q6_k
layout(set = 0, binding = 5) readonly buffer High { uint high[]; };
layout(set = 0, binding = 5) readonly buffer HighPairs { uvec2 highPairs[]; };

// Scales of the two halves of a block.
vec2 halfScales(Scales scales, uint block) {
    uint packed = scales.pair >> (block % 2 * 16);
    return unpackHalf2x16(scales.super).x * vec2(int(packed << 24) >> 24, int(packed << 16) >> 24);
}

// Four numbers of four low bits in `low` and two high, signed bits in `high`.
vec4 sixBits(uint low, uint high) {
    return nibbles(low)
        + 16.0 * vec4(int(high << 30) >> 30, int(high << 28) >> 30, int(high << 26) >> 30, int(high << 24) >> 30);
}

vec4 dequantized(uint row, uint quad, uint pitch) {
    vec2 pair = halfScales(readScales(row, quad / 8, pitch), quad / 8);
    uint low = quants[row * (pitch / 2) + quad / 2] >> (quad % 2 * 16);
    return (quad % 8 < 4 ? pair.x : pair.y) * sixBits(low, high[row * (pitch / 4) + quad / 4] >> (quad % 4 * 8));
}

void dequantize(uint row, uint block, uint pitch, Scales scales, out vec4 w[8]) {
    vec2 pair = halfScales(scales, block);
    uvec4 line = words(quantLines[row * (pitch / 8) + block]);
    uvec2 upper = highPairs[row * (pitch / 8) + block];
    [[unroll]] for (uint i = 0; i < 8; i++) {
        w[i] = pair[i / 4] * sixBits(line[i / 2] >> (i % 2 * 16), upper[i / 4] >> (i % 4 * 8));
    }
}
#endif
