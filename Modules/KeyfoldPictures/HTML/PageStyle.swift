/// How all pages look.
let pageStyle: StaticString = """
  :root{--ink:#1b2129;--soft:#56606b;--ground:#ffffff;--band:#f3f5f8;--line:#d5dbe2;--accent:#0b62c4;color-scheme:light dark}
  @media (prefers-color-scheme:dark){
  :root{--ink:#e8edf2;--soft:#a3afbb;--ground:#12171d;--band:#1b222a;--line:#36404b;--accent:#6cb2ff}}
  *{box-sizing:border-box}
  html{background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
  body{margin:0}
  main,footer{max-width:82rem;margin:0 auto;padding:1rem 1.5rem}
  footer{color:var(--soft);font-size:.85rem;border-top:1px solid var(--line)}
  h1{font-size:1.6rem;line-height:1.25;margin:1rem 0 .5rem}
  h2{font-size:1.15rem;margin:2.2rem 0 .6rem}
  p{margin:.3rem 0}
  a{color:var(--accent)}
  code,bdi{overflow-wrap:anywhere}
  code{font:.85em ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
  .key{font-weight:600}
  .meta{color:var(--soft);font-size:.8rem}
  .mark{vertical-align:-.3em}
  :focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:3px}
  [hidden]{display:none!important}
  .skip a{position:absolute;left:-100vw;background:var(--ground);padding:.5rem 1rem;z-index:9}
  .skip a:focus{left:1rem;top:.5rem}
  .wide{overflow-x:auto}
  table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.3rem 0 1rem}
  caption{text-align:left;font-weight:600;padding:.4rem 0}
  th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);font-weight:400}
  thead th{color:var(--soft);font-size:.8rem;font-weight:600}
  tbody th{min-width:7rem}
  ul.plain{margin:0;padding-left:1.1rem}
  td.standing,td time{white-space:nowrap}
  @media print{.skip,.tools{display:none}details::details-content{content-visibility:visible}}
  """

/// What the page of an explanation has beside that. The width of the text beside the lanes stands in three places.
let explanationStyle: StaticString = """
  .answer{padding-left:1.6rem}
  .answer>li{margin:.5rem 0}
  .sign{color:var(--soft);font-size:.8rem}
  ul.details{margin:.3rem 0;padding-left:1.2rem;color:var(--soft);font-size:.85rem}
  .legend{list-style:none;padding:0;margin:.4rem 0;display:flex;flex-wrap:wrap;gap:.3rem 1.3rem;font-size:.85rem;color:var(--soft)}
  .tools{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin:.8rem 0}
  input,button{font:inherit;color:inherit;background:var(--ground);border:1px solid var(--soft);border-radius:6px;padding:.3rem .7rem}
  button{cursor:pointer}
  input{min-width:16rem}
  .scroll{overflow:auto;max-height:85vh;border:1px solid var(--line);border-radius:8px}
  .inner{width:max-content;min-width:100%}
  .heads{position:sticky;top:0;z-index:3;display:flex;background:var(--ground);border-bottom:1px solid var(--line)}
  .heads svg{display:block;margin-left:1rem}
  .corner,.told{position:sticky;left:0;width:min(31rem,70vw);background:var(--ground)}
  .corner{flex:none;z-index:4}
  .rows{list-style:none;margin:0;padding:0}
  .row{position:relative}
  .told{z-index:2;min-height:56px;padding:.35rem .9rem .55rem}
  .row:nth-child(even) .told{background:var(--band)}
  .row:target .told{box-shadow:inset 4px 0 var(--accent)}
  .row:hover .told,.row:focus-within .told{box-shadow:inset 4px 0 var(--soft)}
  .told p{margin:0}
  .headline{padding-left:1.05rem}
  summary{cursor:pointer;padding-left:1.05rem;text-indent:-1.05rem}
  .graph{position:absolute;top:0;left:calc(min(31rem,70vw) + 1rem);height:calc(100% + 1px)}
  .d1{padding-left:1.2rem}.d2{padding-left:2.4rem}.d3{padding-left:3.6rem}.d4{padding-left:4.8rem}
  .d5{padding-left:6rem}.d6{padding-left:7.2rem}.d7{padding-left:8.4rem}.d8{padding-left:9.6rem}
  @media print{.scroll{max-height:none;overflow:visible}}
  """
