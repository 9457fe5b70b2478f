"""Who stands where in a network of partners."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

NETWORK_COLUMNS = ("place", "degree", "betweenness_ratio", "closeness_ratio", "constraint_ratio")


def describe_network(links: pd.DataFrame, *, places: Sequence[str]) -> pd.DataFrame:
    """Describe the position of each place in an undirected, unweighted network (networkx).

    Parameters
    ----------
    links : pandas.DataFrame
        `first`, `second`: one row a link; a link that is named twice counts once, one with itself not at all.
    places : sequence of str
        Places, in order; one without a link is described too.

    Returns
    -------
    pandas.DataFrame
        One row a place: `place`; `degree`, how many it is linked with; `betweenness_ratio`, share of the shortest paths
        between two others that lead through it, over all (n-1)(n-2)/2 pairs of others (0-1); `closeness_ratio`, (r-1)
        over the sum of the distances to the r-1 places that it reaches, times (r-1)/(n-1) where it does not reach all
        (0-1); `constraint_ratio`, Burt's constraint (low: its partners are not linked with one another; missing
        without a link).

    References
    ----------
    Freeman, L. C. (1978). Social Networks 1, 215-239. Wasserman, S., Faust, K. (1994). Social Network Analysis, 5.2.
    Burt, R. S. (1992). Structural Holes.

    Examples
    --------
    >>> links = pd.DataFrame({"first": ["A", "B"], "second": ["B", "C"]})
    >>> describe_network(links, places=["A", "B", "C"])[["place", "degree", "betweenness_ratio"]].values.tolist()
    [['A', 1, 0.0], ['B', 2, 1.0], ['C', 1, 0.0]]
    """
    import networkx as nx

    graph = _make_graph(links, places)
    described = {
        "degree": dict(graph.degree()),
        "betweenness_ratio": nx.betweenness_centrality(graph, normalized=True),
        "closeness_ratio": nx.closeness_centrality(graph, wf_improved=True),
        "constraint_ratio": nx.constraint(graph),
    }
    table = pd.DataFrame({"place": list(places)})
    for name, values in described.items():
        table[name] = table["place"].map(values)
    return table[list(NETWORK_COLUMNS)]


def measure_density(links: pd.DataFrame, *, places: Sequence[str]) -> float:
    """Return the share (0-1) of all pairs of places that are linked; missing for fewer than two places.

    Examples
    --------
    >>> round(measure_density(pd.DataFrame({"first": ["A"], "second": ["B"]}), places=["A", "B", "C"]), 2)
    0.33
    """
    pairs_n = len(places) * (len(places) - 1) / 2
    return _make_graph(links, places).number_of_edges() / pairs_n if pairs_n else float("nan")


def _make_graph(links: pd.DataFrame, places: Sequence[str]):
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(places)
    pairs = zip(links["first"], links["second"], strict=True)
    graph.add_edges_from(pair for pair in pairs if pair[0] != pair[1] and set(pair) <= set(places))
    return graph
