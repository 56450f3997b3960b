import Foundation
import KeyfoldCore
import Testing

/// Numbers compared and scaled without rounding.
@Suite struct ExactDecimalTests {
  @Test(arguments: [
    ["1", "1.0", "10e-1", "0.1E1", "1e0", "1.000e+0"], ["0", "-0", "0.0", "0e99", "-0.0e-7"],
    ["-12.5", "-125e-1", "-1.25E1"], ["100", "1e2", "10.0e1"],
  ])
  func spellingsOfOneValueAreEqual(_ texts: [String]) throws {
    let values = try texts.map { try #require(ExactDecimal($0), "\($0)") }
    #expect(Set(values).count == 1)
  }

  @Test func neighboursDiffer() {
    let texts = [
      "9007199254740993", "9007199254740992", "0.1", "0.10000000000000001", "1", "-1", "10", "0.01", "0",
    ]
    #expect(Set(texts.map { ExactDecimal($0) }).count == texts.count)
  }

  @Test(arguments: [
    "", " 1", "1 ", "+1", "01", ".5", "1.", "1e", "0x10", "NaN", "Infinity", "one", "1,0", "١", "\"1\"",
    "[1]",
    "1e1000001", "1e99999999999999999999",
  ])
  func refusesWhatIsNoNumber(_ text: String) {
    #expect(ExactDecimal(text) == nil)
  }

  @Test(arguments: [
    ("1796363409.695619", 6, 1_796_363_409_695_619), ("1796363409", 6, 1_796_363_409_000_000),
    ("1.7963634096956199e9", 6, 1_796_363_409_695_619), ("-1.5", 0, -2), ("-1", 0, -1), ("-0.0000001", 0, -1),
    ("0.9999999", 6, 999_999), ("1e300", 6, 4_000_000_000_000_000), ("-1e300", 0, -4_000_000_000_000_000),
    ("1e-300", 6, 0), ("0", 6, 0), ("999999999999999999", 0, 4_000_000_000_000_000),
    ("123456789012345678901234567890", 0, 4_000_000_000_000_000),
  ])
  func scalesDownwardsAndStaysInRange(_ text: String, _ power: Int, _ expected: Int64) throws {
    let decimal = try #require(ExactDecimal(text))
    #expect(
      decimal.scaled(byTenTo: power, within: -4_000_000_000_000_000...4_000_000_000_000_000) == expected)
  }

  /// Foundation's decimal numbers have 38 digits: enough of an oracle for these.
  @Test func scalesAsFoundationDoes() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      let whole = Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &random)
      let fraction = String(Int.random(in: 0...99_999_999, using: &random))
      let exponent = Int.random(in: -12...3, using: &random)
      let text = "\(whole).\(fraction)e\(exponent)"
      var product = try #require(Decimal(string: "\(whole).\(fraction)")) * pow10(exponent)
      var rounded = Decimal()
      NSDecimalRound(&rounded, &product, 0, .down)
      let expected = NSDecimalNumber(decimal: rounded).int64Value
      let scaled = try #require(ExactDecimal(text)).scaled(byTenTo: 0, within: Int64.min...Int64.max)
      #expect(scaled == expected, "\(text)")
    }
  }

  private func pow10(_ exponent: Int) -> Decimal {
    Decimal(sign: .plus, exponent: exponent, significand: 1)
  }
}
