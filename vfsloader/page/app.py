"""All answers of the page's server, by their addresses after the token."""

from __future__ import annotations

import functools
import inspect
import json
import shutil
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from vfsloader.errors import PathNotFoundError, UnknownModError, VFSError
from vfsloader.game.manager import ResourceManager
from vfsloader.page.api import conflicts, doing, getting, mod_rows, sets, tree, versions
from vfsloader.page.api.asking import Answer, Ask, BadRequestError
from vfsloader.page.desk import Desk, GameIsBusyError
from vfsloader.page.events import Events
from vfsloader.page.session import Session
from vfsloader.page.static_files import static_file
from vfsloader.quoting import message
from vfsloader.runtime.logs import logger

_log = logger("vfsloader.page")
#: Bytes of a request that is not an upload.
_MOST_BODY = 4 << 20

#: Answers that only look.
_LOOKS: dict[str, Answer] = {
    "state": sets.state,
    "mods": mod_rows.mods,
    "mod": mod_rows.mod,
    "icon": mod_rows.icon,
    "history": sets.history,
    "check": sets.check,
    "conflicts": conflicts.summary,
    "paths": conflicts.paths,
    "versions": versions.versions,
    "text": versions.text,
    "data": versions.data,
    "map": versions.drawn,
    "edits": versions.edits,
    "edited": versions.edited,
    "folder": tree.folder,
    "find": tree.find,
    "grep": tree.grep,
    "file": tree.file,
    "archive": tree.archive,
    "offers": getting.found,
    "offer": getting.offer,
    "offer_icon": getting.offer_icon,
    "sources": getting.sources,
}
#: Answers that change something.
_CHANGES: dict[str, Answer] = {
    "bisect": sets.bisect,
    "safe": sets.safe,
    "source": getting.change_source,
    "plan_get": getting.plan,
    "get": getting.get,
}


def build_app(
    game: ResourceManager,
    desk: Desk,
    events: Events,
    *,
    read_only: bool,
    is_live: bool,
    hello: Callable[[], object] | None = None,
) -> tuple[Starlette, Callable[[], None]]:
    """Return the application for a game, and what closes it."""
    session = Session(game, desk, events, read_only=read_only, is_live=is_live, hello=hello)
    routes = [Route(f"/api/{name}", _looking(session, answer), methods=["GET"]) for name, answer in _LOOKS.items()]
    routes += [Route(f"/api/{name}", _changing(session, answer), methods=["POST"]) for name, answer in _CHANGES.items()]
    routes += [
        Route("/api/do/{name}", _doing(session), methods=["POST"]),
        Route("/api/upload", _uploading(session), methods=["POST"]),
        Route("/api/events", _streaming(session), methods=["GET"]),
        Route("/{path:path}", _serve_static, methods=["GET"]),
    ]
    handlers: dict[Any, Any] = {HTTPException: _http_error, Exception: _unexpected}
    return Starlette(routes=routes, exception_handlers=handlers), session.close


def _looking(session: Session, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await _answered(answer, Ask(session, dict(request.query_params)))

    return endpoint


def _changing(session: Session, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if session.read_only:
            return _read_only()
        return await _answered(_with_body, request, session, answer)

    return endpoint


def _doing(session: Session) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        name = request.path_params["name"]
        if session.read_only and name not in doing.HARMLESS:
            return _read_only()
        return await _answered(_with_body, request, session, functools.partial(doing.do, name=name))

    return endpoint


async def _with_body(request: Request, session: Session, answer: Answer) -> Any:
    """Answer a request with a JSON body."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise BadRequestError("the request must be JSON")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BODY:
            raise BadRequestError("the request is too large")
    try:
        query = json.loads(bytes(body) or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadRequestError("the request is not valid JSON") from error
    if not isinstance(query, dict):
        raise BadRequestError("the request must be a JSON object")
    return await run_in_threadpool(answer, Ask(session, query))


def _uploading(session: Session) -> Callable[[Request], Awaitable[Response]]:
    async def receive(request: Request) -> Any:
        most = session.limits.decoded_bytes
        if int(request.headers.get("content-length") or 0) > most:
            raise BadRequestError(f"a mod has at most {most:,} bytes; a game can raise budget.decoded_bytes")
        folder = session.new_folder()
        try:
            file = folder / getting.upload_name(request.query_params.get("name", ""))
            await getting.receive(request.stream(), file, most)
            job, accepted = request.query_params.get("job", ""), request.query_params.get("accepted", "").split(",")
            return await run_in_threadpool(getting.install_file, session, file, job, accepted)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def endpoint(request: Request) -> Response:
        return _read_only() if session.read_only else await _answered(receive, request)

    return endpoint


def _streaming(session: Session) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return StreamingResponse(session.events.stream(session.greet), media_type="text/event-stream")

    return endpoint


async def _serve_static(request: Request) -> Response:
    return static_file(request.path_params["path"])


# --- errors ------------------------------------------------------------------------------------------------


async def _answered(answer: Callable[..., Any], *arguments: Any) -> Response:
    """Call a function, on a thread unless it is asynchronous, and return its result or its error as an answer."""
    try:
        if inspect.iscoroutinefunction(answer):
            result = await answer(*arguments)
        else:
            result = await run_in_threadpool(answer, *arguments)
    except (BadRequestError, ClientDisconnect) as error:
        return _error(400, error)
    except (PathNotFoundError, UnknownModError) as error:
        return _error(404, error)
    except GameIsBusyError as error:
        return _error(503, error)
    except (VFSError, ValueError, OSError) as error:
        return _error(409, error)
    return result if isinstance(result, Response) else _json(result)


def _json(value: Any, status: int = 200) -> Response:
    """Return JSON in ASCII: names of files may have lone surrogates, which no encoding has."""
    return Response(json.dumps(value, separators=(",", ":")), status, media_type="application/json")


def _error(status: int, error: object) -> Response:
    return _json({"error": message(str(error)) or type(error).__name__}, status)


def _read_only() -> Response:
    return _error(403, "this page only shows: vfsloader ui was started with --read-only")


async def _http_error(request: Request, error: Exception) -> Response:
    return _error(getattr(error, "status_code", 500), getattr(error, "detail", error))


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("an answer of the page failed", exc_info=error)
    return _error(500, f"the page's server failed: {type(error).__name__}")
