import Glibc
import Keyfold
import KeyfoldCore

let initCommand = CommandRule(
  name: "init", operands: "",
  summary: "write a commented space file and create the store",
  details: """
    Writes keyfold.yaml (or the file of --space) with one attribute, customerKey, and commented examples of everything
    else, and creates the store. What exists already is left as it is.
    """,
  options: [OptionRule("name", "NAME", "name of the space (default: the folder's name)")],
  examples: ["keyfold init", "keyfold init --name acme --store sqlite:acme.db"],
  operandCount: 0...0,
  run: { invocation in
    let composition = Composition(invocation)
    let path = invocation.value("space") ?? processEnvironment("KEYFOLD_SPACE") ?? "keyfold.yaml"
    let name = invocation.value("name") ?? folderName()
    if name.isEmpty { throw Failure(.usage, "--name needs at least one character") }
    let written = try writeSpaceFile(path, name: name)
    let space: Space
    do throws(SpaceFileError) { space = try Space(contentsOf: path) } catch {
      throw Failure(.configuration, error.description)
    }
    let url = composition.storeURL
    try await composition.withResolver(space, mayCreate: true) { _ in }
    if composition.output.json {
      try composition.output.printJSON { json in
        json.object { json in
          json.member("space", path)
          json.member("written", written)
          json.member("store", shownURL(url))
        }
      }
    } else {
      let text =
        written ? "wrote \(path): edit it to say which keys you have" : "\(path) exists; it was left as it is"
      try composition.output.print(
        "\(text)\nthe store \(shownURL(url)) is ready\ntry: keyfold capture --key customerKey=42")
    }
    return .done
  })

private func folderName() -> String {
  guard let path = getcwd(nil, 0) else { return "default" }
  defer { free(path) }
  let name = String(cString: path).split(separator: "/").last.map(String.init) ?? ""
  return name.isEmpty ? "default" : name
}

/// Writes the file unless there is one. Only its owner may read it: people write credentials into it.
private func writeSpaceFile(_ path: String, name: String) throws -> Bool {
  let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  if file < 0 && errno == EEXIST { return false }
  guard file >= 0 else {
    let code: ExitCode = errno == EACCES || errno == EPERM ? .noPermission : .cannotCreate
    throw Failure(code, "'\(path)' cannot be written: \(String(cString: strerror(errno)))")
  }
  defer { close(file) }
  try Output.write(Array(spaceTemplate(name: name).utf8), to: file)
  return true
}
