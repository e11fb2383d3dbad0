// How the attention kernels spread a block of rows over the invocations of a workgroup.
//
// SLICES neighbouring invocations of one subgroup share ROWS rows. Slice y owns the quads y, y + SLICES, … of the head;
// a dot product is added up across the slices by a butterfly of shuffles. Two forms:
//
//   streamed  The rows' operands are read again from storage for every block of columns, and the sums lie in shared
//             memory of which no other invocation reads anything; so the loop over the head is a real loop, and
//             pipelines are small at any head size. For CPU drivers, with one slice and one subgroup to a workgroup;
//             and for GPUs with few registers.
//   resident  The rows' operands and sums stay in registers. For GPUs.
//
// Columns are visited in blocks of COLUMNS that start at multiples of COLUMNS. COLUMNS and SLICES fix the order of
// every sum; LANES, ROWS and the form do not enter into it, and neither do blocks in which a row sees nothing.
#extension GL_EXT_control_flow_attributes : require
#include "include/storage.glsl"

layout(constant_id = 0) const uint LANES = 8;   // invocations a workgroup, a multiple of the subgroup size
layout(constant_id = 1) const uint QUADS = 16;  // head size / 4
layout(constant_id = 2) const uint ROWS = 4;    // rows an invocation
layout(constant_id = 3) const uint COLUMNS = 16;
layout(constant_id = 4) const uint SLICES = 1;  // a power of two, no larger than the subgroup
layout(local_size_x_id = 0) in;

const uint SLICE_QUADS = (QUADS + SLICES - 1) / SLICES;
#ifdef FORM_IS_streamed
#define HEAD_LOOP [[dont_unroll]]
#else
#define HEAD_LOOP [[unroll]]
#endif
const uint ROW_LANES = LANES / SLICES;      // invocations side by side on different rows
const uint BLOCK_ROWS = ROW_LANES * ROWS;   // rows of a workgroup

#include "attention/slices.glsl"

// The row of the workgroup, 0 ..< BLOCK_ROWS, that is this invocation's row `r`.
uint ownRow(uint r) { return lane() / SLICES + ROW_LANES * r; }

// Quad `i` of this invocation's slice, as a quad of the head. Where the slices do not divide the head, the last may lie
// beyond it: `inHead` tells, and `safeQuad` is a quad that can be read. Written so that the slices' part in it vanishes
// before the drivers ask which addresses are the same for a whole workgroup.
uint headQuad(uint i) { return SLICES == 1 ? i : lane() % SLICES + SLICES * i; }
bool inHead(uint i) { return QUADS % SLICES == 0 || headQuad(i) < QUADS; }
uint safeQuad(uint i) { return QUADS % SLICES == 0 ? headQuad(i) : min(headQuad(i), QUADS - 1); }

// An operand of a dot product: zeros beyond the head.
vec4 headPart(vec4 x, uint i) { return mix(vec4(0.0), x, bvec4(inHead(i))); }

// A driver for CPUs pays for each lane's load, of the same address or not, and next to nothing for a shuffle from a
// constant lane: so with one slice, where the workgroup is one subgroup, the lanes read one quad of different columns and
// hand them around. READ_COLUMNS does this reading, where there is any; COLUMN_QUAD is the quad of column c. Column c lies
// at `base + min(c, last) * pitch`, plus the quad of the head.
#ifdef FORM_IS_streamed
const uint READERS = SLICES == 1 ? LANES : 1;
#else
const uint READERS = 1;
#endif
const uint COLUMN_READS = READERS == 1 ? 1 : (COLUMNS + READERS - 1) / READERS;
#define COLUMN(buffer, base, last, pitch, i, c) unpack(buffer[(base) + min(c, last) * (pitch) + safeQuad(i)])
#define READ_COLUMNS(quads, buffer, base, last, pitch, i) \
    vec4 quads[COLUMN_READS]; \
    if (READERS > 1) { \
        [[unroll]] for (uint j = 0; j < COLUMN_READS; j++) { \
            quads[j] = COLUMN(buffer, base, last, pitch, i, lane() + READERS * j); \
        } \
    }
#define COLUMN_QUAD(quads, buffer, base, last, pitch, i, c) \
    (READERS > 1 ? subgroupShuffle(quads[(c) / READERS], (c) % READERS) : COLUMN(buffer, base, last, pitch, i, c))

#define OPERAND(buffer, first, i) headPart(unpack(buffer[(first) + safeQuad(i)]), i)
