#version 450
// y = x · constant, or x · constant · scalar with a scalar that lies in a buffer. Runs over the padding too; y may be x.
// x, y: `octets` groups of eight elements. scalar: one f32.
//! variants: TYPE = f32 f16 bf16; FACTOR = constant scalar; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/flat.glsl"

layout(set = 0, binding = 0) readonly buffer X { OCTET(TYPE) x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { OCTET(TYPE) y[]; };
#ifdef FACTOR_IS_scalar
layout(set = 0, binding = 2) readonly buffer Scalar { float scalar[]; };
#endif
layout(push_constant) uniform Push {
    uint octets;
    float constant_;
} p;

void main() {
    float factor = p.constant_;
#ifdef FACTOR_IS_scalar
    factor *= scalar[0];
#endif
    for (uint k = 0; k < FLAT_EACH; k++) {
        uint i = flatIndex(k);
        if (i < p.octets) {
            Octet v = unpack(x[i]);
            pack(y[i], Octet(v.low * factor, v.high * factor));
        }
    }
}
