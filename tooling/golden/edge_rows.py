"""How a case of an op becomes one that shows an edge: another dtype, no elements, one, a scalar, a broadcast, values that go wrong.

A seed is (inputs, positions): arrays, and which of them have the dtype that the op is asked about. Each row gives candidates, the most telling first.
"""

import numpy as np

from values import COMPLEXES, INTS, dtype_of


def converted(array, dtype):
    """The same numbers as nearly as the dtype can hold them; texts become numbers of their position."""
    if dtype == "string":
        return np.array([str(value) for value in array.reshape(-1)] + [None], object)[:-1].reshape(array.shape)
    if array.dtype == object or array.dtype.names:
        array = np.arange(array.size).reshape(array.shape)
    if dtype in COMPLEXES or array.dtype.kind != "c":
        if dtype in INTS:
            info = np.iinfo(dtype)
            whole = np.nan_to_num(array.astype(np.float64), posinf=7, neginf=-7)
            return np.clip(whole, max(info.min, -100), min(info.max, 100)).astype(dtype)
        return array.astype(dtype_of(dtype))
    return converted(array.real, dtype)


def specials_of(dtype):
    if dtype in INTS:
        info = np.iinfo(dtype)
        return [info.max, info.min]
    return [np.nan, np.inf, -np.inf, -0.0]


def with_specials(array, dtype, specials):
    """The specials spread over the array, first and last element among them."""
    result = array.copy().reshape(-1)
    at = np.unique(np.linspace(0, result.size - 1, len(specials)).astype(int))
    for place, value in zip(at, specials):
        result[place] = value
    return result.reshape(array.shape)


def replaced(inputs, changes):
    return [changes.get(number, value) for number, value in enumerate(inputs)]


def value_rows(inputs, positions, dtype):
    """[(label, inputs)]: one for each input of the dtype (two at most); inputs too small for all specials take them by turns."""
    specials = specials_of(dtype)
    for number in [place for place in positions if inputs[place].size > 0][:2]:
        room = inputs[number].size
        groups = [specials] if room >= len(specials) else [[value] for value in specials]
        for turn, group in enumerate(groups):
            yield f"edges {number}" + (f" {turn}" if turn else ""), replaced(inputs, {number: with_specials(inputs[number], dtype, group)})


def resized(inputs, size, which):
    """Inputs with some dims set to `size`: which(number, axis) says which."""
    result = []
    for number, value in enumerate(inputs):
        for axis in range(value.ndim):
            if which(number, axis):
                value = value.take((value.shape[axis] // 2 + np.arange(size)) % value.shape[axis], axis) if value.shape[axis] else value
        result.append(value)
    return result


def shorter(inputs, positions, size):
    """Candidates in which dims have `size` elements: all of the dtype's inputs, dims of equal length everywhere together, one dim alone."""
    dims = [(number, axis) for number in positions for axis in range(inputs[number].ndim)]
    if size == 1:
        yield resized(inputs, 1, lambda number, axis: number in positions)
        yield resized(inputs, 1, lambda number, axis: True)
        for place in positions:
            yield resized(inputs, 1, lambda number, axis: number == place)
        return
    for number, axis in dims:
        length = inputs[number].shape[axis]
        yield resized(inputs, 0, lambda n, a: n in positions and a == axis and inputs[n].shape[a] == length)
        yield resized(inputs, 0, lambda n, a: a == axis and inputs[n].shape[a] == length)
        yield resized(inputs, 0, lambda n, a: inputs[n].shape[a] == length)
        yield resized(inputs, 0, lambda n, a: n == number and a == axis)


def is_odd(array):
    """Whether its elements, or those of a row, do not fill vectors of 16 bytes."""
    return any(count > 2 and count * array.itemsize % 16 != 0 for count in (array.size, array.shape[-1] if array.ndim else 0))


def odd(inputs, positions):
    """Candidates with an input that does not fill vectors, where none is so yet."""
    if any(is_odd(inputs[place]) for place in positions):
        return
    for size in (3, 5, 7, 9):
        for number, axis in [(number, axis) for number in positions for axis in reversed(range(inputs[number].ndim))]:
            length = inputs[number].shape[axis]
            for which in (lambda n, a: inputs[n].shape[a] == length, lambda n, a: n in positions and inputs[n].shape[a] == length, lambda n, a: n == number and a == axis):
                result = resized(inputs, size, which)
                if any(is_odd(result[place]) for place in positions):
                    yield result


def scalars(inputs, positions):
    """Candidates in which inputs of the dtype are scalars."""
    scalar = {place: inputs[place].reshape(-1)[inputs[place].size // 2] for place in positions if inputs[place].size > 0}
    wrapped = {place: np.array(value, inputs[place].dtype).reshape(()) for place, value in scalar.items()}
    if wrapped:
        yield replaced(inputs, wrapped)
    for place, value in wrapped.items():
        yield replaced(inputs, {place: value})


def broadcasts(inputs, positions):
    """Two inputs that meet in a table: a column and a row."""
    column, row = (inputs[place].reshape(-1) for place in positions[:2])
    if column.size and row.size:
        yield replaced(inputs, {positions[0]: np.resize(column, (3, 1)).astype(column.dtype), positions[1]: np.resize(row[::-1], (1, 5)).astype(row.dtype)})

