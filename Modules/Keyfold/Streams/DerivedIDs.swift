import KeyfoldCore

/// Makes idempotency ids for the lines of a file that have none, so that nothing is captured twice if the
/// file comes again, wherever it was cut off the first time.
///
/// An id depends on everything in the file up to the end of its line, and on the store's secret. So the same
/// file has the same ids; one that something was appended to has the same ids up to there; from the first
/// difference between two files on, all their ids differ. An outsider cannot take an id in advance.
package final class DerivedIDs {
  private var digest = SHA256()

  /// - Parameter settings: whatever else decides what a line says; other settings give other ids.
  package init(_ resolver: IdentityResolver, settings: String) {
    digest.update(resolver.digests.digest(Array("ids of lines: \(settings)".utf8)).bytes)
  }

  /// Takes the next line in; lines that have an id, or are no captures, count too.
  package func pass(_ line: ArraySlice<UInt8>) {
    digest.update(line)
    digest.update([0x0A])
  }

  /// The id of the line that was taken in last.
  package func id(line number: Int) -> String { "import:\(number):\(digest.digestSoFar())" }
}
