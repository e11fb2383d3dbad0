import Testing

@testable import VendorCompile

/// The gate's judgement and its table, from reports made up here; the compilers themselves run in Tools/vendor-compile.
@Suite struct TableTests {
  private static func id(_ name: String, class shapeClass: String = "large") -> PipelineID {
    PipelineID(family: "matmul", shapeClass: shapeClass, name: name)
  }

  private static func figures(spills: Int = 0, scratch: Int = 0) -> Figures {
    Figures(registers: 84, spills: spills, scratchBytes: scratch, occupancy: 18, subgroupSize: 64, instructions: 272)
  }

  private static func report(_ compiled: [(PipelineID, Figures)], finished: Bool = true) -> DeviceReport {
    var lines: [ReportLine] = [.device(column: "NAVI21", name: "Null hardware", driver: "Mesa")]
    for (id, figures) in compiled { lines += [.started(id), .compiled(id, figures)] }
    return DeviceReport(lines: finished ? lines + [.finished] : lines)
  }

  @Test func spillingCandidateIsAllowedBesideSpillFreeOne() {
    let report = Self.report([(Self.id("a[16,8]"), Self.figures(spills: 3)), (Self.id("a[8,4]"), Self.figures())])
    #expect(report.problems == [])
    #expect(Table([report]).passes)
  }

  @Test(arguments: [figures(spills: 1), figures(scratch: 16)])
  func classWithoutSpillFreeCandidateFails(_ figures: Figures) {
    let small = (Self.id("b[1]", class: "small"), Self.figures())
    let report = Self.report([(Self.id("a[16,8]"), figures), (Self.id("a[8,4]"), figures), small])
    #expect(report.problems == ["matmul large has no spill-free candidate among 2"])
    #expect(!Table([report]).passes)
  }

  @Test func refusedPipelineFails() {
    let id = Self.id("a[8,4]")
    let report = DeviceReport(lines: [
      .device(column: "skl", name: "HD 530", driver: "Mesa"), .started(id), .refused(id, reason: "why"), .finished,
    ])
    #expect(report.problems == ["a[8,4] does not compile: why"])
    #expect(Table([report]).text.contains("FAILED"))
  }

  @Test func crashOfTheCompilerNamesThePipeline() {
    let report = DeviceReport(lines: [
      .device(column: "skl", name: "HD 530", driver: "Mesa"), .started(Self.id("a[8,4]")),
    ])
    #expect(
      report.problems == [
        "a[8,4] does not compile: the driver's compiler did not come back",
        "the end of the catalog was not reached",
      ])
  }

  @Test func emptyReportFails() {
    #expect(DeviceReport(lines: []).problems.count == 2)
    #expect(DeviceReport(lines: [.finished]).problems == ["no pipeline was compiled"])
  }

  @Test func tableKeepsItsOrderWhateverTheReports() {
    let first = Self.report([(Self.id("a[16,4]"), Self.figures()), (Self.id("a[8,4]"), Self.figures())])
    let second = Self.report([
      (Self.id("a[8,4]"), Self.figures(spills: 2, scratch: 64)), (Self.id("b"), Self.figures()),
    ])
    let lines = Table([first, second]).text.split(separator: "\n").map(String.init)
    let start = lines.firstIndex { $0.hasPrefix("matmul") }!
    #expect(
      lines[(start + 1)...(start + 3)] == [
        "  a[8,4]   84v w18 272i  84v w18 272i+2s+64B",
        "  a[16,4]  84v w18 272i  .",
        "  b        .             84v w18 272i",
      ])
  }

  @Test func intelCellShowsDispatchWidth() {
    var figures = Figures(
      registers: nil, spills: 0, scratchBytes: 0, occupancy: nil, subgroupSize: 16, instructions: 354)
    #expect(Table.cell(.compiled(figures)) == "x16 354i")
    figures.registers = 114
    #expect(Table.cell(.compiled(figures)) == "114r x16 354i")
  }
}
