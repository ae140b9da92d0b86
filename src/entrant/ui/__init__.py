"""What the console and the emulator's portal look like: base page, style sheet, components. Knows neither of them.

A page is a Jinja template that extends `ui/base.html` and fills its block `main`; it is rendered by `Pages.html` with a
`Frame`, which says what stands around it:

    pages = Pages("entrant.web.console", root="/console/static/")
    html = pages.html("members.html", frame=Frame(title="Members", ...), members=members)

Components are macros: `{% import "ui/components.html" as ui %}`, then

    ui.moment(at)                       a time, `<time>` in UTC; "never" for None
    ui.said(text, most=120)             what a provider or a person typed: isolated, and cut in lists
    ui.code(text)                       the same for what programs wrote: attributes, addresses
    ui.breaking(text)                   text in which lines may end after the marks of addresses and attributes
    ui.badge(text, kind)                a word in a pill; kinds good, bad, warn, info, plain; also `role(role)`
    ui.notice(kind)                     `{% call %}`: a message; kind bad is announced at once
    ui.empty(title)                     `{% call %}`: what to do where there is nothing yet
    ui.copy(id, label, value)           a read-only field with a button that copies it
    ui.field / select / check / area    a labelled input, with a hint and an error beside it
    ui.csrf(frame)                      the hidden field that every form of method post must have
    ui.button(frame, action, label)     a form of one button; `fields` are hidden, `kind` is primary, danger or plain
    ui.facts(kind)                      `{% call %}` around dt and dd of facts about one thing; kinds wide, counts
    ui.table(label, columns, kind)      `{% call %}` around rows; see below
    ui.sure()                           `{% call %}`: a question before something is done
    ui.pager(newest, older)             links of a list that is paged by key
    ui.json(value)                      a JSON document
    ui.bars(bars, label)                a chart of `Bar`s as SVG, with the same as a table for those who do not see it

A table of kind `stack` has its cells below each other where they do not fit beside each other: a `th` of the row is its
title, cells of class `tag` stand in one line, others in lines of their own, behind what their `data-label` says. A
`pick` has a box to tick in its first cell. Class `end` is for the buttons of a row.

A page that extends the base may also fill its block `actions`: what can be done, beside the title.

Scripts: `app.js` gives the copy buttons their work; htmx loads parts again (`hx-get`, `hx-trigger="every 5s"`). Nothing
else needs a script. `headers.SECURITY` goes with every page: no inline script or style, nothing from outside.
`assets.find(name)` is a file of `static/` with its type; `Pages.asset` its address with a mark of its content.
"""

from .charts import Bar, Chart, chart
from .frame import Account, Frame, NavItem, NavSection
from .pages import Pages

__all__ = ["Account", "Bar", "Chart", "Frame", "NavItem", "NavSection", "Pages", "chart"]
