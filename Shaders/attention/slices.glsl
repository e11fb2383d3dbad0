// What the attention kernels share: slices of a head across neighbouring invocations. The including shader declares the
// constant SLICES, a power of two up to 16 and no larger than the subgroup.
#extension GL_KHR_shader_subgroup_shuffle : require

const float LOG2_E = 1.44269504088896340736;
const float LN_2 = 0.69314718055994530942;
const uint NOTHING = 0xffffffffu;
const float LOWEST = -1e30;  // finite, so that a difference of two is never NaN

// Neighbours in the workgroup are neighbours in the subgroup: true of every driver for one-dimensional workgroups. (Not
// gl_SubgroupID * gl_SubgroupSize: Intel's driver reports a size of 32 while it runs 8 or 16 invocations together.)
uint lane() { return gl_LocalInvocationIndex; }

// The sum of `part` over the slices that share a row.
float acrossSlices(float part) {
    if (SLICES > 1) part += subgroupShuffleXor(part, 1);
    if (SLICES > 2) part += subgroupShuffleXor(part, 2);
    if (SLICES > 4) part += subgroupShuffleXor(part, 4);
    if (SLICES > 8) part += subgroupShuffleXor(part, 8);
    return part;
}

float dotInto(vec4 a, vec4 b, float sum) { return fma(a.x, b.x, fma(a.y, b.y, fma(a.z, b.z, fma(a.w, b.w, sum)))); }
