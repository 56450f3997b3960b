public import KeyfoldCore

extension Explanation {
  /// The explanation as one self-contained SVG document: the answer, TIDs over time by touchpoint, and the keys
  /// by strength. Text can be selected; colours follow the reader's light or dark preference.
  public func svg() -> String { SVGPicture.draw(self) }

  /// The explanation as a page in one HTML file, which loads nothing: the picture with its details, and tables
  /// of keys and TIDs for those who cannot see it. To be used with a keyboard as well; readable from three TIDs
  /// to hundreds.
  public func html() -> String { ExplanationPage.write(self) }

  /// TIDs, keys and what made them one as a graph for Graphviz (`dot -Tpdf`).
  public func dot() -> String { DOTGraph.write(self) }
}

extension AccessReport {
  /// The report as a page in one HTML file, in plain words, to be handed to the customer.
  public func html() -> String { AccessPage.write(self) }
}
