// Storage types. A type name stands for FOUR consecutive elements (a quad), the unit of every access: rows are padded
// to eight elements, so a quad is always aligned. 16-bit elements are packed two to a word and converted by arithmetic,
// so no device needs 16-bit storage or arithmetic for them. Accumulation is in f32 always.
//
//   layout(set = 0, binding = 0) readonly buffer X { TYPE x[]; };
//   vec4 v = unpack(x[i]);   pack(y[i], v);

struct f32 { vec4 bits; };
struct f16 { uvec2 bits; };
struct bf16 { uvec2 bits; };

vec4 unpack(f32 q) { return q.bits; }
vec4 unpack(f16 q) { return vec4(unpackHalf2x16(q.bits.x), unpackHalf2x16(q.bits.y)); }
vec4 unpack(bf16 q) {
    return uintBitsToFloat(uvec4(q.bits.x << 16, q.bits.x & 0xffff0000u, q.bits.y << 16, q.bits.y & 0xffff0000u));
}

// IEEE 754 binary16 of `value` in the low 16 bits, rounded to nearest even. packHalf2x16 may round toward zero
// (and does on AMD), which would bias a training run; this is exact everywhere.
uint halfBits(float value) {
    uint bits = floatBitsToUint(value);
    uint sign = (bits >> 16) & 0x8000u;
    uint magnitude = bits & 0x7fffffffu;
    uint bounded = min(magnitude, 0x47800000u); // from 2^16 on everything is infinite
    uint normal = (bounded + 0xc8000fffu + ((bounded >> 13) & 1u)) >> 13; // rebias by 112, round to even
    // Below 2^-14 the result is a multiple of 2^-24: adding 0.5 leaves it, rounded to even, in the low bits.
    uint small = floatBitsToUint(uintBitsToFloat(bounded) + 0.5) - 0x3f000000u;
    uint half_ = bounded < 0x38800000u ? small : normal;
    return sign | (magnitude > 0x7f800000u ? 0x7e00u : half_);
}

// bfloat16 of `value` in the high 16 bits, rounded to nearest even; NaN stays NaN.
uint bfloatBits(float value) {
    uint bits = floatBitsToUint(value);
    uint rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
    return ((bits & 0x7fffffffu) > 0x7f800000u ? bits | 0x00400000u : rounded) & 0xffff0000u;
}

void pack(out f32 q, vec4 v) { q.bits = v; }
void pack(out f16 q, vec4 v) {
    q.bits = uvec2(halfBits(v.x) | (halfBits(v.y) << 16), halfBits(v.z) | (halfBits(v.w) << 16));
}
void pack(out bf16 q, vec4 v) {
    q.bits = uvec2((bfloatBits(v.x) >> 16) | bfloatBits(v.y), (bfloatBits(v.z) >> 16) | bfloatBits(v.w));
}
