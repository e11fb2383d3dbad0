#version 450
// AdamW with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2; the order of torch.optim.AdamW):
//   p ← p·(1 − lr·λ);  m ← β₁ m + (1−β₁) g;  v ← β₂ v + (1−β₂) g²
//   p ← p − lr/(1−β₁ᵗ) · m / (√v / √(1−β₂ᵗ) + ε)
// on octets firstOctet ..< firstOctet + octets of one slab; g is the stored gradient times the control block's multiplier
// (clip coefficient over loss scale). While the block's non-finite flag is set, parameters, moments and copy stay.
// A stored gradient is zeroed after use, also on a skipped step, where `clear` is set.
// gradients, parameters, m, v: f32 of one layout; copy: the parameters rounded to COPY. A workgroup owns RUN octets.
//! variants: COPY = none f16 bf16; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/control.glsl"
layout(local_size_x = 64) in;

layout(set = 0, binding = 0) readonly buffer Control { uint control[]; };
layout(set = 0, binding = 1) buffer Gradients { OCTET(f32) gradients[]; };
layout(set = 0, binding = 2) buffer Parameters { OCTET(f32) parameters[]; };
layout(set = 0, binding = 3) buffer FirstMoments { OCTET(f32) firstMoments[]; };
layout(set = 0, binding = 4) buffer SecondMoments { OCTET(f32) secondMoments[]; };
#ifndef COPY_IS_none
layout(set = 0, binding = 5) writeonly buffer Copy { OCTET(COPY) copy[]; };
#endif
layout(push_constant) uniform Push { uint firstOctet; uint octets; float weightDecay; uint clear; } p;

const uint RUN = 512u;
float real(uint word) { return uintBitsToFloat(control[word]); }

float keep, multiplier, beta1, beta2, rate1, rate2, stepSize, inverseRoot, epsilon;

void readControl() {
    float learningRate = real(LEARNING_RATE);
    keep = 1.0 - learningRate * p.weightDecay;
    multiplier = real(GRADIENT_MULTIPLIER);
    rate1 = real(ONE_MINUS_BETA1);
    rate2 = real(ONE_MINUS_BETA2);
    beta1 = 1.0 - rate1;
    beta2 = 1.0 - rate2;
    stepSize = learningRate / real(BIAS_CORRECTION1);
    inverseRoot = 1.0 / sqrt(real(BIAS_CORRECTION2));
    epsilon = real(EPSILON);
}

void update(vec4 stored, inout vec4 parameter, inout vec4 m, inout vec4 v) {
    vec4 gradient = stored * multiplier;
    m = beta1 * m + rate1 * gradient;
    v = beta2 * v + rate2 * gradient * gradient;
    parameter = parameter * keep - stepSize * (m / (sqrt(v) * inverseRoot + epsilon));
}

void main() {
    // Eight invocations share a run of 64 octets: whole cache lines, one after another.
    uint lane = gl_LocalInvocationID.x;
    uint begin = gl_WorkGroupID.x * RUN + lane / 8u * 64u;
    uint first = p.firstOctet + begin + lane % 8u;
    uint end = p.firstOctet + min(begin + 64u, p.octets);
    if (control[NON_FINITE] == 0u) {
        readControl();
        for (uint i = first; i < end; i += 8u) {
            Octet gradient = unpack(gradients[i]);
            Octet parameter = unpack(parameters[i]);
            Octet m = unpack(firstMoments[i]);
            Octet v = unpack(secondMoments[i]);
            update(gradient.low, parameter.low, m.low, v.low);
            update(gradient.high, parameter.high, m.high, v.high);
            pack(firstMoments[i], m);
            pack(secondMoments[i], v);
            pack(parameters[i], parameter);
#ifndef COPY_IS_none
            pack(copy[i], parameter);
#endif
        }
    }
    if (p.clear != 0u) {
        for (uint i = first; i < end; i += 8u) pack(gradients[i], Octet(vec4(0.0), vec4(0.0)));
    }
}
