// Sums and maxima over a workgroup of LOCAL invocations (a power of two, declared before inclusion as a constant or a
// specialization constant). Every invocation receives the result.
//
// The order is that of a tree over the invocation's index: at strides LOCAL/2, LOCAL/4, ..., 1 each value is joined
// with its partner's. It depends on LOCAL alone, not on the size of a subgroup. Where ONE_SUBGROUP is true (a
// specialization constant of the includer: the workgroup is exactly one full subgroup, as on CPU devices, whose
// barriers are slow) partners exchange by shuffles, else through shared memory; both give the same bits.
//
// A function may be called repeatedly: it begins with a barrier. Call it from uniform control flow.

#extension GL_KHR_shader_subgroup_shuffle : require

shared vec2 reduceShared[LOCAL];

vec2 reduceExchange(vec2 value, uint stride) {
    if (ONE_SUBGROUP) { return subgroupShuffleXor(value, stride); }
    barrier();
    reduceShared[gl_LocalInvocationIndex] = value;
    barrier();
    return reduceShared[gl_LocalInvocationIndex ^ stride];
}

// Two sums at once.
vec2 workgroupSum(vec2 value) {
    for (uint stride = LOCAL / 2; stride > 0; stride >>= 1) { value += reduceExchange(value, stride); }
    return value;
}

float workgroupSum(float value) { return workgroupSum(vec2(value, 0)).x; }

// NaN where any value is NaN.
float workgroupMax(float value) {
    float unordered = (floatBitsToUint(value) & 0x7fffffffu) > 0x7f800000u ? 1 : 0;
    vec2 both = vec2(unordered != 0 ? 0 : value, unordered);
    for (uint stride = LOCAL / 2; stride > 0; stride >>= 1) { both = max(both, reduceExchange(both, stride)); }
    return both.y != 0 ? uintBitsToFloat(0x7fc00000u) : both.x;
}
