#version 450
// AdamW with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2; the order of torch.optim.AdamW):
//   p ← p·(1 − lr·λ);  m ← β₁ m + (1−β₁) g;  v ← β₂ v + (1−β₂) g²
//   p ← p − lr/(1−β₁ᵗ) · m / (√v / √(1−β₂ᵗ) + ε)
// on quads firstQuad ..< firstQuad + quads of one slab; g is the stored gradient times the control block's multiplier
// (clip coefficient over loss scale). While the block's non-finite flag is set, parameters, moments and copy stay.
// A stored gradient is zeroed after use, also on a skipped step, where `clear` is set.
// gradients, parameters, m, v: f32 of one layout; copy: the parameters rounded to COPY. A workgroup owns 1024 quads.
//! variants: COPY = none f16 bf16
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/control.glsl"
layout(local_size_x = 64) in;

layout(set = 0, binding = 0) readonly buffer Control { uint control[]; };
layout(set = 0, binding = 1) buffer Gradients { vec4 gradients[]; };
layout(set = 0, binding = 2) buffer Parameters { vec4 parameters[]; };
layout(set = 0, binding = 3) buffer FirstMoments { vec4 firstMoments[]; };
layout(set = 0, binding = 4) buffer SecondMoments { vec4 secondMoments[]; };
#ifndef COPY_IS_none
layout(set = 0, binding = 5) writeonly buffer Copy { COPY copy[]; };
#endif
layout(push_constant) uniform Push { uint firstQuad; uint quads; float weightDecay; uint clear; } p;

const uint RUN = 1024u;
float real(uint word) { return uintBitsToFloat(control[word]); }

void main() {
    bool update = control[NON_FINITE] == 0u;
    float learningRate = real(LEARNING_RATE);
    float keep = 1.0 - learningRate * p.weightDecay;
    float multiplier = real(GRADIENT_MULTIPLIER);
    float rate1 = real(ONE_MINUS_BETA1), rate2 = real(ONE_MINUS_BETA2);
    float beta1 = 1.0 - rate1, beta2 = 1.0 - rate2;
    float stepSize = learningRate / real(BIAS_CORRECTION1);
    float inverseRoot = 1.0 / sqrt(real(BIAS_CORRECTION2));
    float epsilon = real(EPSILON);

    // Eight invocations share a run of 128 quads: whole cache lines, one after another.
    uint lane = gl_LocalInvocationID.x;
    uint begin = gl_WorkGroupID.x * RUN + lane / 8u * 128u;
    uint first = p.firstQuad + begin + lane % 8u;
    uint end = p.firstQuad + min(begin + 128u, p.quads);
    if (update) {
        for (uint i = first; i < end; i += 8u) {
            vec4 gradient = gradients[i] * multiplier;
            vec4 m = beta1 * firstMoments[i] + rate1 * gradient;
            vec4 v = beta2 * secondMoments[i] + rate2 * gradient * gradient;
            vec4 parameter = parameters[i] * keep - stepSize * (m / (sqrt(v) * inverseRoot + epsilon));
            firstMoments[i] = m;
            secondMoments[i] = v;
            parameters[i] = parameter;
#ifndef COPY_IS_none
            pack(copy[i], parameter);
#endif
        }
    }
    if (p.clear != 0u) {
        for (uint i = first; i < end; i += 8u) gradients[i] = vec4(0.0);
    }
}
