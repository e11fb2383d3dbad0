// Octets: eight consecutive elements, the unit to which rows are padded. Kernels that pass over whole rows or whole
// tensors access memory by octets: a 16-bit type then moves 16 bytes an access where a quad moves 8.
// Needs storage.glsl.
//
//   //! variants: ...; WORDS = w32 w64
//   layout(set = 0, binding = 0) readonly buffer X { OCTET(TYPE) x[]; };
//   Octet v = unpack(x[i]);   pack(y[i], v);
//
// WORDS is the word by which memory is accessed; the values are the same. With 64-bit words lavapipe, which walks over
// the lanes of each access, moves up to twice as many bytes a second.

#define OCTET_TYPE(T) T##x8
#define OCTET(T) OCTET_TYPE(T)

struct Octet {
    vec4 low;
    vec4 high;
};

#ifdef WORDS_IS_w64

#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#define Bytes16 u64vec2

uvec4 words(Bytes16 b) { return uvec4(unpackUint2x32(b.x), unpackUint2x32(b.y)); }
Bytes16 bytes(uvec4 w) { return u64vec2(packUint2x32(w.xy), packUint2x32(w.zw)); }

struct f32x8 { u64vec4 bits; };

Octet unpack(f32x8 o) { return Octet(uintBitsToFloat(words(o.bits.xy)), uintBitsToFloat(words(o.bits.zw))); }
void pack(out f32x8 o, Octet v) { o.bits = u64vec4(bytes(floatBitsToUint(v.low)), bytes(floatBitsToUint(v.high))); }

#else

#define Bytes16 uvec4

uvec4 words(Bytes16 b) { return b; }
Bytes16 bytes(uvec4 w) { return w; }

struct f32x8 { vec4 low; vec4 high; };

Octet unpack(f32x8 o) { return Octet(o.low, o.high); }
void pack(out f32x8 o, Octet v) {
    o.low = v.low;
    o.high = v.high;
}

#endif

struct f16x8 { Bytes16 bits; };
struct bf16x8 { Bytes16 bits; };

Octet unpack(f16x8 o) {
    uvec4 w = words(o.bits);
    return Octet(unpack(f16(w.xy)), unpack(f16(w.zw)));
}
Octet unpack(bf16x8 o) {
    uvec4 w = words(o.bits);
    return Octet(unpack(bf16(w.xy)), unpack(bf16(w.zw)));
}

void pack(out f16x8 o, Octet v) {
    f16 low, high;
    pack(low, v.low);
    pack(high, v.high);
    o.bits = bytes(uvec4(low.bits, high.bits));
}
void pack(out bf16x8 o, Octet v) {
    bf16 low, high;
    pack(low, v.low);
    pack(high, v.high);
    o.bits = bytes(uvec4(low.bits, high.bits));
}
