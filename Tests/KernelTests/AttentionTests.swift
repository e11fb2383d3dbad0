import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

@Suite struct AttentionTests {
  /// One attention: T rows in documents, with padding at the end.
  struct Case: CustomTestStringConvertible, Sendable {
    var rows: Int
    var heads = 2
    var kvHeads = 1
    var headSize: Int
    var type = DType.f32
    var window = 0
    /// Rows of each document but the last, which takes the rest.
    var documents: [Int] = []
    /// Dead rows at the end.
    var padding = 0
    var tiling = DeviceKind.own

    var testDescription: String {
      "T \(rows) H \(heads) G \(kvHeads) K \(headSize) \(type.name) window \(window) documents \(documents) "
        + "padding \(padding) \(tiling)"
    }

    var shape: AttentionShape {
      AttentionShape(heads: heads, kvHeads: kvHeads, headSize: headSize, scale: 0.3, window: window)
    }

    var reference: Reference.AttentionShape {
      Reference.AttentionShape(heads: heads, kvHeads: kvHeads, scale: 0.3, window: window)
    }

    var documentStart: [Int] {
      var start: [Int] = []
      for size in documents { start += Array(repeating: start.count, count: size) }
      start += Array(repeating: start.count, count: rows - padding - start.count)
      return start + (0..<padding).map { start.count + $0 + 1 }
    }
  }

  /// Operands on the device, and what they are after rounding.
  struct Operands {
    let q, k, v, dO: Matrix
    let tensors: Attention.Operands
    let dOTensor: TensorSlice

    init(_ c: Case, _ gpu: TestDevice) throws {
      func random(_ columns: Int, _ seed: UInt64) -> Matrix {
        Matrix.random(c.rows, columns, seed: seed).rounded(to: c.type)
      }
      q = random(c.heads * c.headSize, 1)
      k = random(c.kvHeads * c.headSize, 2)
      v = random(c.kvHeads * c.headSize, 3)
      dO = random(c.heads * c.headSize, 4)
      tensors = Attention.Operands(
        q: try gpu.upload(q, as: c.type), k: try gpu.upload(k, as: c.type), v: try gpu.upload(v, as: c.type),
        documentStart: try gpu.indices(c.documentStart))
      dOTensor = try gpu.upload(dO, as: c.type)
    }
  }

  /// Results of a forward and a backward pass; poison where nothing was written.
  struct Results {
    let o, lse, dq, dk, dv: TensorSlice

    init(_ c: Case, _ x: Operands, _ gpu: TestDevice) throws {
      o = try gpu.poisoned(rows: c.rows, columns: c.heads * c.headSize, as: c.type)
      lse = try gpu.poisoned(rows: c.rows, columns: c.heads)
      dq = try gpu.poisoned(rows: c.rows, columns: c.heads * c.headSize, as: c.type)
      dk = try gpu.poisoned(rows: c.rows, columns: c.kvHeads * c.headSize, as: c.type)
      dv = try gpu.poisoned(rows: c.rows, columns: c.kvHeads * c.headSize, as: c.type)
      let workspace = try gpu.workspace(Attention.workspaceBytes(rows: c.rows, heads: c.heads))
      let context = c.tiling.context(gpu)
      try gpu.run(
        Attention.forward(x.tensors, o: o, lse: lse, shape: c.shape, in: context)
          + Attention.backward(
            x.tensors, o: o, lse: lse, dO: x.dOTensor, dq: dq, dk: dk, dv: dv, workspace: workspace,
            shape: c.shape, in: context))
    }

    func bytes(_ gpu: TestDevice) throws -> [[UInt8]] { try [o, lse, dq, dk, dv].map(gpu.bytes) }
  }

