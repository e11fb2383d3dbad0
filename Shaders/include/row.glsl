// The workgroup of kernels that give each row a workgroup. LOCAL is a power of two; ONE_SUBGROUP says that the
// workgroup is exactly one full subgroup (CPU devices, whose barriers are slow).

#extension GL_KHR_shader_subgroup_shuffle : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LOCAL = 64;
layout(constant_id = 1) const bool ONE_SUBGROUP = false;

// Rows of a workgroup: on a CPU several, so that what all rows share is read once for all of them.
const uint ROWS = ONE_SUBGROUP ? LOCAL : 1;

// Keeps a value for each of the workgroup's rows: invocation r holds row r's.
float keepForRow(float kept, float value, uint row) {
    return ROWS == 1 || gl_LocalInvocationID.x == row ? value : kept;
}

// The value kept for a row. Call it where the whole workgroup is active.
float keptForRow(float kept, uint row) { return ROWS == 1 ? kept : subgroupShuffle(kept, row); }
