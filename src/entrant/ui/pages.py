"""Templates to HTML: everything that is put into one is escaped, and a name that is not given is an error."""

from __future__ import annotations

import json

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from . import assets, text
from .charts import chart
from .frame import Frame


class Pages:
    """The templates of an application (its package's folder `templates`) over those of this package.

    `root` is the address below which the application serves the files of `static/`, with a slash at its end.
    """

    def __init__(self, package: str, root: str) -> None:
        self._root = root
        self._templates = Environment(
            loader=ChoiceLoader([PackageLoader(package), PackageLoader("entrant.ui")]),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters.update(
            visible=text.visible,
            cut=text.cut,
            date_and_time=text.date_and_time,
            number=text.number,
            pieces=text.pieces,
            unqualified=text.unqualified,
            schema_of=text.schema_of,
            indented=text.indented,
            pretty=_pretty,
        )
        self._templates.globals.update(asset=self.asset, chart=chart, ago=text.ago)

    def html(self, template: str, frame: Frame | None = None, **values: object) -> bytes:
        """A page, or part of one where there is no frame."""
        return self._templates.get_template(template).render(frame=frame, **values).encode()

    def asset(self, name: str) -> str:
        """The address of a file of `static/`, which changes with its content."""
        found = assets.find(name)
        if found is None:
            raise LookupError(f"there is no file {name}")
        return f"{self._root}{name}?v={found.mark}"


def _pretty(value: object) -> str:
    return text.visible(json.dumps(value, indent=2, ensure_ascii=False))
