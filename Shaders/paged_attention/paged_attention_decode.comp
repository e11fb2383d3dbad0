#version 450
// First pass of decoding: one row, one KV head, one chunk of the cache a workgroup; see decode.glsl for what it leaves.
//
// q: [R, H·K]; k, v: the pools, [blocks · 32, G·K]; table: i32 [sequences, maximal blocks], a row's pitch apart;
// sequence, position: i32 [R]; statistics: (top, weight) and sums: see decode.glsl. Which positions a row sees, where
// they lie and what a dead row is: as in paged_attention_prefill.comp.
//
// SLICES neighbouring invocations share a position in the dot products; in the sums over V an invocation owns quads of
// the head and every PARTS-th group of four positions. The query heads of the group are taken ROWS at a
// time, so that K and V are read once for all of them.
//! variants: TYPE = f32 f16 bf16; POOL = f32 f16
//! variants: TYPE = bf16; POOL = bf16
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#include "include/storage.glsl"

layout(constant_id = 0) const uint LANES = 8;
layout(constant_id = 1) const uint ROWS = 4;  // query heads; no more than LANES
layout(constant_id = 2) const uint SLICES = 1;
layout(constant_id = 3) const uint QUAD_LANES = 8;  // invocations side by side on the quads of a head: a power of two
layout(constant_id = 4) const uint LANE_QUADS = 1;  // quads of an invocation at once
layout(constant_id = 5) const bool ONE_SUBGROUP = false;  // the workgroup is one
layout(local_size_x_id = 0) in;

layout(set = 0, binding = 0) readonly buffer Q { TYPE q[]; };
layout(set = 0, binding = 1) readonly buffer K { POOL k[]; };
layout(set = 0, binding = 2) readonly buffer V { POOL v[]; };
layout(set = 0, binding = 3) readonly buffer Table { int table[]; };
layout(set = 0, binding = 4) readonly buffer Sequence { int sequence[]; };
layout(set = 0, binding = 5) readonly buffer Position { int position[]; };
layout(set = 0, binding = 6) writeonly buffer Statistics { vec2 statistics[]; };
layout(set = 0, binding = 7) writeonly buffer Sums { f32 sums[]; };
#include "attention/slices.glsl"
#include "paged_attention/decode.glsl"

const uint CACHE_BLOCK = 32;
const uint POSITIONS = 4;  // of an invocation at once
const uint POSITION_LANES = LANES / SLICES;
const uint PARTS = LANES / QUAD_LANES;
// In one subgroup the lanes read different operands that all of them need, and hand them around: see forms.glsl.
const uint READERS = ONE_SUBGROUP && PARTS == 1 ? LANES : 1;
const uint WEIGHT_READS = (4 * ROWS + READERS - 1) / READERS;

shared float scores[ROWS * CHUNK];  // and then weights
shared float perLane[ROWS * LANES];
shared vec4 partial[LANES];

uint owner;       // the row's sequence
uint begin, end;  // the chunk's positions as far as the sequence goes
uint from;        // the first that the row sees
float top[ROWS];  // the greatest score: this invocation's, then the chunk's

// A barrier of the workgroup. lavapipe turns one into a suspension, which costs a workgroup of one subgroup a third of its
// time and is not needed there.
void together() {
    if (ONE_SUBGROUP) subgroupBarrier();
    else barrier();
}

uint poolQuad(uint p) {
    uint block = table[owner * push.tablePitch + p / CACHE_BLOCK];
    return (block * CACHE_BLOCK + p % CACHE_BLOCK) * push.poolPitch + gl_WorkGroupID.y * push.quads;
}

// First quads of the query heads firstHead ..< firstHead + ROWS; beyond the group, of its last.
uint queryQuad(uint firstHead, uint r) {
    uint head = gl_WorkGroupID.y * push.group + min(firstHead + r, push.group - 1);
    return gl_WorkGroupID.x * push.queryPitch + head * push.quads;
}

// Scores of all positions, LOWEST where the row does not see.
void scorePositions(uint firstHead) {
    [[unroll]] for (uint r = 0; r < ROWS; r++) top[r] = LOWEST;
    for (uint step = begin; step < end; step += POSITION_LANES * POSITIONS) {
        float dots[ROWS][POSITIONS];
        uint at[POSITIONS];
        [[unroll]] for (uint p = 0; p < POSITIONS; p++) {
            at[p] = poolQuad(min(step + lane() / SLICES + POSITION_LANES * p, end - 1));
            [[unroll]] for (uint r = 0; r < ROWS; r++) dots[r][p] = 0.0;
        }
        [[dont_unroll]] for (uint i = SLICES == 1 ? 0 : lane() % SLICES; i < push.quads; i += SLICES) {
            vec4 y[POSITIONS];
            [[unroll]] for (uint p = 0; p < POSITIONS; p++) y[p] = unpack(k[at[p] + i]);
            vec4 own = unpack(q[queryQuad(firstHead, lane() % ROWS) + i]);
            [[unroll]] for (uint r = 0; r < ROWS; r++) {
                vec4 x = READERS > 1 ? subgroupShuffle(own, r) : unpack(q[queryQuad(firstHead, r) + i]);
                [[unroll]] for (uint p = 0; p < POSITIONS; p++) dots[r][p] = dotInto(x, y[p], dots[r][p]);
            }
        }
        [[unroll]] for (uint p = 0; p < POSITIONS; p++) {
            uint s = step + lane() / SLICES + POSITION_LANES * p;
            [[unroll]] for (uint r = 0; r < ROWS; r++) {
                float dotProduct = acrossSlices(dots[r][p]);
                float score = s >= from && s < end ? dotProduct * (push.scale * LOG2_E) : LOWEST;
                top[r] = max(top[r], score);
                scores[r * CHUNK + s - begin] = score;  // the same from every slice
            }
        }
    }
}

