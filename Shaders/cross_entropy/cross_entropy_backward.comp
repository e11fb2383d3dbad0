#version 450
// Gradient of cross-entropy with respect to the logits: (exp(logits[t,v] − lse[t]) − [v = target[t]]) · scale,
// 0 in ignored rows (negative target) and in the padding; scale = scales[scaleWord] (· scales[factorWord], unless that
// is 2³²−1). A row whose lse is not finite gets NaN, for the gradient norm to see.
// logits: f32, dlogits: TYPE, `pitch` octets a row; in f32 they may be the same memory. A workgroup owns RUN octets of
// a row: workgroup (x, y) run x of row firstRow + y.
//! variants: TYPE = f32 f16 bf16; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/control.glsl"
layout(local_size_x = 64) in;

layout(set = 0, binding = 0) readonly buffer Logits { OCTET(f32) logits[]; };
layout(set = 0, binding = 1) readonly buffer Targets { int targets[]; };
layout(set = 0, binding = 2) readonly buffer LSE { float lse[]; };
layout(set = 0, binding = 3) readonly buffer Scales { float scales[]; };
layout(set = 0, binding = 4) writeonly buffer DLogits { OCTET(TYPE) dlogits[]; };
layout(push_constant) uniform Push {
    uint firstRow;
    uint pitch;
    uint vocabulary;
    uint scaleWord;
    uint factorWord;
} p;

const uint RUN = 512u;

// Of four columns from `column` on.
vec4 gradient(vec4 values, uint column, int target, float total, float scale) {
    ivec4 columns = int(column) + ivec4(0, 1, 2, 3);
    bvec4 live = lessThan(columns, ivec4(target < 0 ? 0 : int(p.vocabulary)));
    vec4 softmax = exp(values - total);
    return mix(vec4(0.0), (softmax - vec4(equal(columns, ivec4(target)))) * scale, live);
}

void main() {
    uint t = p.firstRow + gl_WorkGroupID.y;
    int target = targets[t];
    float total = lse[t];
    float scale = scales[p.scaleWord];
    if (p.factorWord != 0xffffffffu) scale *= scales[p.factorWord];
    scale = uintBitsToFloat(magnitudeBits(total) < INFINITY_BITS ? floatBitsToUint(scale) : NAN_BITS);

    uint base = gl_WorkGroupID.y * p.pitch;
    // Eight invocations share a run of 64 octets: whole cache lines, one after another.
    uint lane = gl_LocalInvocationID.x;
    uint begin = gl_WorkGroupID.x * RUN + lane / 8u * 64u;
    uint end = min(begin + 64u, p.pitch);
    for (uint i = begin + lane % 8u; i < end; i += 8u) {
        Octet row = unpack(logits[base + i]);
        Octet result;
        result.low = gradient(row.low, i * 8u, target, total, scale);
        result.high = gradient(row.high, i * 8u + 4u, target, total, scale);
        pack(dlogits[base + i], result);
    }
}
