// The workgroup of kernels that give each row a workgroup. LOCAL is a power of two; ONE_SUBGROUP says that the
// workgroup is exactly one full subgroup (CPU devices, whose barriers are slow).

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LOCAL = 64;
layout(constant_id = 1) const bool ONE_SUBGROUP = false;
