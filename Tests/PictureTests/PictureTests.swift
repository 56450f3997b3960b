import Foundation
import FoundationXML
import Keyfold
import KeyfoldCore
import KeyfoldPictures
import Testing
import ToolHarness

/// Pictures and pages as a browser shows them. One after the other: a browser takes all there is of a machine.
@Suite(.serialized) struct `Pictures in a browser` {
  /// What measures a page: labels that stand on one another, and what lies outside of its picture.
  private static let measurement = """
    (() => {
      const shown = [...document.querySelectorAll("svg text")].map((text) => {
        const box = text.getBoundingClientRect();
        const frame = text.ownerSVGElement.closest(".graph, .heads svg, .picture > svg, .mark").getBoundingClientRect();
        return { words: text.textContent, box, frame };
      });
      const overlaps = [], outside = [];
      shown.sort((a, b) => a.box.top - b.box.top);
      shown.forEach((one, index) => {
        for (let next = index + 1; next < shown.length && shown[next].box.top < one.box.bottom - 1; next += 1) {
          const other = shown[next];
          if (one.box.left < other.box.right - 1 && other.box.left < one.box.right - 1) {
            overlaps.push(one.words + " | " + other.words);
          }
        }
        const { box, frame } = one;
        if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1
          || box.bottom > frame.bottom + 1) outside.push(one.words);
      });
      for (const shape of document.querySelectorAll(".graph circle, .graph path, .picture circle, .picture path")) {
        const box = shape.getBoundingClientRect();
        const frame = shape.ownerSVGElement.getBoundingClientRect();
        if (box.left < frame.left - 3 || box.right > frame.right + 3) outside.push(shape.outerHTML);
      }
      const told = [...document.querySelectorAll(".told")].filter((told) => {
        const graph = told.nextElementSibling.getBoundingClientRect();
        return told.getBoundingClientRect().right > graph.left || told.scrollWidth > told.clientWidth;
      });
      return {
        labels: shown.length, overlaps: overlaps.slice(0, 5), outside: outside.slice(0, 5), covered: told.length,
        isWide: document.documentElement.scrollWidth > window.innerWidth,
        resources: performance.getEntriesByType("resource").map((entry) => entry.name),
        scripts: document.scripts.length, title: document.title,
      };
    })()
    """

