import Foundation

/// Numbers as people read them.
enum NumberText {
  /// `digits` significant digits, without an exponent where the number is of a usual size: `0.832`, `12.3`, `1,234`,
  /// `1.9e-05`.
  static func significant(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
    guard value != 0 else { return "0" }
    let exponent = Int(log10(abs(value)).rounded(.down))
    guard (-3..<9).contains(exponent) else { return String(format: "%.\(digits - 1)e", value) }
    return grouped(String(format: "%.\(max(0, digits - 1 - exponent))f", value))
  }

  /// A share as a percentage with one decimal: `41.9 %`, which is not broken between two lines; `–` for what is no share.
  static func percent(_ share: Double) -> String {
    percentage(share) == "–" ? "–" : percentage(share) + "\u{A0}%"
  }

  /// The same without its unit: `41.9`.
  static func percentage(_ share: Double) -> String {
    guard abs(share) <= 10 else { return "–" }
    let text = String(format: "%.1f", abs(share) * 100)
    return share < 0 && text != "0.0" ? "−\(text)" : text
  }

  static func integer(_ value: Int) -> String { grouped(String(value)) }

  /// A large count in three digits: `1,204`, `812 k`, `1.24 M`.
  static func compact(_ value: Int) -> String {
    let scales = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    guard abs(Double(value)) >= 1e5, let (scale, unit) = scales.first(where: { abs(Double(value)) >= $0.0 })
    else { return integer(value) }
    return significant(Double(value) / scale) + "\u{A0}" + unit
  }

  /// `12345.6` with a comma after each three digits: `12,345.6`.
  static func grouped(_ text: String) -> String {
    let sign = text.hasPrefix("-") ? "-" : ""
    let digits = text.dropFirst(sign.count)
    let whole = Array(digits.prefix { $0 != "." })
    let fraction = digits.dropFirst(whole.count)
    guard whole.count > 3 else { return text }
    var result = ""
    for (place, digit) in whole.enumerated() {
      if place > 0, (whole.count - place) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return sign + result + fraction
  }

  /// `45 s`, `3 min`, `2 h 10 min`, `3 d 4 h`; seconds alone are written below a minute.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "∞" }
    let whole = Int(max(0, seconds).rounded())
    let minutes = (whole + 30) / 60
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3570: return "\(minutes) min"
    case ..<86370: return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min"
    default:
      let hours = (whole + 1800) / 3600
      return hours % 24 == 0 ? "\(hours / 24) d" : "\(hours / 24) d \(hours % 24) h"
    }
  }

  /// `1.5 GiB`
  static func bytes(_ count: Int) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var value = Double(count)
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return unit == 0
      ? "\(count) bytes"
      : String(format: value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value)
        + " " + units[unit]
  }
}

extension Sequence<Int> {
  /// The sum; the largest or smallest number where it lies beyond.
  var total: Int {
    reduce(0) { sum, value in
      let (next, isBeyond) = sum.addingReportingOverflow(value)
      return isBeyond ? (value > 0 ? .max : .min) : next
    }
  }
}
