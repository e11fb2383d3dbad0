#version 450
// Ends a training step's gradient norm: the sum of all partials, and from it everything that a step decides.
// norm = √Σ g² / lossScale; clip = min(1, maximum / (norm + 1e-6)) (torch.nn.utils.clip_grad_norm_);
// the non-finite flag; the dynamic loss scale (Micikevicius et al. 2018, section 3.2: halved on overflow, doubled after
// a run of good steps); and, on a good step only, the optimizer's step count t with 1 − β₁ᵗ and 1 − β₂ᵗ.
// One workgroup. Summation order: partials with a stride of 256, then 16 times 16 invocations in order.
#extension GL_GOOGLE_include_directive : require
#include "include/control.glsl"
layout(local_size_x = 256) in;

layout(set = 0, binding = 0) readonly buffer Partials { uvec4 partials[]; };
layout(set = 0, binding = 1) buffer Control { uint control[]; };
layout(push_constant) uniform Push { uint count; } p;

shared vec2 sums[256];
shared uint largests[256];

const float SMALLEST_LOSS_SCALE = 0.00006103515625; // 2⁻¹⁴
const float LARGEST_LOSS_SCALE = 16777216.0; // 2²⁴

float real(uint word) { return uintBitsToFloat(control[word]); }
uvec2 fraction(uint word) { return uvec2(control[word], control[word + 1u]); }

// The high 64 bits of the product of two fractions of 64 bits (low word, high word). Integers, because βᵗ is needed to
// the last bits of f32 after any number of steps, and a shader's `pow` is far from that.
uvec2 product(uvec2 a, uvec2 b) {
    uint high0, low0, high1, low1, high2, low2, high3, low3;
    umulExtended(a.x, b.x, high0, low0);
    umulExtended(a.x, b.y, high1, low1);
    umulExtended(a.y, b.x, high2, low2);
    umulExtended(a.y, b.y, high3, low3);
    uint carry, carries;
    uint middle = uaddCarry(high0, low1, carries);
    uaddCarry(middle, low2, carry);
    carries += carry;
    uint low = uaddCarry(high1, high2, carry);
    uint high = high3 + carry;
    low = uaddCarry(low, low3, carry);
    high += carry;
    low = uaddCarry(low, carries, carry);
    return uvec2(low, high + carry);
}

// 1 − x as a float, to its last bit.
float complement(uvec2 x) {
    if (x == uvec2(0u)) return 1.0;
    uint borrow;
    uint low = usubBorrow(0u, x.x, borrow);
    uint high = 0u - x.y - borrow;
    uint shift = uint(31 - findMSB(high)); // 32 where `high` is 0
    uint leading = shift == 0u ? high : (shift == 32u ? low : (high << shift) | (low >> (32u - shift)));
    return float(leading) * uintBitsToFloat((127u - 32u - shift) << 23);
}

void advance() {
    uvec2 power1 = product(fraction(BETA1_POWER), fraction(BETA1));
    uvec2 power2 = product(fraction(BETA2_POWER), fraction(BETA2));
    control[BETA1_POWER] = power1.x;
    control[BETA1_POWER + 1u] = power1.y;
    control[BETA2_POWER] = power2.x;
    control[BETA2_POWER + 1u] = power2.y;
    control[BIAS_CORRECTION1] = floatBitsToUint(complement(power1));
    control[BIAS_CORRECTION2] = floatBitsToUint(complement(power2));
    control[STEP] += 1u;
}

void finish(vec2 sum, uint largest) {
    float lossScale = real(LOSS_SCALE);
    bool large = magnitudeBits(sum.x) >= INFINITY_BITS;
    float norm = sqrt(large ? sum.y : sum.x) / lossScale;
    if (large) norm *= 1.2089258196146292e24; // 2⁸⁰
    bool finite = largest < INFINITY_BITS && magnitudeBits(norm) < INFINITY_BITS;

    float maximum = real(MAXIMUM_NORM);
    float clip = maximum > 0.0 ? min(1.0, maximum / (norm + 1.0e-6)) : 1.0;
    control[GRADIENT_NORM] = finite ? floatBitsToUint(norm) : INFINITY_BITS;
    control[CLIP_COEFFICIENT] = finite ? floatBitsToUint(clip) : 0u;
    control[GRADIENT_MULTIPLIER] = finite ? floatBitsToUint(clip / lossScale) : 0u;
    control[NON_FINITE] = finite ? 0u : 1u;

    uint interval = control[GROWTH_INTERVAL];
    uint goodSteps = finite ? control[GOOD_STEPS] + 1u : 0u;
    bool grow = interval > 0u && goodSteps >= interval;
    bool shrink = interval > 0u && !finite;
    if (grow) lossScale = min(lossScale * 2.0, LARGEST_LOSS_SCALE);
    if (shrink) lossScale = max(lossScale * 0.5, SMALLEST_LOSS_SCALE);
    control[LOSS_SCALE] = floatBitsToUint(lossScale);
    control[GOOD_STEPS] = grow ? 0u : goodSteps;
    if (finite) {
        advance();
    } else {
        control[SKIPPED_STEPS] += 1u;
    }
}

void main() {
    uint lane = gl_LocalInvocationID.x;
    vec2 sum = vec2(0.0);
    uint largest = 0u;
    for (uint i = lane; i < p.count; i += 256u) {
        uvec4 partial = partials[i];
        sum += uintBitsToFloat(partial.xy);
        largest = max(largest, partial.z);
    }
    sums[lane] = sum;
    largests[lane] = largest;
    barrier();
    if (lane < 16u) {
        for (uint i = 1u; i < 16u; ++i) {
            sums[lane * 16u] += sums[lane * 16u + i];
            largests[lane * 16u] = max(largests[lane * 16u], largests[lane * 16u + i]);
        }
    }
    barrier();
    if (lane == 0u) {
        sum = sums[0];
        largest = largests[0];
        for (uint i = 16u; i < 256u; i += 16u) {
            sum += sums[i];
            largest = max(largest, largests[i]);
        }
        finish(sum, largest);
    }
}
