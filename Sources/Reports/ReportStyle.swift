/// The style sheet of the report beside that of the figures, whose colour variables it uses.
enum ReportStyle {
    static let sheet = """
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);
          font:15px/1.55 system-ui,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
        main,header,footer{max-width:1180px;margin:0 auto;padding:0 28px}
        header{padding-top:40px}
        h1{font-size:30px;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em}
        h2{font-size:21px;margin:56px 0 10px;letter-spacing:-.005em}
        h3{font-size:16px;margin:26px 0 8px}
        p{margin:8px 0;max-width:78ch}
        a{color:inherit;text-decoration-color:var(--accent);text-underline-offset:3px}
        a:hover{color:var(--accent)}
        code{font:13px/1.5 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
        td code{display:inline-block;min-width:26ch}
        .quiet{color:var(--muted)}
        nav{display:flex;flex-wrap:wrap;gap:6px 22px;margin:22px 0 0;padding:12px 0;
          border-top:1px solid var(--grid);border-bottom:1px solid var(--grid);font-size:14px}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:14px;margin:26px 0}
        .card{border:1px solid var(--grid);border-radius:10px;padding:14px 16px}
        .card b{display:block;font-size:25px;line-height:1.25;font-weight:600}
        .card span{color:var(--muted);font-size:13px}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-size:13.5px;margin:10px 0}
        caption{text-align:left;color:var(--muted);padding:4px 0}
        th,td{text-align:left;padding:6px 12px 6px 0;border-bottom:1px solid var(--grid);vertical-align:top}
        th{font-weight:600;color:var(--muted);white-space:nowrap}
        th.n,td.n{text-align:right;white-space:nowrap}
        td.why{min-width:34ch}
        .tier{white-space:nowrap;display:inline-flex;align-items:center;gap:7px}
        .tier i{width:11px;height:11px;display:inline-block;background:var(--tier-0);border-radius:50%}
        .t1 i{background:var(--tier-1);border-radius:0;clip-path:polygon(50% 4%,100% 96%,0 96%)}
        .t2 i{background:var(--tier-2);border-radius:0}
        .t3 i{background:var(--tier-3);border-radius:0;clip-path:polygon(50% 0,100% 50%,50% 100%,0 50%)}
        .t4 i{background:var(--tier-4);border-radius:0;clip-path:polygon(34% 0,66% 0,66% 34%,100% 34%,100% 66%,66% 66%,66% 100%,34% 100%,34% 66%,0 66%,0 34%,34% 34%)}
        .t5 i{background:var(--tier-5);border-radius:0;clip-path:polygon(50% 0,62% 36%,100% 38%,70% 61%,80% 100%,50% 77%,20% 100%,30% 61%,0 38%,38% 36%)}
        details.app{border-top:1px solid var(--grid);content-visibility:auto;contain-intrinsic-size:auto 46px}
        details.app>summary{cursor:pointer;padding:11px 0;display:flex;gap:18px;align-items:baseline;list-style:none}
        details.app>summary::-webkit-details-marker{display:none}
        details.app>summary::before{content:"+";color:var(--muted);width:1ch}
        details.app[open]>summary::before{content:"\\2212"}
        details.app>summary b{min-width:22ch}
        details.app>summary span{color:var(--muted);font-size:13.5px}
        summary:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
        .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(430px,1fr));gap:20px;align-items:start}
        figure{margin:14px 0}
        footer{margin-top:64px;padding-bottom:48px;color:var(--muted);font-size:13px}
        @media print{details.app{break-inside:avoid}nav{display:none}}
        """
}
