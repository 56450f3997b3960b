/// How pictures look, in the light and in the dark. Contrasts are those of WCAG 2.2, level AA: 4.5 for text, 3
/// for lines and marks. Colours tell touchpoints apart, and are never the only thing that does.
let pictureStyle: StaticString = """
  text{fill:#1b2129}
  text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
  .ground{fill:#ffffff}
  .h{font-size:15px;font-weight:600}
  .b{font-weight:600}
  .s{font-size:11px;fill:#56606b}
  .c{font:12px ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#56606b}
  .q{unicode-bidi:isolate}
  .band{fill:#f3f5f8}
  .lane{fill:#f3f5f8}
  .lanehead{font-size:11px;font-weight:600;fill:currentColor}
  .label{font-size:11px;font-weight:600}
  .track{fill:none;stroke:currentColor;stroke-width:3}
  .thin{fill:none;stroke:currentColor;stroke-width:2}
  .faint{fill:none;stroke:currentColor;stroke-width:1.5;stroke-dasharray:2 4}
  .bridge{fill:none;stroke:#f3f5f8;stroke-width:9}
  .solid{fill:currentColor}
  .hollow{fill:#ffffff;stroke:currentColor;stroke-width:2.5}
  .blank{fill:#f3f5f8}
  .stop{fill:none;stroke:currentColor;stroke-width:2}
  .stop.hollow{fill:#ffffff}
  .dashed{stroke-dasharray:5 4}
  .ink{color:#1b2129}
  .stop{color:#b3261e}
  .k0{color:#0b62c4}.k1{color:#a8470a}.k2{color:#0a7548}.k3{color:#9a2483}
  .k4{color:#7a6000}.k5{color:#b42a4a}.k6{color:#00727a}.k7{color:#5a4fcf}
  @media (prefers-color-scheme:dark){
  text{fill:#e8edf2}
  .ground{fill:#12171d}
  .s,.c{fill:#a3afbb}
  .band,.lane,.blank{fill:#1b222a}
  .bridge{stroke:#1b222a}
  .hollow,.stop.hollow{fill:#12171d}
  .ink{color:#e8edf2}
  .stop{color:#ff8f85}
  .lanehead{fill:currentColor}
  .k0{color:#6cb2ff}.k1{color:#ffab6b}.k2{color:#4fd39d}.k3{color:#f08fdd}
  .k4{color:#e5c54f}.k5{color:#ff94ab}.k6{color:#4fd5da}.k7{color:#b3acff}
  }
  """
