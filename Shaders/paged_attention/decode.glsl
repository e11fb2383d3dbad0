// Attention of single rows, split over the cache in chunks of CHUNK positions (Dao et al. 2023, Flash-Decoding): what
// the two passes share. Chunk c of a sequence holds the positions c · CHUNK ..< (c + 1) · CHUNK; of these a row sees
// some or none. For each live chunk the first pass leaves in the workspace, all for scores in units of log2,
//   top     the greatest score,
//   weight  Σ exp2(score − top),
//   sums    Σ exp2(score − top) · V, a head of f32,
// and the second adds them up in ascending order of chunks. Chunks in which the row sees nothing are neither written nor
// read, so a row's bits depend on its own sequence alone.
const uint CHUNK = 256;

layout(push_constant) uniform Push {
    uint heads;       // H
    uint group;       // H / G
    uint quads;       // K / 4
    uint queryPitch;  // quads a row of q and o
    uint poolPitch;   // quads a row of the pools
    uint tablePitch;  // elements a row of the table
    uint window;      // 0: none
    uint chunks;      // of the longest sequence that the table holds
    uint rows;        // R
    float scale;
} push;

// The first position that a row at `position` sees.
uint firstSeen(uint position) { return push.window > 0 ? position - min(position, push.window - 1) : 0; }

// Where chunk `chunk` of a row's head lies: as an element of the statistics, and `quads` times that in the sums.
uint chunkIndex(uint row, uint head, uint chunk) { return (row * push.heads + head) * push.chunks + chunk; }
