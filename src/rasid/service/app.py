"""The HTTP interface: requests checked, reports handed to the batcher, records and errors answered."""

from __future__ import annotations

import datetime as dt
import io
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.exceptions import HTTPException

from rasid import __version__
from rasid.document import Document, check_arabic, parse_day
from rasid.errors import InputError
from rasid.readers import ACCEPTED_FILES, READERS, Fault, Item, Settings
from rasid.records import Record
from rasid.service.batching import Batcher, Loader
from rasid.service.downloads import downloads
from rasid.service.guard import Guard
from rasid.service.limits import Limits, Refusal, too_large
from rasid.service.pages import documentation, front_page
from rasid.view import Reading, page_data

log = logging.getLogger(__name__)
EXAMPLE: dict[str, Any] = {"text": "أعلن الدفاع المدني مقتل 7 مدنيين في قصف على بلدة سرمين", "date": "2024-11-30"}


class ReportIn(BaseModel):
    """A report to read."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    text: str = Field(description="the report; offsets of the record count its characters (code points)")
    id: str | None = Field(None, description="its id; made from the text where none is given")
    date: str | None = Field(None, description="the day it was published, YYYY-MM-DD; without it relative dates stay unresolved")
    outlet: str | None = Field(None, description="who published it")
    country: str | None = Field(None, description="ISO 3166 alpha-2 code of the outlet's or the report's country")


class BatchIn(BaseModel):
    """Reports to read in one request."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"documents": [EXAMPLE]}})

    documents: list[Any] = Field(description="reports as POST /extract takes them; one that is wrong costs no other")


def record_schema() -> dict[str, Any]:
    """The JSON Schema of a record."""
    text = json.dumps(TypeAdapter(Record).json_schema(mode="serialization"))
    return dict(json.loads(text.replace('"from_"', '"from"').replace('"From "', '"From"')))


_ERRORS: dict[int | str, dict[str, Any]] = {
    413: {"description": "the request or a report is larger than the limits (GET /health tells them)"},
    415: {"description": "the content type is not the one that is expected"},
    422: {"description": "no such report: the error's field and message say what is wrong"},
    503: {"description": "too many reports are waiting: try again later"},
    504: {"description": "no answer within the time limit"},
}