  @Test(arguments: [(3, 2), (30, 5), (300, 5), (300, 300)])
  func `a page shows every label, none on another, and loads nothing`(tids: Int, together: Int) async throws {
    guard Browser.isInstalled else { return }
    let explanation = try await Histories.customer(tids: tids, together: together)
    #expect(explanation.customers[0].tids.count == tids)
    let (page, browser) = (explanation.html(), try Browser())
    let look = try browser.look(at: page, named: "page.html")
    #expect(look.console == [])
    #expect(look.document.contains("<h1>The story of a customer</h1>"))
    let found = try browser.evaluate(Self.measurement, in: page)
    if case .number(let labels) = found["labels"] { #expect(Int(labels) > tids) }
    #expect(found["overlaps"] == [])
    #expect(found["outside"] == [])
    #expect(found["covered"] == 0)
    #expect(found["isWide"] == false)
    #expect(found["resources"] == [])
  }

  @Test(arguments: [(3, 2), (30, 5), (300, 5), (300, 300)])
  func `a picture shows every label, none on another, and all inside`(tids: Int, together: Int) async throws {
    guard Browser.isInstalled else { return }
    let picture = try await Histories.customer(tids: tids, together: together).svg()
    let browser = try Browser()
    #expect(try browser.look(at: picture, named: "picture.svg").console == [])
    let page = "<!DOCTYPE html><body><div class=picture>\(picture)</div></body>"
    let found = try browser.evaluate(Self.measurement, in: page)
    if case .number(let labels) = found["labels"] { #expect(Int(labels) > 3 * tids) }
    #expect(found["overlaps"] == [])
    #expect(found["outside"] == [])
    #expect(found["resources"] == [])
  }

  @Test func `two customers stand side by side, and a crowd has room`() async throws {
    guard Browser.isInstalled else { return }
    let browser = try Browser()
    for explanation in [try await Histories.two(), try await Histories.crowd()] {
      let picture = "<!DOCTYPE html><body><div class=picture>\(explanation.svg())</div></body>"
      for page in [explanation.html(), picture] {
        let found = try browser.evaluate(Self.measurement, in: page)
        #expect(found["overlaps"] == [])
        #expect(found["outside"] == [])
      }
    }
  }

  @Test func `text from outside stays text`() async throws {
    guard Browser.isInstalled else { return }
    let explanation = try await Histories.hostile()
    let browser = try Browser()
    let look = try browser.look(at: explanation.html(), named: "page.html")
    #expect(look.console == [])
    let found = try browser.evaluate(Self.measurement, in: explanation.html())
    #expect(found["title"] == "The story of a customer")
    #expect(found["scripts"] == 2, "the page's own, and the one that measures")
    #expect(found["resources"] == [])
    #expect(found["overlaps"] == [])
    #expect(found["covered"] == 0)
    #expect(found["isWide"] == false)
    #expect(try browser.look(at: explanation.svg(), named: "picture.svg").console == [])
  }

  @Test func `the page of an access report loads nothing, and nothing runs in it`() async throws {
    guard Browser.isInstalled else { return }
    let resolver = try await Histories.resolver()
    var capture = Capture(touchpoint: "web", keys: ["crmId": "7"])
    for (number, text) in Histories.hostile.enumerated() {
      capture.data[ExactText("name \(number)")] = text.replacing("\u{0}", with: "")
    }
    let tid = try await resolver.capture(capture).tid
    let (page, browser) = (try await resolver.accessReport(on: .tid(tid)).html(), try Browser())
    #expect(try browser.look(at: page, named: "report.html").console == [])
    let found = try browser.evaluate(
      """
      ({
        scripts: document.scripts.length, title: document.title, images: document.images.length,
        resources: performance.getEntriesByType("resource").length,
        isWide: document.documentElement.scrollWidth > window.innerWidth,
        values: [...document.querySelectorAll("td")].filter((cell) => cell.textContent.includes("wwwwwwww")).length,
      })
      """, in: page)
    #expect(
      found == [
        "scripts": 1, "title": "Your data at pictures", "images": 0, "resources": 0, "isWide": false,
        "values": 2,
      ])
  }

  @Test func `the filter hides what does not hold the words, and everything can be reached by keyboard`()
    async throws
  {
    guard Browser.isInstalled else { return }
    let page = try await Histories.customer(tids: 30).html()
    let found = try Browser().evaluate(
      """
      (() => {
        const filter = document.getElementById("filter");
        const rows = [...document.querySelectorAll(".row")];
        const before = rows.filter((row) => !row.hidden).length;
        filter.value = "old@er.example";
        filter.dispatchEvent(new Event("input"));
        const after = rows.filter((row) => !row.hidden).map((row) => row.textContent);
        filter.value = "";
        filter.dispatchEvent(new Event("input"));
        document.getElementById("open").click();
        const details = [...document.querySelectorAll(".row details")];
        const scroll = document.querySelector(".scroll");
        scroll.focus();
        return {
          before, after, again: rows.filter((row) => !row.hidden).length, count: rows.length,
          open: details.filter((one) => one.open).length, details: details.length,
          focused: document.activeElement === scroll,
          summaries: [...document.querySelectorAll("summary")].filter((one) => one.tabIndex === 0).length,
          skips: [...document.querySelectorAll(".skip a")].map((one) => document.querySelector(one.hash) !== null),
          tables: [...document.querySelectorAll("table")].map((one) =>
            one.querySelectorAll("thead th[scope=col]").length > 0
            && one.querySelectorAll("tbody th[scope=row]").length === one.querySelectorAll("tbody tr").length),
        };
      })()
      """, in: page)
    #expect(found["before"] == found["count"] && found["again"] == found["count"])
    #expect(found["after"].elements.count == 2)
    for row in found["after"].elements { #expect(row.text.contains("old@er.example")) }
    #expect(found["open"] == found["details"] && found["open"] == found["summaries"])
    #expect(found["focused"] == true)
    #expect(found["skips"] == [true, true, true])
    #expect(found["tables"] == [true, true])
  }
}
