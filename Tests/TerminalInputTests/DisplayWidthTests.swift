import Glibc
import Testing

@testable import TerminalInput

@Suite struct DisplayWidthTests {
  @Test(arguments: [
    ("a", 1), ("é", 1), ("e\u{301}", 1), ("\u{301}", 0), ("日", 2), ("한", 2), ("\u{1112}\u{1161}\u{11AB}", 2), ("Ａ", 2),
    ("😀", 2), ("👍🏽", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("❤\u{FE0F}", 2), ("❤", 1), ("\t", 4), ("あいう", 6), ("", 0), ("…", 1),
  ])
  func clustersAreAsWideAsTheyAreDrawn(text: String, width: Int) {
    #expect(DisplayWidth.of(text) == width)
  }

  /// Against the C library, but for ambiguous ones, of which it takes U+3248 to U+324F for wide. Its table
  /// is made from Unicode's own files as well; it may be older or newer, so what it does not know (-1) is not compared.
  @Test func scalarsAreAsWideAsTheCLibrarySays() throws {
    // Swift's Glibc module leaves wcwidth out.
    let symbol = try #require(dlsym(nil, "wcwidth"))
    let width = unsafeBitCast(symbol, to: (@convention(c) (wchar_t) -> Int32).self)
    let locale = try #require(newlocale(Int32(1 << LC_CTYPE), "C.UTF-8", nil))
    let previous = uselocale(locale)
    defer {
      uselocale(previous)
      freelocale(locale)
    }
    var compared = 0
    var different: [UInt32] = []
    for value in UInt32(0x20)..<0x110000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let category = scalar.properties.generalCategory
      // Not drawn, or drawn as the font likes: nobody types them.
      if [.unassigned, .privateUse, .format, .control].contains(category) { continue }
      let wanted = width(wchar_t(value))
      if wanted < 0 { continue }
      compared += 1
      if DisplayWidth.of(scalar) != Int(wanted) { different.append(value) }
    }
    #expect(compared > 100_000)
    #expect(different.count <= 10, "\(different.count): \(different.prefix(90).map { String($0, radix: 16) })")
  }
}
