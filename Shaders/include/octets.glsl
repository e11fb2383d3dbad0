// Octets: eight consecutive elements, the unit to which rows are padded. Kernels that pass over whole rows or whole
// tensors access memory by octets: a 16-bit type then moves 16 bytes an access where a quad moves 8.
// Needs storage.glsl.
//
//   layout(set = 0, binding = 0) readonly buffer X { OCTET(TYPE) x[]; };
//   Octet v = unpack(x[i]);   pack(y[i], v);

#define OCTET_TYPE(T) T##x8
#define OCTET(T) OCTET_TYPE(T)

struct Octet {
    vec4 low;
    vec4 high;
};

struct f32x8 { vec4 low; vec4 high; };
struct f16x8 { uvec4 bits; };
struct bf16x8 { uvec4 bits; };

Octet unpack(f32x8 o) { return Octet(o.low, o.high); }
Octet unpack(f16x8 o) { return Octet(unpack(f16(o.bits.xy)), unpack(f16(o.bits.zw))); }
Octet unpack(bf16x8 o) { return Octet(unpack(bf16(o.bits.xy)), unpack(bf16(o.bits.zw))); }

void pack(out f32x8 o, Octet v) {
    o.low = v.low;
    o.high = v.high;
}
void pack(out f16x8 o, Octet v) {
    f16 low, high;
    pack(low, v.low);
    pack(high, v.high);
    o.bits = uvec4(low.bits, high.bits);
}
void pack(out bf16x8 o, Octet v) {
    bf16 low, high;
    pack(low, v.low);
    pack(high, v.high);
    o.bits = uvec4(low.bits, high.bits);
}
