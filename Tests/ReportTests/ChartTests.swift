import Foundation
import Testing

@testable import Report

@Suite struct AxisTests {
  @Test(arguments: [
    (0.0...10.0, ["0", "2", "4", "6", "8", "10"]), (1.1...9.3, ["0", "2", "4", "6", "8", "10"]),
    (0.0...1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (30_100.0...31_900.0, ["30,000", "30,500", "31,000", "31,500", "32,000"]),
    (0.0...2e-5, ["0", "5e-6", "1e-5", "1.5e-5", "2e-5"]),
    (1.21...1.34, ["1.20", "1.25", "1.30", "1.35"]),
    (-3.0...4.0, ["-4", "-2", "0", "2", "4"]), (0.0...0.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (3.0...3.0, ["0", "2", "4", "6"]), (0.0...3e8, ["0", "1e8", "2e8", "3e8"]),
  ])
  func ticksAreRound(values: ClosedRange<Double>, labels: [String]) {
    let axis = Axis(covering: values)
    #expect(axis.labels == labels)
    #expect(axis.range.lowerBound <= values.lowerBound + 1e-12 && axis.range.upperBound >= values.upperBound - 1e-12)
  }

  @Test(arguments: [
    (0...499, ["0", "100", "200", "300", "400"]), (0...19_999, ["0", "5,000", "10,000", "15,000"]),
    (0...0, ["0", "1"]),
    (0...3, ["0", "1", "2", "3"]), (700...900, ["700", "750", "800", "850", "900"]), (0...7, ["0", "2", "4", "6"]),
  ])
  func stepsAreWhole(values: ClosedRange<Int>, labels: [String]) {
    #expect(Axis(stepsFrom: values).labels == labels)
  }

  @Test func positionsStayInside() {
    let axis = Axis(covering: 0...10)
    #expect([-100, 0, 5, 10, 11, 1e300].map { axis.position($0) } == [-1, 0, 0.5, 1, 1.1, 2])
    #expect(axis.isBelow(10.1) && !axis.isBelow(10))
  }
}

@Suite struct CurveTests {
  private func curve(_ values: [Double]) -> Curve {
    Curve(values.enumerated().map { Curve.Point(step: $0.offset, value: $0.element) })
  }

  @Test func thinningLosesNoSpike() {
    var values = (0..<20_000).map { sin(Double($0) / 700) }
    values[7777] = 50
    values[12_345] = -40
    let thinned = curve(values).thinned(columns: 100)
    #expect(thinned.points.count <= 200)
    #expect(thinned.points.contains(.init(step: 7777, value: 50)))
    #expect(thinned.points.contains(.init(step: 12_345, value: -40)))
    #expect(thinned.points.first?.step == 0 && thinned.points.last?.step == 19_999)
    #expect(thinned.points.map(\.step) == thinned.points.map(\.step).sorted())
    #expect(Set(thinned.points.map(\.step)).count == thinned.points.count)
  }

  /// In every column of the drawing the thinned curve reaches as high and as low as the whole one.
  @Test func thinningKeepsTheOutline() {
    let whole = curve(realisticRows(5000).map(\.loss))
    let thinned = whole.thinned(columns: 50)
    for start in stride(from: 1, to: 4998, by: 4998 / 49) {
      let column = start..<(start + 4998 / 49)
      let found = thinned.points.filter { column.contains($0.step) }.map(\.value)
      let wanted = whole.points.filter { column.contains($0.step) }.map(\.value)
      #expect(found.max() == wanted.max() && found.min() == wanted.min(), "\(column)")
    }
  }

  @Test func shortCurvesStayAsTheyAre() {
    for count in [0, 1, 2, 3, 200] {
      let short = curve((0..<count).map(Double.init))
      #expect(short.thinned(columns: 100).points == short.points)
      #expect(short.sampled(200).points == short.points)
    }
  }

  @Test func smoothingKeepsLinesAndTheStart() {
    let line = curve((0..<100).map { Double($0) * 3 })
    let smooth = line.smoothed(radius: 5)
    for place in 0..<90 { #expect(abs(smooth.points[place].value - line.points[place].value) <= 1e-9) }
    #expect(smooth.points[0] == line.points[0])
    #expect(smooth.points.count == 100)
    #expect(line.smoothed(radius: 0).points == line.points)
  }

  @Test func valuesThatAreNotFiniteAreLeftOut() {
    #expect(curve([1, .nan, 2, .infinity, 3]).points.map(\.step) == [0, 2, 4])
    #expect(curve([]).quantile(0.5) == nil && curve([.nan]).lowest == nil)
  }
}
