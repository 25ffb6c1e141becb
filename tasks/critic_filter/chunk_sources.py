"""The text that a sample was written from, looked up in the file of chunks instead of held in memory.

Part of ``critic_filter``. One reading of the file notes where each leaf node's chunks stand; after that only the places of one
leaf node's chunks and a few texts are held, since samples come leaf node by leaf node. A text comes with the headings above it,
so that a critic sees what "the model" is; with its document's first line where there are none.

    Chunk(headings=("DMC-12", "Engine"), text="It is a V6.")   ->   "# DMC-12\\n\\n## Engine\\n\\nIt is a V6."

Not covered: a file that is changed while it is read; its digest is checked by the first reading only.
"""

from array import array
from collections import OrderedDict

import fsspec
from pydantic import ValidationError

from schemas.contracts import DatasetFile
from schemas.errors import DamagedFileError
from schemas.records import Chunk, Sample
from tasks.dataset_files.jsonl import read_lines

LONGEST_TITLE = 10
"""Words. A longer first line is text, not a title."""
HELD_TEXTS = 64


class ChunkSources:
    """Finds the source of a sample by its chunk.

    Args:
        chunks: The file of chunks; those of one leaf node may stand anywhere in it.

    Raises:
        DamagedFileError: the file is absent or not what was recorded.
    """

    def __init__(self, chunks: DatasetFile) -> None:
        self._file = chunks
        self._lines: dict[str, array[int]] = {}
        """Leaf node -> where its chunks' lines begin, in bytes."""
        self._titles: dict[tuple[str, str], str] = {}
        self._leaf_node: str | None = None
        self._places: dict[str, int] = {}
        """Chunk of the leaf node -> where its line begins."""
        self._texts: OrderedDict[str, str] = OrderedDict()
        offset = 0
        for line in read_lines(chunks):
            chunk = self._parse(line)
            self._lines.setdefault(chunk.leaf_node, array("Q")).append(offset)
            self._titles.setdefault((chunk.document.repo, chunk.document.path), _first_line(chunk))
            offset += len(line)

    def find(self, sample: Sample) -> str | None:
        """The text of the sample's chunk with what stands above it, or None where it has none."""
        key = sample.provenance.chunk
        if key is None:
            return None
        if sample.leaf_node != self._leaf_node:
            self._open_leaf(sample.leaf_node)
        if key in self._texts:
            self._texts.move_to_end(key)
            return self._texts[key]
        if key not in self._places:
            return None
        (chunk,) = self._read([self._places[key]])
        self._texts[key] = self._write_out(chunk)
        if len(self._texts) > HELD_TEXTS:
            self._texts.popitem(last=False)
        return self._texts[key]

    def _open_leaf(self, leaf_node: str) -> None:
        places = self._lines.get(leaf_node, array("Q"))
        self._places = {chunk.id: place for chunk, place in zip(self._read(places), places, strict=True)}
        self._leaf_node = leaf_node
        self._texts.clear()

    def _read(self, places: "list[int] | array[int]") -> list[Chunk]:
        if not places:
            return []
        with fsspec.open(self._file.path, "rb") as stream:
            found = []
            for place in places:
                stream.seek(place)
                found.append(self._parse(stream.readline()))
            return found

    def _parse(self, line: bytes) -> Chunk:
        try:
            return Chunk.model_validate_json(line)
        except ValidationError as error:
            raise DamagedFileError(f"{self._file.path} has a row that is not a Chunk: {error.errors()[0]['msg']}") from error

    def _write_out(self, chunk: Chunk) -> str:
        title = self._titles[chunk.document.repo, chunk.document.path]
        start = chunk.text.lstrip("#*_ \n")
        above = [name for name in chunk.headings or (title,) if name and not start.startswith(name)]
        return "\n\n".join([*(f"{'#' * depth} {name}" for depth, name in enumerate(above, 1)), chunk.text])


def _first_line(chunk: Chunk) -> str:
    first = chunk.text.lstrip("# ").split("\n", 1)[0]
    return first if len(first.split()) <= LONGEST_TITLE else ""
