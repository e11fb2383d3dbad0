/// The word that `text` is most likely a slip for; nil when none is near: at most a third of the letters may differ, and
/// two in any case of five letters or more.
func nearest(to text: String, among words: [String]) -> String? {
  guard text.utf8.count <= 64 else { return nil }
  let allowed = max(text.count >= 5 ? 2 : 1, text.count / 3)
  return words.map { (word: $0, distance: editDistance(text.lowercased(), $0)) }
    .filter { $0.distance <= allowed }
    .min { $0.distance < $1.distance }?.word
}

/// How many letters must be put in, taken out, exchanged or swapped with their neighbour to make one word the other
/// (the restricted Damerau–Levenshtein distance).
func editDistance(_ first: String, _ second: String) -> Int {
  let a = Array(first.unicodeScalars)
  let b = Array(second.unicodeScalars)
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in a.indices {
    var current = [i + 1]
    for j in b.indices {
      var distance = min(last[j + 1] + 1, current[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, beforeLast[j - 1] + 1) }
      current.append(distance)
    }
    (beforeLast, last) = (last, current)
  }
  return last[b.count]
}
