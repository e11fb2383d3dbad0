#version 450
// The gradient of the gather: dTable[unique[u]] += Σ_i dy[order[i]], i in offsets[u]..<offsets[u + 1] ascending, for
// u < count and the tokens in firstRow..<firstRow + rangeRows, the rows of the table that are bound.
// dy: (T, D); order, unique, offsets, count: i32; dTable: (rangeRows, D) f32.
// Workgroup g owns the token u = firstUnique + g: no two write one row.
//! variants: TYPE = f32 f16 bf16; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LOCAL = 64;

layout(set = 0, binding = 0) readonly buffer DY { OCTET(TYPE) dy[]; };
layout(set = 0, binding = 1) readonly buffer Order { uint order[]; };
layout(set = 0, binding = 2) readonly buffer Unique { uint unique[]; };
layout(set = 0, binding = 3) readonly buffer Offsets { uint offsets[]; };
layout(set = 0, binding = 4) readonly buffer Count { uint count[]; };
layout(set = 0, binding = 5) buffer DTable { OCTET(f32) dTable[]; };
layout(push_constant) uniform Push {
    uint pitchOctets;
    uint firstRow;
    uint rangeRows;
    uint firstUnique;
} p;

void main() {
    uint u = p.firstUnique + gl_WorkGroupID.x;
    if (u >= count[0] || unique[u] - p.firstRow >= p.rangeRows) { return; }
    uint target = (unique[u] - p.firstRow) * p.pitchOctets;
    uint begin = offsets[u];
    uint end = offsets[u + 1];
    for (uint o = gl_LocalInvocationID.x; o < p.pitchOctets; o += LOCAL) {
        Octet sum = Octet(vec4(0), vec4(0));
        for (uint i = begin; i < end; i++) {
            Octet term = unpack(dy[order[i] * p.pitchOctets + o]);
            sum.low += term.low;
            sum.high += term.high;
        }
        Octet old = unpack(dTable[target + o]);
        pack(dTable[target + o], Octet(old.low + sum.low, old.high + sum.high));
    }
}
