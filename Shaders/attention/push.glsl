layout(push_constant) uniform Push {
    uint rows;        // T
    uint heads;       // H
    uint group;       // H / G
    uint queryPitch;  // quads a row of q, o and their gradients
    uint keyPitch;    // quads a row of k, v and their gradients
    uint statPitch;   // elements a row of lse and delta
    uint window;      // 0: none
    float scale;
} push;
