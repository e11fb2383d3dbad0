#version 450
// Gradient of cross-entropy with respect to the logits: (exp(logits[t,v] − lse[t]) − [v = target[t]]) · scale,
// 0 in ignored rows (negative target) and in the padding; scale = scales[scaleWord] (· scales[factorWord], unless that
// is 2³²−1). A row whose lse is not finite gets NaN, for the gradient norm to see.
// logits: f32, dlogits: TYPE, `pitch` quads a row; in f32 they may be the same memory. A workgroup owns RUN quads of a
// row: workgroup (x, y) run x of row firstRow + y.
//! variants: TYPE = f32 f16 bf16
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/control.glsl"
layout(local_size_x = 64) in;

layout(set = 0, binding = 0) readonly buffer Logits { f32 logits[]; };
layout(set = 0, binding = 1) readonly buffer Targets { int targets[]; };
layout(set = 0, binding = 2) readonly buffer LSE { float lse[]; };
layout(set = 0, binding = 3) readonly buffer Scales { float scales[]; };
layout(set = 0, binding = 4) writeonly buffer DLogits { TYPE dlogits[]; };
layout(push_constant) uniform Push {
    uint firstRow;
    uint pitch;
    uint vocabulary;
    uint scaleWord;
    uint factorWord;
} p;

const uint RUN = 1024u;

void main() {
    uint t = p.firstRow + gl_WorkGroupID.y;
    int target = targets[t];
    float total = lse[t];
    float scale = scales[p.scaleWord];
    if (p.factorWord != 0xffffffffu) scale *= scales[p.factorWord];
    scale = uintBitsToFloat(magnitudeBits(total) < INFINITY_BITS ? floatBitsToUint(scale) : NAN_BITS);

    uint base = gl_WorkGroupID.y * p.pitch;
    // Eight invocations share a run of 128 quads: whole cache lines, one after another.
    uint lane = gl_LocalInvocationID.x;
    uint begin = gl_WorkGroupID.x * RUN + lane / 8u * 128u;
    uint end = min(begin + 128u, p.pitch);
    for (uint i = begin + lane % 8u; i < end; i += 8u) {
        ivec4 columns = int(i * 4u) + ivec4(0, 1, 2, 3);
        bvec4 live = lessThan(columns, ivec4(target < 0 ? 0 : int(p.vocabulary)));
        vec4 softmax = exp(unpack(logits[base + i]) - total);
        vec4 gradient = (softmax - vec4(equal(columns, ivec4(target)))) * scale;
        pack(dlogits[base + i], mix(vec4(0.0), gradient, live));
    }
}
