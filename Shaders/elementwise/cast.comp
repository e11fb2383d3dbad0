#version 450
// y = x in another storage type; a copy where the types agree. Runs over the padding too (0 stays 0).
// x, y: `quads` groups of four elements. A workgroup takes every `gl_NumWorkGroups.x`-th run of 256 quads.
//! variants: FROM = f32 f16 bf16; TO = f32 f16 bf16
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
layout(local_size_x = 64) in;

layout(set = 0, binding = 0) readonly buffer X { FROM x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { TO y[]; };
layout(push_constant) uniform Push { uint quads; } p;

void main() {
    for (uint i = gl_GlobalInvocationID.x; i < p.quads; i += gl_NumWorkGroups.x * gl_WorkGroupSize.x) {
        pack(y[i], unpack(x[i]));
    }
}
