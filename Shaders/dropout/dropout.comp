#version 450
// y = x · mask, mask = 0 or 1/(1 - p) (Srivastava et al. 2014, inverted scaling); the gradient is the same: dx = dy · mask.
// Counter-based: quad q of the tensor takes the four words of Philox4x32-10 (Salmon et al. 2011, section 3.3) at the
// counter (q, node, step, microStep) under the key (seed low, seed high); an element is kept where its word is not
// below `threshold`. So the mask is a function of place and time alone, and recomputation sees the same one.
// x, y: `octets` groups of eight elements, the first of them quad `firstQuad` of the tensor; y may be x.
// state: seed low, seed high, step, microStep.
//! variants: TYPE = f32 f16 bf16; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/flat.glsl"

layout(set = 0, binding = 0) readonly buffer X { OCTET(TYPE) x[]; };
layout(set = 0, binding = 1) readonly buffer State { uint state[]; };
layout(set = 0, binding = 2) writeonly buffer Y { OCTET(TYPE) y[]; };
layout(push_constant) uniform Push {
    uint octets;
    uint firstQuad;
    uint node;
    uint threshold;
    float keptScale; // 1/(1 - p)
} p;

uvec4 philox(uvec4 counter, uvec2 key) {
    for (uint round_ = 0; round_ < 10; round_++) {
        uint firstHigh, firstLow, secondHigh, secondLow;
        umulExtended(0xD2511F53u, counter.x, firstHigh, firstLow);
        umulExtended(0xCD9E8D57u, counter.z, secondHigh, secondLow);
        counter = uvec4(secondHigh ^ counter.y ^ key.x, secondLow, firstHigh ^ counter.w ^ key.y, firstLow);
        key += uvec2(0x9E3779B9u, 0xBB67AE85u);
    }
    return counter;
}

vec4 dropped(vec4 v, uint quad) {
    uvec4 words = philox(uvec4(quad, p.node, state[2], state[3]), uvec2(state[0], state[1]));
    return mix(vec4(0), v * p.keptScale, greaterThanEqual(words, uvec4(p.threshold)));
}

void main() {
    for (uint k = 0; k < FLAT_EACH; k++) {
        uint i = flatIndex(k);
        if (i < p.octets) {
            Octet v = unpack(x[i]);
            uint quad = p.firstQuad + 2 * i;
            pack(y[i], Octet(dropped(v.low, quad), dropped(v.high, quad + 1)));
        }
    }
}
