import Report
import Testing

@Suite struct ProgressLineTests {
  private let line = ProgressLine(
    step: 120, total: 500, loss: 1.2345, learningRate: 1.9e-5, gradNorm: 0.832, tokensPerSecond: 812,
    shareOfPeak: 0.42, secondsLeft: 178)

  @Test func whatMattersLeastIsLeftOutFirst() {
    #expect(
      line.text(width: 200) == "step 120/500 ▕█████░░░░░░░░░░░░░░░░░░░▏ loss 1.234 lr 1.9e-05 |g| 0.83 812 tok/s "
        + "42 % of peak 3 min left")
    #expect(
      line.text(width: 87) == "step 120/500 ▕█░░░░░░▏ loss 1.234 lr 1.9e-05 |g| 0.83 812 tok/s 42 % of peak 3 min left")
    #expect(
      line.text(width: 80) == "step 120/500 ▕███░░░░░░░░░░▏ loss 1.234 lr 1.9e-05 |g| 0.83 812 tok/s 3 min left")
    #expect(line.text(width: 54) == "step 120/500 ▕█░░░░░░▏ loss 1.234 812 tok/s 3 min left")
    #expect(line.text(width: 45) == "step 120/500 loss 1.234 812 tok/s 3 min left")
    #expect(line.text(width: 40) == "step 120/500 loss 1.234 3 min left")
    #expect(line.text(width: 25) == "step 120/500 loss 1.234")
    #expect(line.text(width: 12) == "step 120/500")
    #expect(line.text(width: 6) == "step 1")
    #expect(line.text(width: 0).isEmpty && line.text(width: -1).isEmpty)
  }

  @Test func neverWiderThanAsked() {
    for width in 0...200 { #expect(line.text(width: width).count <= width) }
  }

  @Test func whatIsNotKnownIsNotSaid() {
    let first = ProgressLine(
      step: 0, total: 0, loss: .nan, learningRate: 0, gradNorm: .infinity, tokensPerSecond: 12345)
    #expect(first.text(width: 51) == "step 0/0 ▕░░░░░░░▏ loss NaN lr 0 |g| ∞ 12,345 tok/s")
  }

  @Test func theBarIsFullAtTheEndAlone() {
    var line = line
    line.step = 499
    #expect(line.text(width: 200).contains("█░▏"))
    line.step = 500
    #expect(line.text(width: 200).contains("██▏"))
  }

  @Test(arguments: [
    (0, "0 s"), (59.4, "59 s"), (60, "1 min"), (178, "3 min"), (3569, "59 min"), (3570, "1 h"), (7800, "2 h 10 min"),
    (86399, "1 d"), (273_600, "3 d 4 h"), (.infinity, "∞"),
  ])
  func timeLeft(seconds: Double, text: String) {
    var line = line
    line.secondsLeft = seconds
    #expect(line.text(width: 200).hasSuffix(" peak \(text) left"))
  }
}
