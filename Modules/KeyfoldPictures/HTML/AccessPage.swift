import KeyfoldCore

/// An access report as a page for the customer: plain words, nothing of anybody else.
///
/// TIDs are shortened: whoever has one in full is taken for the customer at that touchpoint, and a page like
/// this one travels by mail.
struct AccessPage {
  let report: AccessReport

  static func write(_ report: AccessReport) -> String {
    let title = "Your data at \(report.space)"
    let page = AccessPage(report: report)
    return PageFrame(title: title, styles: [pageStyle], script: nil).document { body in
      body.element("main") { page.write(title, &$0) }
    }
  }

  private func write(_ title: String, _ main: inout Markup) {
    main.element("h1", text: title)
    main.element("p") { intro in
      intro.write("This is everything that the identity records of ")
      intro.element("bdi", text: report.space)
      intro.write(" hold about you. They record which devices and identifiers are yours. As of ")
      write(report.at, &intro)
      intro.write(" (all times are UTC).")
    }
    writeKeys(&main)
    writeVisits(&main)
    writeTIDs(&main)
    writeData(&main)
    writeSeparations(&main)
    writeEntries(&main)
    writeOmissions(&main)
  }

  // MARK: Sections

  private func section(
    _ title: String, _ explanation: String?, _ main: inout Markup, _ content: (inout Markup) -> Void
  ) {
    main.element("section") { section in
      section.element("h2", text: title)
      if let explanation { section.element("p", [("class", "meta")], text: explanation) }
      content(&section)
    }
    main.newLine()
  }

  private func writeKeys(_ main: inout Markup) {
    section(
      "What you are recognised by",
      """
      Identifiers that were captured for you. A verified one is accepted as yours; one that is not verified was \
      given by somebody on one of your devices, and nobody has confirmed that it is yours.
      """, &main
    ) { section in
      guard !report.keys.isEmpty else { return section.element("p", text: "There are none.") }
      section.table(["Identifier", "Value", "Status", "Since", "Where", "Why"]) { rows in
        for key in report.keys {
          rows.element("tr") { row in
            row.element("th", [("scope", "row")]) { $0.element("bdi", text: key.attribute) }
            row.element("td") { write(key.value, &$0) }
            row.element("td", text: key.status)
            row.element("td") { if let since = key.since { write(since, &$0) } }
            row.element("td") { $0.element("bdi", text: key.touchpoint ?? "") }
            row.element("td") { if let why = key.why { inline.write(why, into: &$0) } }
          }
        }
      }
    }
  }

  private func writeVisits(_ main: inout Markup) {
    section("Where you were seen", "How often something was captured for you, and where.", &main) { section in
      section.table(["Where", "Device", "Times", "First", "Last"]) { rows in
        for seen in report.activity {
          rows.element("tr") { row in
            row.element("th", [("scope", "row")]) { $0.element("bdi", text: seen.touchpoint) }
            row.element("td", text: name(seen.tid))
            row.element("td", text: String(seen.count))
            row.element("td") { write(seen.first, &$0) }
            row.element("td") { write(seen.last, &$0) }
          }
        }
      }
    }
  }

  private func writeTIDs(_ main: inout Markup) {
    section(
      "Identifiers that were given to your devices",
      """
      Each device or channel gets an identifier of its own. Only the beginning of each is shown: whoever knows all \
      of it could pass for you there.
      """, &main
    ) { section in
      section.table(["Device", "Identifier", "Where", "Since", "Status"]) { rows in
        for tid in report.tids {
          rows.element("tr") { row in
            row.element("th", [("scope", "row")], text: name(tid.record.tid))
            row.element("td") { $0.element("code", text: "\(tid.record.tid.description.prefix(13))…") }
            row.element("td") { $0.element("bdi", text: tid.touchpoint ?? "") }
            row.element("td") { write(tid.record.bornAt, &$0) }
            row.element("td", text: tid.record.revoked ? "not accepted any more" : "accepted")
          }
        }
      }
    }
  }

