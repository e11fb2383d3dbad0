import Formats
import Text
import TrainingData

/// Held-out items as rows to be rendered as training data is: row i + 1 is item i.
struct HeldOutRows: RowSource {
  let items: [HeldOutItem]
  let path: String
  let format = RowFormat.alpaca
  let isDetected = false
  var byteCount: Int { items.count }
  private(set) var bytesRead = 0

  init(_ items: [HeldOutItem], path: String) {
    self.items = items
    self.path = path
  }

  mutating func chunk() throws(FormatError) -> [SourceRow] {
    let range = bytesRead..<min(bytesRead + 1024, items.count)
    bytesRead = range.upperBound
    return range.map { SourceRow(place: RowPlace(file: path, line: $0 + 1), items[$0].record) }
  }
}
