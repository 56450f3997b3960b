/// A block of code in a page, with what comments before it say of it.
public struct CodeBlock: Sendable, CustomStringConvertible {
  /// Path of the page.
  public let page: String
  /// Number of the line that opens it, from 1 on.
  public let line: Int
  /// The word beside the fence; empty where there is none.
  public let language: String
  /// What stands in it, the last line end included.
  public let text: String
  /// The name under which the reader keeps it: `<!-- file: NAME -->`.
  public let file: String?
  /// Why it is not run: `<!-- not run: REASON -->`.
  public let reasonNotRun: String?
  /// Whether nothing but blank lines is between it and a shell block, whose output it then is.
  public let isOutput: Bool

  /// Where it is.
  public var description: String { "\(page):\(line)" }
}

extension Page {
  /// Its blocks of code, in order.
  public var codeBlocks: [CodeBlock] {
    var blocks: [CodeBlock] = []
    /// The line after the last block, if that was a shell block and only blank lines followed.
    var isAfterShell = false
    var remarks: [String] = []
    var next = 0
    while next < lines.count {
      let line = lines[next]
      next += 1
      guard line.hasPrefix("```") else {
        if line.isEmpty { continue }
        isAfterShell = false
        remarks = line.hasPrefix("<!-- ") ? remarks + [line] : []
        continue
      }
      let start = next
      while next < lines.count, lines[next] != "```" { next += 1 }
      let language = String(line.dropFirst(3))
      blocks.append(
        CodeBlock(
          page: path, line: start, language: language,
          text: lines[start..<next].map { $0 + "\n" }.joined(), file: remark("file", in: remarks),
          reasonNotRun: remark("not run", in: remarks), isOutput: isAfterShell && language == "text"))
      next += 1
      isAfterShell = language == "sh"
      remarks = []
    }
    return blocks
  }

  private func remark(_ name: String, in remarks: [String]) -> String? {
    let head = "<!-- \(name): "
    return remarks.first { $0.hasPrefix(head) && $0.hasSuffix(" -->") }.map {
      String($0.dropFirst(head.count).dropLast(4))
    }
  }
}