  private func writeData(_ main: inout Markup) {
    guard !report.data.isEmpty else { return }
    section("Other details", "Recorded together with the captures.", &main) { section in
      section.table(["Name", "Value", "Recorded", "Device"]) { rows in
        for datum in report.data {
          rows.element("tr") { row in
            row.element("th", [("scope", "row")]) { $0.element("bdi", text: datum.name) }
            row.element("td") { $0.element("bdi", text: datum.value) }
            row.element("td") { write(datum.at, &$0) }
            row.element("td", text: name(datum.tid))
          }
        }
      }
    }
  }

  private func writeSeparations(_ main: inout Markup) {
    guard !report.separations.isEmpty else { return }
    section(
      "Who you are not",
      "Somebody recorded that you and another person, whose data are not shown, are not the same.", &main
    ) { section in
      section.element("ul") { list in
        for at in report.separations {
          list.element("li") { item in
            item.write("Recorded ")
            if let at { write(at, &item) } else { item.write("at a time that is not known") }
          }
        }
      }
    }
  }

  private func writeEntries(_ main: inout Markup) {
    section("What happened", "The journal's entries that speak of you, oldest first.", &main) { section in
      section.table(["When", "Where", "What", "Shown or recorded"]) { rows in
        for entry in report.entries {
          rows.element("tr") { row in
            row.element("th", [("scope", "row")]) { write(entry.at, &$0) }
            row.element("td") { $0.element("bdi", text: entry.touchpoint ?? "") }
            row.element("td") { inline.write(entry.what, into: &$0) }
            row.element("td") { write(entry, &$0) }
          }
        }
      }
    }
  }

  private func writeOmissions(_ main: inout Markup) {
    section("What is left out", nil, &main) { section in
      section.element("ul") { list in
        list.element(
          "li",
          text: """
            Data of other people: their identifiers, and identifiers of theirs that were shown on a device of yours.
            """)
        if report.maskedValues > 0 {
          list.element(
            "li",
            text: """
              Values that nobody has confirmed to be yours are masked: somebody else may have typed them on a device of \
              yours. Ask for them if you need them.
              """)
        }
        list.element("li", text: "The rest of your devices' identifiers, which works like a password.")
      }
    }
  }

  // MARK: Pieces

  private var inline: Inline { Inline(names: [:], entries: []) }

  private func write(_ time: Timestamp, _ markup: inout Markup) { inline.write(time, into: &markup) }

  private func name(_ tid: TID) -> String {
    report.tids.firstIndex { $0.record.tid == tid }.map { "\($0 + 1)" } ?? ""
  }

  private func write(_ value: AccessReport.Value, _ markup: inout Markup) {
    switch value {
    case .own(let text): markup.element("bdi", [("class", "key")], text: text)
    case .unverified(let text): markup.element("bdi", text: text)
    case .masked(let text):
      markup.element("bdi", text: text)
      markup.write(" (masked)")
    case .others: markup.write("not shown: it is not yours")
    }
  }

  private func write(_ entry: AccessReport.Entry, _ cell: inout Markup) {
    guard !entry.keys.isEmpty || !entry.data.isEmpty else { return }
    cell.element("ul", [("class", "plain")]) { list in
      for key in entry.keys {
        list.element("li") { item in
          item.element("bdi", text: key.attribute)
          item.write(": ")
          write(key.value, &item)
          if key.value != .others { item.write(", \(key.words)") }
        }
      }
      for datum in entry.data {
        list.element("li") { item in
          item.element("bdi", text: datum.name)
          item.write(": ")
          item.element("bdi", text: datum.value)
        }
      }
    }
  }
}

extension AccessReport.OwnKey {
  fileprivate var status: String {
    let words =
      switch standing {
      case .verified: "verified"
      case .claimed: "not verified"
      case .released: "no longer recorded as yours"
      case .withheld: "not recorded as yours"
      case .rejected: "found to be wrong"
      }
    return waits ? "\(words), waiting to be checked" : words
  }
}

extension AccessReport.ShownKey {
  fileprivate var words: String {
    switch result {
    case .associated: verified ? "recorded as yours" : "recorded, not verified"
    case .recognized: verified ? "yours already" : "not verified"
    case .withheld: "not recorded as yours"
    case .rejected: "not accepted"
    }
  }
}