// Turns the scores into weights exp2(score − top) and writes the statistics of the chunk.
void weighPositions(uint firstHead, uint count) {
    [[unroll]] for (uint r = 0; r < ROWS; r++) perLane[r * LANES + lane()] = top[r];
    together();
    float total[ROWS];
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        for (uint other = 0; other < LANES; other++) top[r] = max(top[r], perLane[r * LANES + other]);
        total[r] = 0.0;
    }
    for (uint s = lane(); s < count; s += LANES) {
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            float score = scores[r * CHUNK + s];
            float weight = score <= LOWEST ? 0.0 : exp2(score - top[r]);
            scores[r * CHUNK + s] = weight;
            total[r] += weight;
        }
    }
    together();
    [[unroll]] for (uint r = 0; r < ROWS; r++) perLane[r * LANES + lane()] = total[r];
    together();
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        if (lane() > 0 || firstHead + r >= push.group) continue;
        float sum = 0.0;
        for (uint other = 0; other < LANES; other++) sum += perLane[r * LANES + other];
        uint head = gl_WorkGroupID.y * push.group + firstHead + r;
        statistics[chunkIndex(gl_WorkGroupID.x, head, gl_WorkGroupID.z)] = vec2(top[r], sum);
    }
}

// The sum of `sum` over the parts, in order, in part 0.
vec4 acrossParts(vec4 sum) {
    partial[lane()] = sum;
    together();
    for (uint at = lane() + QUAD_LANES; at < LANES; at += QUAD_LANES) sum += partial[at];
    together();
    return sum;
}

// Σ weight · V over the chunk.
void sumValues(uint firstHead, uint count) {
    uint part = PARTS == 1 ? 0 : lane() / QUAD_LANES;
    for (uint i0 = 0; i0 < push.quads; i0 += QUAD_LANES * LANE_QUADS) {
        vec4 sum[ROWS][LANE_QUADS];
        uint quad[LANE_QUADS];
        [[unroll]] for (uint n = 0; n < LANE_QUADS; n++) {
            quad[n] = i0 + lane() % QUAD_LANES + QUAD_LANES * n;
            [[unroll]] for (uint r = 0; r < ROWS; r++) sum[r][n] = vec4(0.0);
        }
        for (uint s = 4 * part; s < count; s += 4 * PARTS) {
            uint at = poolQuad(begin + s), last = end - 1 - begin - s;
            float weights[WEIGHT_READS];  // of position f % 4 and row f / 4 for each f
            [[unroll]] for (uint j = 0; j < WEIGHT_READS; j++) {
                uint f = READERS == 1 ? j : min(lane() + READERS * j, 4 * ROWS - 1);
                weights[j] = scores[f / 4 * CHUNK + s + f % 4];
            }
            [[unroll]] for (uint c = 0; c < 4; c++) {
                [[unroll]] for (uint n = 0; n < LANE_QUADS; n++) {
                    vec4 y = unpack(v[at + min(c, last) * push.poolPitch + min(quad[n], push.quads - 1)]);
                    [[unroll]] for (uint r = 0; r < ROWS; r++) {
                        uint f = 4 * r + c;
                        float weight = READERS == 1 ? weights[f] : subgroupShuffle(weights[f / READERS], f % READERS);
                        sum[r][n] = fma(vec4(weight), y, sum[r][n]);
                    }
                }
            }
        }
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            uint head = gl_WorkGroupID.y * push.group + firstHead + r;
            uint at = chunkIndex(gl_WorkGroupID.x, head, gl_WorkGroupID.z) * push.quads;
            [[unroll]] for (uint n = 0; n < LANE_QUADS; n++) {
                if (PARTS > 1) sum[r][n] = acrossParts(sum[r][n]);
                if (part == 0 && quad[n] < push.quads && firstHead + r < push.group) pack(sums[at + quad[n]], sum[r][n]);
            }
        }
    }
}

void main() {
    int itsSequence = sequence[gl_WorkGroupID.x], itsPosition = position[gl_WorkGroupID.x];
    if (itsSequence < 0 || itsPosition < 0) return;
    owner = itsSequence;
    begin = gl_WorkGroupID.z * CHUNK;
    end = min(begin + CHUNK, uint(itsPosition) + 1);
    from = firstSeen(itsPosition);
    if (begin >= end || from >= end) return;
    uint count = (end - begin + 3) / 4 * 4;
    for (uint firstHead = 0; firstHead < push.group; firstHead += ROWS) {
        scorePositions(firstHead);
        weighPositions(firstHead, count);
        together();
        sumValues(firstHead, count);
        together();
    }
}