def build(loader: Loader, *, workers: int, limits: Limits, local: bool) -> FastAPI:
    """The application; see `rasid.service.make_app`."""
    batcher = Batcher(loader, workers=workers, limits=limits)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await batcher.start()
        yield
        await batcher.stop()

    about = "Reads Arabic reports of conflict and writes event records. Nothing leaves this machine, and no text is logged."
    app = FastAPI(title="Rasid", version=__version__, description=about, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(Guard, limits=limits, local=local)  # type: ignore[arg-type, unused-ignore]
    _handle_errors(app)

    @app.post("/extract", summary="Read one report", responses={**_ERRORS, 200: {"description": "its record, as GET /schema describes it"}})
    async def extract(report: ReportIn) -> Response:
        [answer] = await batcher.read([_document(report.model_dump(), limits)])
        if isinstance(answer, Refusal):
            raise answer
        return Response(answer.json, media_type="application/json")

    @app.post("/extract/batch", summary="Read several reports", responses={**_ERRORS, 200: {"description": "records and errors"}})
    async def extract_batch(batch: BatchIn) -> Response:
        """Answers `records`, one for each report in order (null where it is wrong), and `errors` with the number of each wrong one."""
        _check_count(len(batch.documents), limits)
        good: list[tuple[int, Document]] = []
        errors = []
        for n, value in enumerate(batch.documents):
            try:
                good.append((n, _document(value, limits)))
            except Refusal as refusal:
                errors.append({"index": n, **refusal.body()})
        answers = await batcher.read([document for _, document in good]) if good else []
        records = ["null"] * len(batch.documents)
        for (n, _), answer in zip(good, answers, strict=True):
            if isinstance(answer, Refusal):
                errors.append({"index": n, **answer.body()})
            else:
                records[n] = answer.json
        body = f'{{"records": [{", ".join(records)}], "errors": {json.dumps(errors, ensure_ascii=False)}}}'
        return Response(body, media_type="application/json")

    @app.get("/health", summary="Whether the service is up, and its limits")
    async def health() -> dict[str, Any]:
        bounds = {name: getattr(limits, name) for name in ("body", "characters", "documents", "seconds", "waiting")}
        return {"status": "ok", "version": __version__, "workers": workers, "waiting": batcher.load, "limits": bounds}

    @app.get("/schema", summary="The JSON Schema of a record")
    async def schema() -> dict[str, Any]:
        return record_schema()

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(documentation(app.openapi()))

    @app.get("/", include_in_schema=False)
    async def front(lang: str = "ar") -> HTMLResponse:
        return HTMLResponse(front_page("en" if lang == "en" else "ar"))

    @app.post("/view", include_in_schema=False)
    async def view(report: ReportIn) -> JSONResponse:
        return await _shown([_document(report.model_dump(), limits)], [], batcher)

    @app.post("/view/file", include_in_schema=False)
    async def view_file(request: Request, name: str, date: str | None = None) -> JSONResponse:
        if request.headers.get("content-type") != "application/octet-stream":
            raise Refusal(415, "content_type", "expected a file as application/octet-stream")
        items = _items(name, await request.body(), _day(date))
        faults = [item for item in items if isinstance(item, Fault)]
        documents = [item for item in items if isinstance(item, Document)]
        _check_count(len(documents), limits)
        for document in documents:
            _check_length(document, limits)
        if not documents:
            raise Refusal(422, "no_documents", "; ".join(map(str, faults[:3])) or "got no report in the file")
        return await _shown(documents, faults, batcher)

    return app


async def _shown(documents: Sequence[Document], faults: Sequence[Fault], batcher: Batcher) -> JSONResponse:
    """What the page needs to show reports and to offer their files."""
    answers = await batcher.read(documents, whole=True)
    told = [str(fault) for fault in faults]
    pairs = []
    for answer, document in zip(answers, documents, strict=True):
        if isinstance(answer, Refusal):
            told.append(f"{document.id}: {answer.message}")
        elif answer.record is not None:
            pairs.append((answer.record, document))
    data = page_data((Reading.of(record, document) for record, document in pairs), faults=len(told))
    return JSONResponse({"data": data, "files": downloads(pairs), "faults": told[:100]})


def _document(value: object, limits: Limits) -> Document:
    try:
        if isinstance(value, dict) and (unknown := set(value) - set(ReportIn.model_fields)):
            raise InputError(f"got {sorted(map(str, unknown))}, expected only {sorted(ReportIn.model_fields)}")
        document = check_arabic(Document.make(value))
    except InputError as error:
        raise Refusal(422, "input", str(error), error.field) from error
    return _check_length(document, limits)


def _check_length(document: Document, limits: Limits) -> Document:
    if len(document.text) > limits.characters:
        raise too_large(f"a report of {len(document.text)} characters", f"{limits.characters}")
    return document


def _check_count(count: int, limits: Limits) -> None:
    if count > limits.documents:
        raise too_large(f"{count} reports", f"{limits.documents} in a request")


def _day(value: str | None) -> dt.date | None:
    try:
        return parse_day(value or None)
    except InputError as error:
        raise Refusal(422, "input", str(error), error.field) from error


def _items(name: str, content: bytes, day: dt.date | None) -> list[Item]:
    read = READERS.get(Path(name).suffix.lower())
    if read is None:
        raise Refusal(415, "file_type", f"got a file named *{Path(name).suffix}, expected {ACCEPTED_FILES}")
    return list(read(io.BytesIO(content), Path(name).name, Settings(date=day)))


def _handle_errors(app: FastAPI) -> None:
    """Every error is answered in one form, without the report's words, and logged by its kind only."""

    @app.exception_handler(Refusal)
    async def refused(_: Request, error: Refusal) -> JSONResponse:
        return JSONResponse(error.body(), error.status, {"retry-after": "1"} if error.status == 503 else None)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return JSONResponse(Refusal(422, "input", f"{where or 'body'}: {first['msg']}", where or None).body(), 422)

    @app.exception_handler(HTTPException)
    async def missing(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse(Refusal(error.status_code, "http", str(error.detail)).body(), error.status_code)

    @app.middleware("http")
    async def unforeseen(request: Request, call_next: Any) -> Response:
        try:
            answer: Response = await call_next(request)
        except Exception as error:
            log.error("%s failed: %s", request.url.path, type(error).__name__)
            return JSONResponse(Refusal(500, "failed", f"the request failed ({type(error).__name__})").body(), 500)
        return answer
