#version 450
// Second pass of a matrix product whose sums over K lie in parts: C (+)= alpha (part 0 + part 1 + ...), added in order.
// partials: f32 [batch][part][M, N]. C: [batch][M, N]. One invocation takes four quads of C.
//! variants: TYPE = f32 f16 bf16
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
layout(local_size_x = 64) in;
layout(constant_id = 0) const bool ACCUMULATE = false;

layout(set = 0, binding = 0) readonly buffer Partials { f32 partials[]; };
layout(set = 0, binding = 1) buffer C { TYPE c[]; };
layout(push_constant) uniform Push {
    uint quads; // of one batch of C, padding included
    uint parts;
    float alpha;
} p;

void main() {
    uint batch = gl_WorkGroupID.y;
    for (uint i = 0; i < 4; i++) {
        uint quad = gl_WorkGroupID.x * 256 + i * 64 + gl_LocalInvocationID.x;
        if (quad < p.quads) {
            vec4 sum = vec4(0);
            for (uint part = 0; part < p.parts; part++) {
                sum += unpack(partials[(batch * p.parts + part) * p.quads + quad]);
            }
            uint at = batch * p.quads + quad;
            vec4 value = p.alpha * sum;
            if (ACCUMULATE) value = fma(vec4(p.alpha), sum, unpack(c[at]));
            pack(c[at], value);
        }
    }
}
