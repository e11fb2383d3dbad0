/// The frame that reports share: a page that needs nothing else, neither network nor scripts.
struct Page {
  let title: String
  /// What the page is: `Training report`.
  let kind: String
  /// What the style of this kind of page has beside the common one.
  let style: String
  /// What stands below the title.
  var lead: HTML = ""
  let content: HTML

  var html: HTML {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(title.short(200)) – \(kind.lowercased())</title>
    <style>\(HTML(stringLiteral: Self.style + style))</style>
    </head>
    <body>
    <header><p class="kicker">\(kind)</p><h1>\(title.short(200))</h1>\(lead)</header>
    <main>
    \(content)</main>
    <footer><p>Written by Evolcano.</p></footer>
    </body>
    </html>

    """
  }
}

// MARK: - What pages are made of

extension Page {
  /// A figure that one looks for first.
  static func tile(_ name: String, _ value: String, _ detail: String) -> HTML {
    "<div class=\"tile\"><h2>\(name)</h2><p class=\"value\">\(value)</p><p class=\"detail\">\(detail)</p></div>\n"
  }

  /// Names and values below each other; nothing where there are none.
  static func facts(_ facts: [TrainingReport.Fact], limit: Int = 100) -> HTML {
    let rows = facts.prefix(limit).map { fact -> HTML in
      "<tr><th scope=\"row\">\(fact.name.short(200))</th><td>\(fact.value.short(500))</td></tr>\n"
    }
    return rows.isEmpty
      ? "" : "<table class=\"facts\"><tbody>\(rows)</tbody></table>\n\(more(than: limit, of: facts.count))"
  }

  /// A whole recipe as YAML; nothing where there is none.
  static func recipe(_ recipe: String) -> HTML {
    guard !recipe.isEmpty else { return "" }
    return """
      <section id="recipe"><details open><summary><h2>Recipe</h2></summary>
      <pre tabindex="0">\(recipe.short(50_000))</pre></details></section>

      """
  }

  /// Says that not all `count` are shown, where there are more than `limit`.
  static func more(than limit: Int, of count: Int) -> HTML {
    count > limit ? "<p class=\"empty\">\(NumberText.integer(count - limit)) more are not shown.</p>\n" : ""
  }
}

extension String {
  /// The text, or as much of it as has about `limit` bytes once it is escaped; so a page keeps its size whatever it is
  /// given.
  func short(_ limit: Int) -> String {
    var room = limit
    for (place, scalar) in zip(unicodeScalars.indices, unicodeScalars) {
      switch scalar {
      case "&", "<", ">", "\"", "'": room -= 6
      default: room -= Swift.max(1, scalar.utf8.count)
      }
      if room < 0 { return unicodeScalars[..<place].reduce(into: "") { $0.unicodeScalars.append($1) } + "…" }
    }
    return self
  }
}