  @Test(arguments: [
    Case(rows: 1, headSize: 8),
    Case(rows: 31, heads: 4, kvHeads: 4, headSize: 8),
    Case(rows: 33, heads: 6, kvHeads: 2, headSize: 32),
    Case(rows: 257, heads: 3, kvHeads: 3, headSize: 36),
    Case(rows: 33, heads: 8, kvHeads: 1, headSize: 64),
    Case(rows: 32, heads: 6, kvHeads: 2, headSize: 80),
    Case(rows: 65, headSize: 128),
    Case(rows: 33, headSize: 256),
    Case(rows: 70, heads: 6, kvHeads: 2, headSize: 36, window: 1),
    Case(rows: 90, heads: 1, kvHeads: 1, headSize: 36, window: 17),
    Case(rows: 90, heads: 6, kvHeads: 2, headSize: 32, documents: [1, 30, 20, 33]),
    Case(rows: 90, headSize: 32, documents: [40, 3], padding: 7),
    Case(rows: 90, headSize: 36, window: 9, documents: [16, 48], padding: 3),
    Case(rows: 33, headSize: 32, padding: 33),
    Case(rows: 65, heads: 6, kvHeads: 2, headSize: 64, type: .f16, documents: [20], padding: 5),
    Case(rows: 65, heads: 6, kvHeads: 2, headSize: 64, type: .bf16, documents: [20], padding: 5),
    Case(rows: 40, heads: 3, kvHeads: 1, headSize: 36, type: .f16, window: 20),
    Case(rows: 40, heads: 3, kvHeads: 1, headSize: 36, type: .bf16, window: 20),
    Case(rows: 90, heads: 6, kvHeads: 2, headSize: 36, window: 50, documents: [40], padding: 7, tiling: .intel),
    Case(rows: 70, headSize: 64, type: .f16, documents: [20], padding: 7, tiling: .intel),
    Case(rows: 90, heads: 6, kvHeads: 2, headSize: 36, window: 50, documents: [40], padding: 7, tiling: .otherGPU),
    Case(rows: 70, headSize: 64, type: .bf16, documents: [20], padding: 7, tiling: .otherGPU),
    Case(rows: 40, headSize: 256, tiling: .otherGPU),
  ])
  func agreesWithReference(_ c: Case) throws {
    let gpu = try TestDevice.shared()
    let x = try Operands(c, gpu)
    let got = try Results(c, x, gpu)
    let (o, lse) = Reference.attention(
      q: x.q, k: x.k, v: x.v, documentStart: c.documentStart, shape: c.reference)
    expectClose(try gpu.download(got.o), o, as: c.type, "o")
    expectClose(try gpu.download(got.lse), lse, "lse")
    let want = Reference.attentionBackward(
      q: x.q, k: x.k, v: x.v, dO: x.dO, documentStart: c.documentStart, shape: c.reference)
    // The stored o is rounded, and delta = rowsum(dO ∘ o) with it: its error reaches dq and dk unattenuated.
    let nmse = c.type.tolerance * (c.type == .f32 ? 1 : 4)
    expectClose(try gpu.download(got.dq), want.dq, as: c.type, nmse: nmse, "dq")
    expectClose(try gpu.download(got.dk), want.dk, as: c.type, nmse: nmse, "dk")
    expectClose(try gpu.download(got.dv), want.dv, as: c.type, nmse: nmse, "dv")
  }

  @Test(arguments: [DeviceKind.own, .intel, .otherGPU])
  func repeatsItsBits(_ tiling: DeviceKind) throws {
    let gpu = try TestDevice.shared()
    let c = Case(rows: 90, heads: 6, kvHeads: 2, headSize: 36, documents: [40], padding: 2, tiling: tiling)
    let x = try Operands(c, gpu)
    #expect(try Results(c, x, gpu).bytes(gpu) == Results(c, x, gpu).bytes(gpu))
  }

  /// Blocks of columns in which a row sees nothing leave its bits alone, whether they are visited for its neighbours'
  /// sake or not: a document has the same bits alone, at the same row, and behind another.
  @Test(arguments: [DeviceKind.own, .intel, .otherGPU])
  func documentsDoNotTouchEachOther(_ tiling: DeviceKind) throws {
    let gpu = try TestDevice.shared()
    let together = Case(rows: 96, headSize: 36, documents: [41], tiling: tiling)
    var alone = together
    alone.documents = []
    let x = try Operands(together, gpu), y = try Operands(alone, gpu)
    let a = try Results(together, x, gpu), b = try Results(alone, y, gpu)
    #expect(try gpu.bytes(a.o.rows(0..<41)) == gpu.bytes(b.o.rows(0..<41)))
    #expect(try gpu.bytes(a.lse.rows(0..<41)) == gpu.bytes(b.lse.rows(0..<41)))
    #expect(try gpu.bytes(a.dq.rows(0..<41)) == gpu.bytes(b.dq.rows(0..<41)))
    #expect(try gpu.bytes(a.o.rows(41..<96)) != gpu.bytes(b.o.rows(41..<96)))
  }

  @Test func rowsDoNotDependOnTheRowsThatFollow() throws {
    let gpu = try TestDevice.shared()
    let short = Case(rows: 100, headSize: 32), long = Case(rows: 300, headSize: 32)
    let whole = try Operands(long, gpu)
    func first(_ m: Matrix) throws -> TensorSlice { try gpu.upload(m.rows(0..<100)) }
    let part = Attention.Operands(
      q: try first(whole.q), k: try first(whole.k), v: try first(whole.v),
      documentStart: try gpu.indices(short.documentStart))
    func forward(_ x: Attention.Operands, _ c: Case) throws -> [UInt8] {
      let o = try gpu.poisoned(rows: c.rows, columns: c.heads * c.headSize)
      let lse = try gpu.poisoned(rows: c.rows, columns: c.heads)
      try gpu.run(Attention.forward(x, o: o, lse: lse, shape: c.shape, in: gpu.context))
      return try gpu.bytes(o.rows(0..<100)) + gpu.bytes(lse.rows(0..<100))
    }
    #expect(try forward(part, short) == forward(whole.tensors, long))
  }
}
