"""A descent by hand over the tokens; every limit is checked before the work it bounds.

query   = or
or      = and { "OR" and }
and     = unary { ["AND"] unary }
unary   = ("NOT" | "-") unary | near
near    = unit { ("NEAR/n" | "ONEAR/n") unit }
unit    = "(" or ")" | name ":" unit | word | phrase | exact | prefix | stated | "@" pack
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from news.query.errors import QueryError
from news.query.operators.conjunction import And
from news.query.operators.dates import Dated
from news.query.operators.disjunction import Or
from news.query.operators.exact import Exact
from news.query.operators.negation import Not
from news.query.operators.pack import pack
from news.query.operators.phrase import Phrase
from news.query.operators.prefix import Prefix
from news.query.operators.word import Word
from news.query.packs import PACKS, Packs
from news.query.scanner import INFIXES, NAMED, TERMS_MAX, Scanner, Sort, Token
from news.query.tree import Clause, Query, walk

DEPTH_MAX = 50
_WORDS: dict[Sort, Callable[[str], Clause]] = {
    Sort.WORD: Word,
    Sort.PHRASE: Phrase,
    Sort.EXACT: Exact,
    Sort.PREFIX: Prefix,
}
_BEGIN_UNITS = frozenset((Sort.OPEN, Sort.NAME, Sort.STATED, Sort.PACK, *_WORDS))
_EXPECTED = 'expected a word, a "phrase" or (…)'


def parse(text: str, packs: Packs | None = None) -> Query:
    """Read a query; `packs` are the term packs that `@name` may ask for, by default those shipped.

    Raises:
        QueryError: it cannot be understood, asks for nothing, or exceeds a limit; with a column.
    """
    scanner = Scanner(text)
    parser = _Parser(scanner.tokens(), len(text) + 1, PACKS if packs is None else packs)
    root = parser.query()
    if not _asks(root):
        raise QueryError(
            "a query cannot say only what is not wanted",
            parser.refused_column,
            "add what is wanted: battery -tender",
        )
    return Query(root, text, tuple(scanner.hints))


def _asks(clause: Clause) -> bool:
    """Whether the clause wants something: a release without any text could not fulfil it."""
    match clause:
        case Word() | Phrase():
            return True
        case Not(Not(inner)):
            return _asks(inner)
        case Not():
            return False
        case And(clauses):
            return any(map(_asks, clauses))
        case Or(clauses):
            return all(map(_asks, clauses))
        case _:
            return all(map(_asks, clause.parts()))


class _Parser:
    """`refused_column` is where the first NOT stands."""

    def __init__(self, tokens: Iterator[Token], end_column: int, packs: Packs) -> None:
        self._tokens = tokens
        self._packs = packs
        self._packed_left = TERMS_MAX
        self._end_column = end_column
        self._before: Token | None = None
        self._token = next(tokens, None)
        self._depth = 0
        self.refused_column = 0

    def query(self) -> Clause:
        if self._token is None:
            raise QueryError("the query is empty", 1, f"{_EXPECTED}, such as chongqing")
        root = self._or()
        left_over = self._peek()
        if left_over is not None:
            raise QueryError("this ) closes nothing", left_over.column, "leave it out, or open a ( before it")
        return root

    def _peek(self) -> Token | None:
        return self._token

    def _take(self, sort: Sort) -> Token | None:
        token = self._token
        return self._next(token) if token is not None and token.sort is sort else None

    def _next(self, token: Token) -> Token:
        self._before = token
        self._token = next(self._tokens, None)
        return token

    def _or(self) -> Clause:
        clauses = [self._and()]
        while self._take(Sort.OR):
            clauses.append(self._and())
        if len(clauses) == 1:
            return clauses[0]
        flat = [inner for clause in clauses for inner in (clause.clauses if isinstance(clause, Or) else (clause,))]
        return Or(tuple(flat))

    def _and(self) -> Clause:
        clauses = [self._unary()]
        while self._token is not None and self._token.sort not in (Sort.OR, Sort.CLOSE):
            self._take(Sort.AND)
            clauses.append(self._unary())
        if len(clauses) == 1:
            return clauses[0]
        flat = [inner for clause in clauses for inner in (clause.clauses if isinstance(clause, And) else (clause,))]
        return And(tuple(flat))

    def _unary(self) -> Clause:
        refusal = self._take(Sort.NOT)
        if refusal is None:
            return self._near()
        self.refused_column = self.refused_column or refusal.column
        self._deeper(refusal)
        clause = Not(self._unary())
        self._depth -= 1
        return clause

    def _near(self) -> Clause:
        depth = self._depth
        clause = self._unit()
        while infix := self._take(Sort.INFIX):
            self._deeper(infix)
            join = INFIXES[infix.text].join
            right = self._unit()
            if join is not None:
                clause = join(infix.text, infix.number, clause, right, infix.column)
        self._depth = depth
        return clause

    def _unit(self) -> Clause:
        token = self._token
        if token is None or token.sort not in _BEGIN_UNITS:
            raise self._missing()
        self._next(token)
        word = _WORDS.get(token.sort)
        if word is not None:
            return word(token.text)
        if token.sort is Sort.OPEN:
            return self._group(token)
        if token.sort is Sort.NAME:
            return self._enclosed(token)
        if token.sort is Sort.PACK:
            return self._pack(token)
        return self._stated(token)

    def _stated(self, token: Token) -> Clause:
        state = NAMED[token.text].state
        if state is None:
            raise self._missing()
        return state(token.text, token.value, token.column)

    def _pack(self, token: Token) -> Clause:
        clause = pack(token.text, self._packs, token.column)
        self._packed_left -= len(self._packs[token.text])
        if self._packed_left < 0:
            raise QueryError(
                f"term packs of more than {TERMS_MAX:,} variants", token.column, "split it into several rules"
            )
        return clause

    def _group(self, opening: Token) -> Clause:
        self._deeper(opening)
        clause = self._or()
        if self._take(Sort.CLOSE) is None:
            raise QueryError("this ( is never closed", opening.column, "add a ) where the group ends")
        self._depth -= 1
        return clause

    def _enclosed(self, name: Token) -> Clause:
        self._deeper(name)
        token = self._token
        if token is not None and token.sort is Sort.NOT:
            raise QueryError(
                f"{name.text}: cannot be followed by NOT", token.column, f"write it before: -{name.text}:…"
            )
        clause = self._unit()
        self._depth -= 1
        enclose = NAMED[name.text].enclose
        return clause if enclose is None else enclose(name.text, name.number, clause, name.column)

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise QueryError(f"nested deeper than {DEPTH_MAX} levels", token.column, "split it into several rules")

    def _missing(self) -> QueryError:
        token, before = self._token, self._before
        where = f" after {before.text}" if before is not None else ""
        if token is None:
            return QueryError(f"{_EXPECTED}{where}", self._end_column, "the query ends too early")
        if token.sort is Sort.CLOSE:
            hint = "there is nothing between ( and )" if before is not None and before.sort is Sort.OPEN else ""
            return QueryError(f"{_EXPECTED}{where}", token.column, hint or "leave out the ) or write what belongs here")
        return QueryError(
            f"{_EXPECTED}{where or ' before ' + token.text}",
            token.column,
            f'for the word itself write "{token.text.lower()}"' if token.text.isalpha() else "leave it out",
        )


def refuse_dates(query: Query) -> None:
    """A rule watches what is yet to come: `after:` and `before:` are for searches.

    Raises:
        QueryError: the query has one.
    """
    for clause in walk(query.root) if not query.text.isascii() or ":" in query.text else ():
        if isinstance(clause, Dated):
            column = query.text.lower().find(f"{clause.name}:") + 1
            raise QueryError(f"{clause.name}: is for searches, not for rules", max(1, column), "leave it out")
